//! Which parked sessions may not be unloaded yet.

use std::collections::BTreeSet;

/// Creation numbers of sessions that were to be unloaded, and could not be, though they are not in
/// use. No return of a lease tells when one of them can be, so they are looked at again by number.
#[derive(Debug, Default)]
pub(super) struct Held {
    numbers: BTreeSet<u64>,
    /// From which number on the next search that finds nothing looks at some of them again.
    next: u64,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        !self.is_empty() && self.numbers.contains(&number)
    }

    pub(super) fn insert(&mut self, number: u64) {
        self.numbers.insert(number);
    }

    pub(super) fn remove(&mut self, number: u64) {
        if !self.is_empty() {
            self.numbers.remove(&number);
        }
    }

    /// At most this many of them, in order, from this number on.
    pub(super) fn some(&self, from: u64, at_most: usize) -> Vec<u64> {
        self.numbers.range(from..).take(at_most).copied().collect()
    }

    /// At most this many of them, others each time until it has been every one's turn.
    pub(super) fn next(&mut self, at_most: usize) -> Vec<u64> {
        let mut next = self.some(self.next, at_most);
        if next.len() < at_most {
            // From the first again, and none twice.
            let left = at_most - next.len();
            next.extend(self.numbers.range(..self.next).take(left));
        }
        self.next = next.last().map_or(0, |last| last + 1);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_turn() {
        let mut held = Held::default();
        (0..10).for_each(|number| held.insert(number));
        assert_eq!(held.next(4), [0, 1, 2, 3]);
        held.remove(5);
        assert_eq!(held.next(4), [4, 6, 7, 8]);
        assert_eq!(held.next(4), [9, 0, 1, 2]);
        assert_eq!(held.next(100), [3, 4, 6, 7, 8, 9, 0, 1, 2]);
        assert_eq!((held.some(7, 2), held.some(10, 2)), (vec![7, 8], vec![]));
        assert!(Held::default().next(4).is_empty());
    }
}
