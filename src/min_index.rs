//! The index of least ticks: which of many entries has the least, when they grow unnoticed.
//!
//! It keeps a *lower bound* of each session's tick (last active, or a deadline) in a flat
//! tournament tree: the bounds in leaves of eight, and above them nodes with the least of eight
//! blocks each. Ticks grow unnoticed, so a bound that was right once stays a lower bound; a
//! deadline that is brought forward is [set](Index::set) when it is moved. A search for the oldest
//! takes the least bound and compares it with the session itself: if it is still right, this is the
//! oldest, since every other is at least as late as its own bound. If not, it refreshes the whole
//! leaf, eight independent reads, and looks again.
//!
//! Entries are known by their place in an array of the caller's, without gaps, and a removal puts
//! the last into the place of the removed one, as [`Vec::swap_remove`] does. Equal bounds are
//! ordered by number, of which an index keeps 48 bits if it keeps any.

mod block;
mod levels;

pub(crate) use block::{FAN_OUT, NEVER, Ranking};
use block::{Key, Leaf, Numbers, entry};
use levels::Levels;
pub(crate) use levels::shrink;

/// See the [module](self). Equal bounds are ordered by number.
pub(crate) type MinIndex = Index<[u32; FAN_OUT]>;

/// See the [module](self). Equal bounds are in no particular order.
pub(crate) type UnnumberedMinIndex = Index<()>;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Index<N> {
    len: usize,
    leaves: Vec<Leaf<N>>,
    levels: Levels,
}

impl<N> Default for Index<N> {
    fn default() -> Self {
        Self { len: 0, leaves: Vec::new(), levels: Levels::NONE }
    }
}

impl<N: Numbers> Index<N> {
    /// The place of the least bound, and the bound. Costs one read.
    pub(crate) fn least(&self) -> Option<(usize, u64)> {
        entry(self.levels.least())
    }

    /// Adds an entry behind the last.
    pub(crate) fn push(&mut self, ranking: &impl Ranking) {
        let at = self.len;
        self.len += 1;
        if at.is_multiple_of(FAN_OUT) {
            self.leaves.push(Leaf::EMPTY);
            self.levels.fit(self.leaves.len());
        }
        self.set(at, ranking);
    }

    /// Removes the entry at `at`, and puts the last into its place.
    pub(crate) fn swap_remove(&mut self, at: usize) {
        self.len -= 1;
        let last = self.len;
        let moved = self.leaves[last / FAN_OUT].get(last % FAN_OUT);
        self.leaves[at / FAN_OUT].put(at % FAN_OUT, moved);
        self.leaves[last / FAN_OUT].set(last % FAN_OUT, NEVER, 0);
        self.update(0, last / FAN_OUT);
        self.update(0, at / FAN_OUT);
        if last.is_multiple_of(FAN_OUT) {
            // Every node has forgotten it.
            self.leaves.pop();
            shrink(&mut self.leaves);
            self.levels.fit(self.leaves.len());
        }
    }

    /// Works out the bound of the entry at `at` anew, which may be another entry than before.
    pub(crate) fn set(&mut self, at: usize, ranking: &impl Ranking) {
        self.leaves[at / FAN_OUT].set(at % FAN_OUT, ranking.bound(at), ranking.number(at));
        self.update(0, at / FAN_OUT);
    }

    /// Works out the bounds anew of the leaf that `at` is in; with a `height`, of the 8 to its
    /// power leaves that it is among. Returns how many leaves that were.
    ///
    /// An entry that is not to be found is not looked at: it gets a bound by [`set`](Self::set).
    pub(crate) fn refresh(&mut self, at: usize, height: u32, ranking: &impl Ranking) -> usize {
        let height = height.min(u32::try_from(self.levels.count()).unwrap_or(0));
        let leaf = at / FAN_OUT;
        let mut first = leaf - leaf % FAN_OUT.pow(height);
        let mut end = self.leaves.len().min(first + FAN_OUT.pow(height));
        for (at, leaf) in (first..end).zip(&mut self.leaves[first..end]) {
            leaf.refresh(at * FAN_OUT, ranking);
        }
        let leaves = end - first;
        for level in 0..height as usize {
            for block in first..end {
                self.levels.note(level, block, self.least_of(level, block));
            }
            (first, end) = (first / FAN_OUT, end.div_ceil(FAN_OUT));
        }
        self.update(height as usize, first);
        leaves
    }

    /// The least of a block: of a leaf at level 0, else of a node of the level below.
    fn least_of(&self, level: usize, block: usize) -> Key {
        match level.checked_sub(1) {
            None => self.leaves[block].least(block * FAN_OUT),
            Some(below) => self.levels.least_of(below, block),
        }
    }

    /// The least of a block has changed, or may have.
    fn update(&mut self, level: usize, block: usize) {
        self.levels.update(level, block, self.least_of(level, block));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The index, with what it ranks beside it: bounds and numbers.
    #[derive(Default)]
    struct Twin {
        index: MinIndex,
        entries: Entries,
    }

    #[derive(Default)]
    struct Entries(Vec<(u64, u64)>);

    impl Ranking for Entries {
        fn bound(&self, at: usize) -> u64 {
            self.0[at].0
        }

        fn number(&self, at: usize) -> u64 {
            self.0[at].1
        }
    }

    impl MinIndex {
        /// The bound that the index has of an entry that is to be found.
        fn bound(&self, at: usize) -> Option<u64> {
            let (high, low) = self.leaves[at / FAN_OUT].get(at % FAN_OUT);
            ((high, low) != (u64::MAX, u32::MAX)).then_some(high >> 16)
        }
    }

    impl Twin {
        fn push(&mut self, bound: u64, number: u64) {
            self.entries.0.push((bound, number));
            self.index.push(&self.entries);
        }

        fn remove(&mut self, at: usize) {
            self.entries.0.swap_remove(at);
            self.index.swap_remove(at);
        }

        fn set(&mut self, at: usize, bound: u64, number: u64) {
            self.entries.0[at] = (bound, number);
            self.index.set(at, &self.entries);
        }

        fn expected(&self) -> Option<(usize, u64)> {
            (0..self.entries.0.len())
                .filter_map(|at| Some((at, self.index.bound(at)?)))
                .min_by_key(|(at, bound)| (*bound, self.entries.number(*at)))
        }
    }

    proptest! {
        #[test]
        fn least_is_found(steps in prop::collection::vec((0..9u8, any::<u16>(), 0..5u64), 1..900)) {
            let mut twin = Twin::default();
            for (count, (what, place, bound)) in (0u64..).zip(steps) {
                let bound = if bound == 0 { NEVER } else { bound };
                let len = twin.entries.0.len();
                let at = usize::from(place) % len.max(1);
                match what {
                    // Numbers that are unique and in no particular order.
                    0..=3 => twin.push(bound, count ^ 0b1011),
                    4 | 5 if len > 0 => twin.remove(at),
                    6 if len > 0 => twin.set(at, bound, twin.entries.number(at)),
                    // Another takes its place, often with the same bound.
                    8 if len > 0 => twin.set(at, bound, count ^ 0b1011),
                    7 if len > 0 => {
                        for (bound, _) in &mut twin.entries.0 {
                            *bound = bound.saturating_add(1);
                        }
                        let height = u32::try_from(count % 4).unwrap();
                        twin.index.refresh(at, height, &twin.entries);
                    }
                    _ => {}
                }
                prop_assert_eq!(twin.index.least(), twin.expected());
            }
        }
    }

    #[test]
    fn the_last_tick_is_found_and_numbers_go_beyond_32_bits() {
        let mut twin = Twin::default();
        let numbers = [u64::MAX, 1 << 32, (1 << 32) - 1, 1 << 33];
        for number in numbers {
            twin.push((1 << 48) - 1, number);
        }
        let order = std::iter::from_fn(|| {
            let (at, bound) = twin.index.least()?;
            let found = (bound, twin.entries.number(at));
            twin.remove(at);
            Some(found)
        });
        let expected = [(1 << 32) - 1, 1 << 32, 1 << 33, u64::MAX].map(|n| ((1 << 48) - 1, n));
        assert!(order.eq(expected));
    }

    #[test]
    fn it_grows_and_shrinks_through_every_level() {
        let mut twin = Twin::default();
        for number in 0..5_000 {
            twin.push(10_000 - number, number);
            let last = twin.entries.0.len() - 1;
            assert_eq!(twin.index.least(), Some((last, 10_000 - number)));
        }
        while let Some((at, _)) = twin.index.least() {
            twin.remove(at);
        }
        assert!(twin.entries.0.is_empty() && twin.index.levels.count() == 0);
        assert!(twin.index.leaves.capacity() <= 64, "memory was not given back");
    }
}
