//! Who was evicted most often, in bounded memory.

use std::collections::HashMap;

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
    counts: HashMap<Box<str>, u64>,
}

impl Hitters {
    pub(crate) fn count(&mut self, label: &Arc<Label>) {
        if let Some(count) = self.counts.get_mut(label.name()) {
            *count += 1;
            return;
        }
        let mut count = 1;
        if self.counts.len() == NAMES {
            let least = self.counts.iter().min_by_key(|(_, count)| **count);
            if let Some((name, least)) = least.map(|(name, count)| (name.clone(), *count)) {
                self.counts.remove(&name);
                count += least;
            }
        }
        self.counts.insert(label.name().into(), count);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(name, count)| (&**name, *count))
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
        assert_eq!(hitters.counts.len(), NAMES);
        let top = hitters.iter().max_by_key(|(_, count)| *count).unwrap();
        assert_eq!(top.0, "leaky");
        assert!(top.1 >= 200, "counted too low: {}", top.1);
    }
}
