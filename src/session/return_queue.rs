//! The sessions whose last lease was given back: of those that are parked, and of those that have
//! ended.
//!
//! # Orderings
//!
//! The flag changes inside the queue's lock, so it says what the queue holds. It is `SeqCst`, as
//! the announced deadline is (`deadline_notice.rs`): of a lease that is given back and an
//! application that asks how long it may sleep, one sees the other.

use std::collections::BTreeSet;

use crate::sync::{AtomicBool, Mutex, Ordering};

/// Creation numbers of sessions that were parked when their last lease was given back.
///
/// A number is put in *after* the session's word says that no lease is held. So a number that is
/// taken out is of a session that was free, and may be in use again, or have ended, by then.
#[derive(Default)]
pub(crate) struct ReturnQueue {
    /// A set, so that it has no more entries than sessions are parked, however often they return.
    numbers: Mutex<BTreeSet<u64>>,
    filled: AtomicBool,
}

impl ReturnQueue {
    pub(crate) fn put(&self, number: u64) {
        let mut numbers = self.numbers.lock();
        numbers.insert(number);
        self.filled.store(true, Ordering::SeqCst);
    }

    /// Whether there is something to take.
    #[inline]
    pub(crate) fn is_filled(&self) -> bool {
        self.filled.load(Ordering::SeqCst)
    }

    /// Takes at most this many numbers out.
    pub(crate) fn take(&self, at_most: usize) -> Vec<u64> {
        if !self.is_filled() {
            return Vec::new();
        }
        let mut numbers = self.numbers.lock();
        let taken = std::iter::from_fn(|| numbers.pop_first()).take(at_most).collect();
        self.filled.store(!numbers.is_empty(), Ordering::SeqCst);
        taken
    }
}
