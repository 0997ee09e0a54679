//! Who was evicted most often, in bounded memory.

use std::collections::HashMap;

use crate::min_index::{Ranking, UnnumberedMinIndex};
use crate::session::{ByName, Label};
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
    by_name: HashMap<ByName, usize>,
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
        let tally = if let Some((_, tally)) = self.by_name.remove_entry(label.name()) {
            tally
        } else if self.tallies.len() < NAMES {
            self.tallies.push((Arc::clone(label), 0));
            self.least.push(&ByCount(&self.tallies));
            self.tallies.len() - 1
        } else {
            let tally = self.least();
            self.by_name.remove(self.tallies[tally].0.name());
            tally
        };
        self.tallies[tally].0 = Arc::clone(label);
        self.by_name.insert(ByName(Arc::clone(label)), tally);
        label.set_tally(u32::try_from(tally).unwrap_or(u32::MAX));
        tally
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
