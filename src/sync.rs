//! The only module that names locks and atomics, so that a model checker can take their place.
//!
//! In the unit tests of a build with `--cfg loom` or `--cfg shuttle` they are the checker's. `Arc`
//! is always the standard library's, and so is what orders nothing.

#[cfg(all(test, any(loom, shuttle)))]
pub(crate) mod checker;
mod counters;
mod parker;
mod primitives;
#[cfg(not(all(test, any(loom, shuttle))))]
mod swap;
#[cfg(all(test, any(loom, shuttle)))]
mod twins;

use std::sync::PoisonError;

pub(crate) use std::sync::atomic::{Ordering, fence};
pub(crate) use std::sync::{Arc, Weak};

/// An atomic that a checker does not see. For what is ordered by other means, and read inside a
/// lock that a checker does not see either: it must not change threads there.
pub(crate) use std::sync::atomic::AtomicU64 as QuietU64;

/// Filled by crate code that waits for nothing, so that a checker need not see it.
pub(crate) use std::sync::OnceLock;

pub(crate) use counters::StripedCounters;
pub(crate) use parker::Parker;
pub(crate) use primitives::{AtomicBool, AtomicU32, AtomicU64};
pub(crate) use primitives::{MutexGuard, ThreadId, current_thread};
#[cfg(not(all(test, any(loom, shuttle))))]
pub(crate) use swap::Swap;
#[cfg(all(test, any(loom, shuttle)))]
pub(crate) use twins::Swap;

/// A mutex without poisoning.
///
/// No application code runs inside the crate's critical sections, so nothing of the application's
/// can leave one half-done.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(primitives::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(primitives::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_does_not_poison() {
        let mutex = Mutex::new(1);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _guard = mutex.lock();
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert_eq!(*mutex.lock(), 1);
    }
}
