//! The terms on which a session lives, as far as they fit into two atomic words.
//!
//! | bits | first word | second word |
//! |---|---|---|
//! | 63..52 | how often the deadlines were moved | the same |
//! | 50 | | privileged |
//! | 49 | touched since it was created | pinned |
//! | 48..0 | idle timeout | absolute deadline |
//!
//! # Orderings
//!
//! The deadlines are moved by one thread at a time, under the store's lock and the session's own.
//! Readers take no lock and load both words relaxed: two words that agree about how often the
//! deadlines were moved are of one move, in whatever order they were loaded. (4,096 moves of one
//! session would have to come between the two loads to deceive a reader.) Where they differ, a move
//! is half done or half seen, and the session's lock orders the reader after it.
//!
//! The flag of the first touch guards no other data: all that matters is which of two came first,
//! and that is one order for all threads. The load before saves the write where the flag is up
//! already; it never comes down.
//!
//! A move is followed by a change of the session's word (`LiveSessions::move_deadlines`), which
//! releases. So a thread that changes the word after that also reads the new deadlines.

use crate::sync::{AtomicU64, Ordering};
use crate::timeouts::Deadlines;

const MOVED: u64 = 1 << 52;
const PRIVILEGED: u64 = 1 << 50;
const PINNED: u64 = 1 << 49;
const TOUCHED: u64 = 1 << 49;
const SPAN: u64 = (1 << 49) - 1;

/// See the [module](self).
pub(crate) struct Terms {
    idle: AtomicU64,
    absolute: AtomicU64,
}

impl Terms {
    /// Terms of a session that does not expire.
    pub(crate) fn new(pinned: bool, privileged: bool) -> Self {
        let flags = (u64::from(pinned) * PINNED) | (u64::from(privileged) * PRIVILEGED);
        let Deadlines { idle, absolute } = Deadlines::NONE;
        Self { idle: AtomicU64::new(idle), absolute: AtomicU64::new(flags | absolute) }
    }

    /// The same, with these deadlines, of a session that no other thread has yet.
    pub(crate) fn with(&self, deadlines: Deadlines) -> Self {
        let Deadlines { idle, absolute } = deadlines;
        let flags = self.flags() & (PINNED | PRIVILEGED);
        Self { idle: AtomicU64::new(idle), absolute: AtomicU64::new(flags | absolute) }
    }

    /// The deadlines, unless they are just being moved. See the [module](self).
    #[inline]
    pub(crate) fn deadlines(&self) -> Option<Deadlines> {
        let idle = self.idle.load(Ordering::Relaxed);
        let absolute = self.absolute.load(Ordering::Relaxed);
        let one_move = (idle ^ absolute) < MOVED;
        one_move.then_some(Deadlines { idle: idle & SPAN, absolute: absolute & SPAN })
    }

    #[inline]
    pub(crate) fn has_absolute_deadline(&self) -> bool {
        let absolute = self.absolute.load(Ordering::Relaxed) & SPAN;
        Deadlines { absolute, ..Deadlines::NONE }.is_absolute()
    }

    /// Moves the deadlines. Only one thread may do this at a time: see the [module](self).
    pub(crate) fn set(&self, deadlines: Deadlines) {
        let next = |word: &AtomicU64, span: u64| {
            let now = word.load(Ordering::Relaxed);
            let moved = (now & !(MOVED - 1)).wrapping_add(MOVED);
            // By the difference, since a first touch may set its flag meanwhile.
            let change = (now ^ (moved | span)) & (!(MOVED - 1) | SPAN);
            word.fetch_xor(change, Ordering::Relaxed);
        };
        next(&self.idle, deadlines.idle);
        next(&self.absolute, deadlines.absolute);
    }

    #[inline]
    fn flags(&self) -> u64 {
        self.absolute.load(Ordering::Relaxed)
    }

    pub(crate) fn pinned(&self) -> bool {
        self.flags() & PINNED != 0
    }

    pub(crate) fn privileged(&self) -> bool {
        self.flags() & PRIVILEGED != 0
    }

    /// Whether it was touched since it was created, or that was taken back.
    #[inline]
    pub(crate) fn touched(&self) -> bool {
        self.idle.load(Ordering::Relaxed) & TOUCHED != 0
    }

    /// Notes that it was touched. Returns whether that was noted before.
    pub(crate) fn note_touched(&self) -> bool {
        self.idle.fetch_or(TOUCHED, Ordering::Relaxed) & TOUCHED != 0
    }
}

#[cfg(test)]
#[cfg(not(any(loom, shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn the_parts_do_not_touch_each_other() {
        for flags in 0..4 {
            let (pinned, privileged) = (flags & 1 != 0, flags & 2 != 0);
            let terms = Terms::new(pinned, privileged).with(Deadlines { idle: 0, absolute: SPAN });
            assert!(!terms.touched() && !terms.note_touched() && terms.note_touched());
            // More often than the words can count.
            for moved in 0..10_000 {
                let deadlines = Deadlines { idle: SPAN - moved, absolute: moved };
                terms.set(deadlines);
                assert_eq!(terms.deadlines(), Some(deadlines));
            }
            assert!(terms.touched());
            assert_eq!((terms.pinned(), terms.privileged()), (pinned, privileged));
        }
    }

    #[test]
    fn words_of_two_moves_are_no_deadlines() {
        let (old, new) = (Terms::new(false, false), Terms::new(false, false));
        new.set(Deadlines { idle: 1, absolute: 2 });
        let torn = Terms { idle: new.idle, absolute: old.absolute };
        assert_eq!(torn.deadlines(), None);
    }
}
