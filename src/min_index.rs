//! The index of least ticks: which of many entries has the least, when they grow unnoticed.
//!
//! It keeps a *lower bound* of each session's tick (last active, or a deadline) in a flat
//! tournament tree: the bounds in one array, and above it, for each block of 16, the least of the
//! block. Ticks only ever grow, so a bound that was right once stays a lower bound. Whoever looks
//! for the oldest takes the least bound and compares it with the session itself: if it is still
//! right, this is the oldest, since every other is at least as late as its own bound. If not, he
//! refreshes the whole block, sixteen independent reads, and looks again.
//!
//! Entries are known by their place in an array of the caller's, without gaps, and a removal puts
//! the last into the place of the removed one, as [`Vec::swap_remove`] does. Equal bounds are
//! ordered by number, which the [`Ranking`] looks up.

mod block;

pub(crate) use block::{FAN_OUT, NEVER, Ranking};
use block::{Least, block_of, least_of};

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct MinIndex {
    bounds: Vec<u64>,
    /// The lowest level first; the highest has one entry, or there is none.
    levels: Vec<Vec<Least>>,
}

impl MinIndex {
    /// The place of the least bound, and the bound. Costs one read.
    pub(crate) fn least(&self) -> Option<(usize, u64)> {
        let least = self.levels.last()?.first()?;
        (least.bound != NEVER).then_some((least.at as usize, least.bound))
    }

    /// Adds an entry behind the last.
    pub(crate) fn push(&mut self, ranking: &impl Ranking) {
        let at = self.bounds.len();
        self.bounds.push(ranking.bound(at));
        self.fit_levels();
        self.update(at, ranking);
    }

    /// Removes the entry at `at`, and puts the last into its place. `ranking` knows the new places.
    pub(crate) fn swap_remove(&mut self, at: usize, ranking: &impl Ranking) {
        let last = self.bounds.len() - 1;
        self.bounds.swap(at, last);
        self.bounds[last] = NEVER;
        // While the last is still there, so that every block above it forgets it.
        self.update(last, ranking);
        if at < last {
            self.update(at, ranking);
        }
        self.bounds.pop();
        self.fit_levels();
    }

    /// Works out the bound of the entry at `at` anew, which may be another entry than before.
    pub(crate) fn set(&mut self, at: usize, ranking: &impl Ranking) {
        self.bounds[at] = ranking.bound(at);
        self.update(at, ranking);
    }

    /// Works out the bounds anew of the block that `at` is in; with a `height`, of the 16 to its
    /// power blocks that it is among. Returns how many blocks that were.
    ///
    /// An entry that is not to be found is not looked at: it gets a bound by [`set`](Self::set).
    pub(crate) fn refresh(&mut self, at: usize, height: u32, ranking: &impl Ranking) -> usize {
        let height = height.min(u32::try_from(self.levels.len() - 1).unwrap_or(0));
        let places = FAN_OUT.pow(height + 1);
        let start = at - at % places;
        let end = self.bounds.len().min(start + places);
        for (at, bound) in (start..end).zip(&mut self.bounds[start..end]) {
            if *bound != NEVER {
                *bound = ranking.bound(at);
            }
        }
        let (mut first, mut last) = (start / FAN_OUT, (end - 1) / FAN_OUT);
        let blocks = last - first + 1;
        for level in 0..height as usize {
            for block in first..=last {
                self.levels[level][block] = self.least_below(level, block, ranking);
            }
            (first, last) = (first / FAN_OUT, last / FAN_OUT);
        }
        self.update_from(height as usize, first, None, ranking);
        blocks
    }

    /// Gives each level as many entries as the one below it has blocks.
    fn fit_levels(&mut self) {
        let (mut below, mut level) = (self.bounds.len(), 0);
        while below > 1 || level == 0 && below == 1 {
            below = below.div_ceil(FAN_OUT);
            if level == self.levels.len() {
                // The one below had one entry until now, and this is its least.
                let least = self.levels.last().and_then(|level| level.first());
                let least = least.copied().unwrap_or(Least::NONE);
                self.levels.push(vec![least]);
            }
            self.levels[level].resize(below, Least::NONE);
            shrink(&mut self.levels[level]);
            level += 1;
        }
        self.levels.truncate(level);
        shrink(&mut self.bounds);
    }

    /// Works out anew the blocks above the place `at`, where the bound or the session has changed.
    fn update(&mut self, at: usize, ranking: &impl Ranking) {
        let least = self.levels[0][at / FAN_OUT];
        // The usual case: an earlier one of the block stays its least.
        let stays = least.at as usize != at
            && self.bounds.get(least.at as usize) == Some(&least.bound)
            && self.bounds[at] > least.bound;
        if !stays {
            self.update_from(0, at / FAN_OUT, Some(at), ranking);
        }
    }

    /// Works out anew this block of a level and those above it, up to the first that keeps its
    /// least. But the session that is now at the place `new` is another than before, though its
    /// bound be the same.
    fn update_from(
        &mut self,
        level: usize,
        mut block: usize,
        new: Option<usize>,
        ranking: &impl Ranking,
    ) {
        for level in level..self.levels.len() {
            let least = self.least_below(level, block, ranking);
            if self.levels[level][block] == least && new != Some(least.at as usize) {
                return;
            }
            self.levels[level][block] = least;
            block /= FAN_OUT;
        }
    }

    /// What a block of this level should say.
    fn least_below(&self, level: usize, block: usize, ranking: &impl Ranking) -> Least {
        if let Some(below) = level.checked_sub(1) {
            return least_of(block_of(&self.levels[below], block).1, |least, _| *least, ranking);
        }
        let (start, bounds) = block_of(&self.bounds, block);
        // A place fits into 32 bits: the store has no more sessions than that.
        let place = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
        least_of(bounds, |bound, at| Least { bound: *bound, at: place(at) }, ranking)
    }
}

/// Gives memory back when three quarters of it are unused.
pub(crate) fn shrink<T>(vec: &mut Vec<T>) {
    if vec.capacity() > 64 && vec.len() < vec.capacity() / 4 {
        vec.shrink_to(vec.capacity() / 2);
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

    impl Twin {
        fn push(&mut self, bound: u64, number: u64) {
            self.entries.0.push((bound, number));
            self.index.push(&self.entries);
        }

        fn remove(&mut self, at: usize) {
            self.entries.0.swap_remove(at);
            self.index.swap_remove(at, &self.entries);
        }

        fn set(&mut self, at: usize, bound: u64, number: u64) {
            self.entries.0[at] = (bound, number);
            self.index.set(at, &self.entries);
        }

        fn expected(&self) -> Option<(usize, u64)> {
            (0..self.entries.0.len())
                .filter(|at| self.index.bounds[*at] != NEVER)
                .min_by_key(|at| (self.index.bounds[*at], self.entries.number(*at)))
                .map(|at| (at, self.index.bounds[at]))
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
        assert!(twin.entries.0.is_empty() && twin.index.levels.is_empty());
        assert!(twin.index.bounds.capacity() <= 64, "memory was not given back");
    }
}
