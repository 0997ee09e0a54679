//! The age index: which of many sessions is the oldest, when their ages change without telling it.
//!
//! It keeps a *lower bound* of each session's tick (last active, or a deadline) in a flat tournament
//! tree: the bounds in one array, and above it, for each block of 16, the least of the block.
//! Ticks only ever grow, so a bound that was right once stays a lower bound. Whoever looks for the
//! oldest takes the least bound and compares it with the session itself: if it is still right, this
//! is the oldest, since every other is at least as late as its own bound. If not, he refreshes the
//! whole block, sixteen independent reads, and looks again.
//!
//! Sessions are numbered by their place in an array of the caller's, without gaps, and a removal
//! puts the last into the place of the one that goes, as [`Vec::swap_remove`] does. Equal bounds are
//! ordered by creation number, which the caller looks up.

/// The bound of what is not to be found: in use, pinned, or without a deadline.
pub(crate) const NEVER: u64 = u64::MAX;

const FAN_OUT: usize = 16;

/// The least of a block, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Least {
    bound: u64,
    at: u32,
}

impl Least {
    const NONE: Self = Self { bound: NEVER, at: u32::MAX };
}

/// The index. See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct AgeIndex {
    bounds: Vec<u64>,
    /// The lowest level first; the highest has one entry, or there is none.
    levels: Vec<Vec<Least>>,
}

impl AgeIndex {
    /// The place of the least bound, and the bound. Costs one read.
    pub(crate) fn least(&self) -> Option<(usize, u64)> {
        let least = self.levels.last()?.first()?;
        (least.bound != NEVER).then_some((least.at as usize, least.bound))
    }

    /// Adds a session behind the last.
    pub(crate) fn push(&mut self, bound: u64, number: impl Fn(usize) -> u64) {
        self.bounds.push(bound);
        self.fit_levels();
        self.update(self.bounds.len() - 1, &number);
    }

    /// Removes the session at `at`, and puts the last into its place.
    ///
    /// `number` must know the new places.
    pub(crate) fn swap_remove(&mut self, at: usize, number: impl Fn(usize) -> u64) {
        let last = self.bounds.len() - 1;
        self.bounds.swap(at, last);
        self.bounds[last] = NEVER;
        // While the last is still there, so that every block above it forgets it.
        self.update(last, &number);
        if at < last {
            self.update(at, &number);
        }
        self.bounds.pop();
        self.fit_levels();
    }

    /// Gives the session at `at`, which may be another than before, this bound.
    pub(crate) fn set(&mut self, at: usize, bound: u64, number: impl Fn(usize) -> u64) {
        self.bounds[at] = bound;
        self.update(at, &number);
    }

    /// Works out the bounds of all sessions of a block anew, the one that `at` is in.
    ///
    /// `bound` gets a place and the bound that it has.
    pub(crate) fn refresh_block(
        &mut self,
        at: usize,
        bound: impl Fn(usize, u64) -> u64,
        number: impl Fn(usize) -> u64,
    ) {
        let start = at - at % FAN_OUT;
        for (at, old) in (start..).zip(self.bounds[start..].iter_mut().take(FAN_OUT)) {
            *old = bound(at, *old);
        }
        self.update_blocks(at, None, &number);
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
    fn update(&mut self, at: usize, number: &impl Fn(usize) -> u64) {
        let least = self.levels[0][at / FAN_OUT];
        // The usual case: an earlier one of the block stays its least.
        let stays = least.at as usize != at
            && self.bounds.get(least.at as usize) == Some(&least.bound)
            && self.bounds[at] > least.bound;
        if !stays {
            self.update_blocks(at, Some(at), number);
        }
    }

    /// Works out anew the blocks above the place `at`, up to the first that keeps its least. But the
    /// session that is now at the place `new` is another than before, though its bound be the same.
    fn update_blocks(&mut self, at: usize, new: Option<usize>, number: &impl Fn(usize) -> u64) {
        let mut block = at / FAN_OUT;
        let (start, bounds) = block_of(&self.bounds, block);
        // A place fits into 32 bits: the store has no more sessions than that.
        let place = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
        let mut least =
            least_of(bounds, |bound, at| Least { bound: *bound, at: place(at) }, number);
        for level in 0..self.levels.len() {
            if self.levels[level][block] == least && new != Some(least.at as usize) {
                return;
            }
            self.levels[level][block] = least;
            block /= FAN_OUT;
            least = least_of(block_of(&self.levels[level], block).1, |least, _| *least, number);
        }
    }
}

/// The least of a block, by bound and then by number. Nobody's number is looked up but that of equals.
fn least_of<T>(
    block: &[T],
    entry: impl Fn(&T, usize) -> Least,
    number: &impl Fn(usize) -> u64,
) -> Least {
    let (mut least, mut equals) = (Least::NONE, false);
    for (at, item) in block.iter().enumerate() {
        let entry = entry(item, at);
        // Written to be without a branch, since which is the least is anybody's guess.
        equals =
            if entry.bound < least.bound { false } else { equals || entry.bound == least.bound };
        least = if entry.bound < least.bound { entry } else { least };
    }
    if !equals || least.bound == NEVER {
        return least;
    }
    let entries = block.iter().enumerate().map(|(at, item)| entry(item, at));
    let equals = entries.filter(|entry| entry.bound == least.bound);
    equals.min_by_key(|entry| number(entry.at as usize)).unwrap_or(least)
}

/// Where this block begins, and what is in it.
fn block_of<T>(items: &[T], block: usize) -> (usize, &[T]) {
    let start = block * FAN_OUT;
    (start, &items[start..items.len().min(start + FAN_OUT)])
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

    /// The index with its numbers beside it, and the same as a plain list.
    #[derive(Default)]
    struct Twin {
        index: AgeIndex,
        numbers: Vec<u64>,
    }

    impl Twin {
        fn push(&mut self, bound: u64, number: u64) {
            self.numbers.push(number);
            self.index.push(bound, |at| self.numbers[at]);
        }

        fn remove(&mut self, at: usize) {
            self.numbers.swap_remove(at);
            self.index.swap_remove(at, |at| self.numbers[at]);
        }

        fn expected(&self) -> Option<(usize, u64)> {
            (0..self.numbers.len())
                .filter(|at| self.index.bounds[*at] != NEVER)
                .min_by_key(|at| (self.index.bounds[*at], self.numbers[*at]))
                .map(|at| (at, self.index.bounds[at]))
        }
    }

    proptest! {
        #[test]
        fn the_least_is_the_least(steps in prop::collection::vec((0..9u8, any::<u16>(), 0..5u64), 1..900)) {
            let mut twin = Twin::default();
            for (count, (what, place, bound)) in (0u64..).zip(steps) {
                let bound = if bound == 0 { NEVER } else { bound };
                let len = twin.numbers.len();
                let at = usize::from(place) % len.max(1);
                match what {
                    // Numbers that are unique and in no particular order.
                    0..=3 => twin.push(bound, count ^ 0b1011),
                    4 | 5 if len > 0 => twin.remove(at),
                    6 if len > 0 => twin.index.set(at, bound, |at| twin.numbers[at]),
                    // Another takes its place, often with the same bound.
                    8 if len > 0 => {
                        twin.numbers[at] = count ^ 0b1011;
                        twin.index.set(at, bound, |at| twin.numbers[at]);
                    }
                    7 if len > 0 => {
                        let refresh = |_, old: u64| if old == NEVER { NEVER } else { old + 1 };
                        twin.index.refresh_block(at, refresh, |at| twin.numbers[at]);
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
            let last = twin.numbers.len() - 1;
            assert_eq!(twin.index.least(), Some((last, 10_000 - number)));
        }
        while let Some((at, _)) = twin.index.least() {
            twin.remove(at);
        }
        assert!(twin.numbers.is_empty() && twin.index.levels.is_empty());
        assert!(twin.index.bounds.capacity() <= 64, "memory was not given back");
    }
}
