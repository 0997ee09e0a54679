//! Who was evicted most often, in bounded memory.

use hashbrown::HashTable;

use crate::min_index::{Ranking, UnnumberedMinIndex};
use crate::session::Label;
use crate::sync::Arc;

/// How many names are counted at once.
const NAMES: usize = 256;

/// The Space-Saving sketch of Metwally, Agrawal and El Abbadi (2005).
///
/// Up to [`NAMES`] names it counts exactly. Beyond that a new name takes the place, and the count,
/// of the one with the least: a count may then be too high, by at most the least count, never too
/// low, and a name that has more than a 256th of all evictions is always among them.
#[derive(Debug, Default)]
pub(crate) struct Hitters {
    tallies: Vec<(Arc<Label>, u64)>,
    /// The places of the tallies, by the names of their labels.
    by_name: HashTable<usize>,
    /// The tallies by their counts, which it need not know of yet: they only grow.
    least: UnnumberedMinIndex,
}

/// The tallies, the least count first.
struct ByCount<'a>(&'a [(Arc<Label>, u64)]);

impl Ranking for ByCount<'_> {
    fn bound(&self, tally: usize) -> u64 {
        self.0[tally].1
    }

    fn number(&self, tally: usize) -> u64 {
        tally as u64
    }
}

impl Hitters {
    pub(crate) fn count(&mut self, label: &Arc<Label>) {
        let mut tally = label.tally();
        if self.tallies.get(tally).is_none_or(|(its, _)| !Arc::ptr_eq(its, label)) {
            tally = self.tally_of(label);
        }
        self.tallies[tally].1 += 1;
    }

    /// The tally of a label that does not know it: its name had a group before, or has no tally.
    fn tally_of(&mut self, label: &Arc<Label>) -> usize {
        let named = |tally: &usize| self.tallies[*tally].0.name() == label.name();
        let tally = if let Some(tally) = self.by_name.find(label.hash(), named).copied() {
            self.tallies[tally].0 = Arc::clone(label);
            tally
        } else {
            let tally = self.tally_of_new(label);
            let hash = |tally: &usize| self.tallies[*tally].0.hash();
            self.by_name.insert_unique(label.hash(), tally, hash);
            tally
        };
        label.set_tally(u32::try_from(tally).unwrap_or(u32::MAX));
        tally
    }

    /// Gives a name that has no tally one of its own, or that with the least count.
    fn tally_of_new(&mut self, label: &Arc<Label>) -> usize {
        if self.tallies.len() < NAMES {
            self.tallies.push((Arc::clone(label), 0));
            self.least.push(&ByCount(&self.tallies));
            return self.tallies.len() - 1;
        }
        let least = self.least();
        let was = std::mem::replace(&mut self.tallies[least].0, Arc::clone(label));
        if let Ok(entry) = self.by_name.find_entry(was.hash(), |tally| *tally == least) {
            entry.remove();
        }
        least
    }

    /// The tally with the least count.
    fn least(&mut self) -> usize {
        while let Some((tally, count)) = self.least.least() {
            if self.tallies[tally].1 == count {
                return tally;
            }
            self.least.refresh(tally, 0, &ByCount(&self.tallies));
        }
        0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.tallies.iter().map(|(label, count)| (label.name(), *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frequent_name_is_found_among_a_flood_of_others() {
        let mut hitters = Hitters::default();
        let leaky = Arc::new(Label::new("leaky"));
        for n in 0..10_000 {
            hitters.count(&Arc::new(Label::new(&n.to_string())));
            if n % 50 == 0 {
                hitters.count(&leaky);
            }
        }
        assert_eq!((hitters.tallies.len(), hitters.by_name.len()), (NAMES, NAMES));
        let top = hitters.iter().max_by_key(|(_, count)| *count).unwrap();
        assert_eq!(top.0, "leaky");
        assert!(top.1 >= 200, "counted too low: {}", top.1);
    }

    #[test]
    fn a_name_that_comes_again_goes_on_where_it_was() {
        let mut hitters = Hitters::default();
        for _ in 0..3 {
            // Its group is gone in between, so the label is another each time.
            let label = Arc::new(Label::new("alice"));
            hitters.count(&label);
            hitters.count(&label);
        }
        assert_eq!(hitters.iter().collect::<Vec<_>>(), [("alice", 6)]);
    }
}
