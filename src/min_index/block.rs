//! Blocks of the tree, and the least of each.

/// The bound of what is not to be found: in use, pinned, or without a deadline.
pub(crate) const NEVER: u64 = u64::MAX;

/// How many entries a block has.
pub(crate) const FAN_OUT: usize = 16;

/// What an index asks of the entries that it ranks, by their place.
pub(crate) trait Ranking {
    /// The bound of an entry as of now; [`NEVER`] if it is not to be found.
    fn bound(&self, at: usize) -> u64;
    /// The order of entries with equal bounds.
    fn number(&self, at: usize) -> u64;
}

/// The least of a block, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Least {
    pub(super) bound: u64,
    pub(super) at: u32,
}

impl Least {
    pub(super) const NONE: Self = Self { bound: NEVER, at: u32::MAX };
}

/// The least of a block, by bound and then by number. Nobody's number is looked up but that of
/// equals.
pub(super) fn least_of<T>(
    block: &[T],
    entry: impl Fn(&T, usize) -> Least,
    ranking: &impl Ranking,
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
    equals.min_by_key(|entry| ranking.number(entry.at as usize)).unwrap_or(least)
}

/// Where this block begins, and what is in it.
pub(super) fn block_of<T>(items: &[T], block: usize) -> (usize, &[T]) {
    let start = block * FAN_OUT;
    (start, &items[start..items.len().min(start + FAN_OUT)])
}
