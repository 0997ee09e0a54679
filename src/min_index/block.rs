//! The blocks that the index is made of, and the keys in them.

/// The bound of what is not to be found: in use, pinned, or without a deadline.
pub(crate) const NEVER: u64 = u64::MAX;

/// How many entries a block has.
pub(crate) const FAN_OUT: usize = 8;

/// What an index asks of the entries that it ranks, by their place.
pub(crate) trait Ranking {
    /// The bound of an entry as of now; [`NEVER`] if it is not to be found.
    fn bound(&self, at: usize) -> u64;

    /// The bound of an entry that is in the index and to be found there, where only time has
    /// passed.
    fn refreshed(&self, at: usize) -> u64 {
        self.bound(at)
    }

    /// The order of entries with equal bounds.
    fn number(&self, at: usize) -> u64;
}

/// An entry in one number, so that the least is the first: 48 bits of bound, 48 of number, and 32
/// of place.
pub(super) type Key = u128;

/// The key of what is not to be found. Those of a leaf have their place in the last 32 bits.
pub(super) const NONE: Key = Key::MAX;

/// The largest bound, and the largest number. There is a session every 32 nanoseconds for a hundred
/// days before the numbers are used up; those thereafter are equal.
const MOST: u64 = (1 << 48) - 1;

/// The entries of the lowest level, without their places: with numbers in two lines of the cache,
/// without in one.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(super) struct Leaf<N> {
    /// 48 bits of bound and 16 of number.
    high: [u64; FAN_OUT],
    /// The other bits of the number.
    low: N,
}

/// The last 32 bits of the numbers in a leaf, where there are numbers.
pub(crate) trait Numbers: Copy {
    const EMPTY: Self;

    /// As much of this number as is kept.
    fn kept(number: u64) -> u64;

    fn get(&self, at: usize) -> u32;

    fn set(&mut self, at: usize, low: u32);
}

/// Entries with equal bounds are ordered by their numbers.
impl Numbers for [u32; FAN_OUT] {
    const EMPTY: Self = [u32::MAX; FAN_OUT];

    fn kept(number: u64) -> u64 {
        number.min(MOST - 1)
    }

    fn get(&self, at: usize) -> u32 {
        self[at]
    }

    fn set(&mut self, at: usize, low: u32) {
        self[at] = low;
    }
}

/// Entries with equal bounds are ordered by their places.
impl Numbers for () {
    const EMPTY: Self = ();

    fn kept(_: u64) -> u64 {
        0
    }

    fn get(&self, _: usize) -> u32 {
        u32::MAX
    }

    fn set(&mut self, _: usize, _: u32) {}
}

/// The least keys of as many blocks.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Node(pub(super) [Key; FAN_OUT]);

/// The place of an entry, and its bound.
#[allow(clippy::cast_possible_truncation)] // The parts of the key.
pub(super) fn entry(key: Key) -> Option<(usize, u64)> {
    is_some(key).then_some((key as u32 as usize, (key >> 80) as u64))
}

fn is_some(key: Key) -> bool {
    key >> 32 != NONE >> 32
}

impl<N: Numbers> Leaf<N> {
    pub(super) const EMPTY: Self = Self { high: [u64::MAX; FAN_OUT], low: N::EMPTY };

    /// The key at this place, `start` being that of the first.
    fn key(&self, at: usize, start: usize) -> Key {
        let (high, low) = self.get(at);
        // A place fits into 32 bits: the store has no more sessions than that.
        Key::from(high) << 64 | Key::from(low) << 32 | (start + at) as Key
    }

    #[allow(clippy::cast_possible_truncation)] // The other bits are in the bound's word.
    pub(super) fn set(&mut self, at: usize, bound: u64, number: u64) {
        let number = N::kept(number);
        let entry = (bound.min(MOST) << 16 | number >> 32, number as u32);
        self.put(at, if bound == NEVER { (u64::MAX, u32::MAX) } else { entry });
    }

    /// Puts an entry here that another leaf [has](Self::get).
    pub(super) fn put(&mut self, at: usize, (high, low): (u64, u32)) {
        self.high[at] = high;
        self.low.set(at, low);
    }

    pub(super) fn get(&self, at: usize) -> (u64, u32) {
        (self.high[at], self.low.get(at))
    }

    /// Gives each entry that is to be found its bound of now.
    pub(super) fn refresh(&mut self, start: usize, ranking: &impl Ranking) {
        for at in 0..FAN_OUT {
            if self.get(at) != (u64::MAX, u32::MAX) {
                match ranking.refreshed(start + at) {
                    NEVER => self.put(at, (u64::MAX, u32::MAX)),
                    bound => self.high[at] = bound.min(MOST) << 16 | self.high[at] & 0xffff,
                }
            }
        }
    }

    pub(super) fn least(&self, start: usize) -> Key {
        (1..FAN_OUT).fold(self.key(0, start), |least, at| least.min(self.key(at, start)))
    }
}

impl Node {
    pub(super) const EMPTY: Self = Self([NONE; FAN_OUT]);

    /// A node of which nothing but the first entry is known.
    pub(super) fn with_first(first: Key) -> Self {
        let mut node = Self::EMPTY;
        node.0[0] = first;
        node
    }

    pub(super) fn least(&self) -> Key {
        self.0[1..].iter().fold(self.0[0], |least, key| least.min(*key))
    }
}
