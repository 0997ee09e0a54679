//! The state of a session in one atomic word.
//!
//! | bits | what |
//! |---|---|
//! | 63..16 | last active, a [`Tick`] |
//! | 15..2 | how many leases are held |
//! | 1 | parked: taken out of the indexes because it was in use |
//! | 0 | ended |
//!
//! Every change is one compare-and-swap that expects the whole word it has seen. An eviction
//! expects the exact time it chose its victim by, and no leases: a touch or a lease that slips in
//! makes it miss, and it looks for another victim. Once ended is set nothing changes the time any
//! more.
//!
//! # Orderings
//!
//! A successful change releases and a look acquires, so a thread that sees a session ended also
//! sees what the thread that ended it did before. What follows an ending (the tombstone, the hooks)
//! is guarded by the session's own lock, which is held across the change; the word publishes no
//! other data.

use crate::sync::{AtomicU64, Ordering};
use crate::tick::Tick;

/// The most leases that one session can give: 16,383.
pub(crate) const MAX_LEASES: u32 = (1 << LEASE_BITS) - 1;

const LEASE_BITS: u32 = 64 - Tick::BITS - 2;
const TIME_SHIFT: u32 = 64 - Tick::BITS;
const ENDED: u64 = 1;
const PARKED: u64 = 1 << 1;
const LEASE: u64 = 1 << 2;
const LEASES: u64 = MAX_LEASES as u64 * LEASE;
const FLAGS: u64 = (1 << TIME_SHIFT) - 1;

/// The word itself.
#[derive(Debug)]
pub(crate) struct SessionWord(AtomicU64);

/// What a word said at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen(u64);

/// The word is no longer what was seen; this is what it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Changed(pub(crate) Seen);

impl Seen {
    #[inline]
    pub(crate) const fn last_active(self) -> Tick {
        Tick::from_micros(self.0 >> TIME_SHIFT)
    }

    #[inline]
    pub(crate) const fn leases(self) -> u32 {
        ((self.0 & LEASES) / LEASE) as u32
    }

    #[inline]
    pub(crate) const fn in_use(self) -> bool {
        self.0 & LEASES != 0
    }

    #[inline]
    pub(crate) const fn parked(self) -> bool {
        self.0 & PARKED != 0
    }

    #[inline]
    pub(crate) const fn ended(self) -> bool {
        self.0 & ENDED != 0
    }

    /// The same, last active at `at` if that is later.
    #[inline]
    const fn at(self, at: Tick) -> u64 {
        let time = at.as_micros() << TIME_SHIFT;
        if time > self.0 & !FLAGS { time | self.0 & FLAGS } else { self.0 }
    }
}

impl SessionWord {
    /// A live session without leases, last active at `at`.
    pub(crate) fn new(at: Tick) -> Self {
        Self(AtomicU64::new(at.as_micros() << TIME_SHIFT))
    }

    #[inline]
    pub(crate) fn load(&self) -> Seen {
        Seen(self.0.load(Ordering::Acquire))
    }

    /// Moves last-active forward to `at`.
    #[inline]
    pub(crate) fn touch(&self, seen: Seen, at: Tick) -> Result<(), Changed> {
        self.change(seen, seen.at(at))
    }

    /// Takes a lease at `at`. There must be one left.
    #[inline]
    pub(crate) fn lease(&self, seen: Seen, at: Tick) -> Result<(), Changed> {
        debug_assert!(seen.leases() < MAX_LEASES);
        self.change(seen, seen.at(at) + LEASE)
    }

    /// Gives a lease back at `at`. An ended session keeps its time.
    #[inline]
    pub(crate) fn release(&self, seen: Seen, at: Tick) -> Result<(), Changed> {
        debug_assert!(seen.in_use());
        let base = if seen.ended() { seen.0 } else { seen.at(at) };
        self.change(seen, base - LEASE)
    }

    pub(crate) fn end(&self, seen: Seen) -> Result<(), Changed> {
        self.change(seen, seen.0 | ENDED)
    }

    pub(crate) fn park(&self, seen: Seen) -> Result<(), Changed> {
        self.change(seen, seen.0 | PARKED)
    }

    pub(crate) fn unpark(&self, seen: Seen) -> Result<(), Changed> {
        self.change(seen, seen.0 & !PARKED)
    }

    /// Changes nothing, as a change: what was done before it is done before every later one.
    pub(crate) fn confirm(&self, seen: Seen) -> Result<(), Changed> {
        self.change(seen, seen.0)
    }

    #[inline]
    fn change(&self, seen: Seen, new: u64) -> Result<(), Changed> {
        self.0
            .compare_exchange(seen.0, new, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
            .map_err(|now| Changed(Seen(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(micros: u64) -> Tick {
        Tick::from_micros(micros)
    }

    #[test]
    fn the_parts_do_not_touch_each_other() {
        let word = SessionWord::new(tick(7));
        for lease in 0..MAX_LEASES {
            word.lease(word.load(), tick(u64::from(lease))).unwrap();
        }
        word.park(word.load()).unwrap();
        word.touch(word.load(), Tick::MAX).unwrap();
        word.end(word.load()).unwrap();
        let seen = word.load();
        assert_eq!((seen.leases(), seen.last_active()), (MAX_LEASES, Tick::MAX));
        assert!(seen.parked() && seen.ended() && seen.in_use());
        word.release(seen, Tick::ZERO).unwrap();
        word.unpark(word.load()).unwrap();
        let seen = word.load();
        assert_eq!((seen.leases(), seen.parked()), (MAX_LEASES - 1, false));
    }

    #[test]
    fn time_never_goes_back() {
        let word = SessionWord::new(tick(100));
        word.touch(word.load(), tick(50)).unwrap();
        assert_eq!(word.load().last_active(), tick(100));
    }

    #[test]
    fn an_ending_misses_when_a_touch_or_a_lease_came_first() {
        let word = SessionWord::new(tick(1));
        let seen = word.load();
        word.touch(seen, tick(2)).unwrap();
        assert_eq!(word.end(seen), Err(Changed(word.load())));
        let seen = word.load();
        word.lease(seen, tick(2)).unwrap();
        assert!(word.end(seen).is_err());
        assert!(!word.load().ended());
    }

    #[test]
    fn the_dead_do_not_age() {
        let word = SessionWord::new(tick(1));
        word.lease(word.load(), tick(1)).unwrap();
        word.end(word.load()).unwrap();
        word.release(word.load(), tick(9)).unwrap();
        assert_eq!(word.load().last_active(), tick(1));
    }
}
