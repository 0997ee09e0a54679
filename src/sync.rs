//! The only module that names locks and atomics, so that a model checker can take their place.

mod counters;
mod parker;
mod swap;

use std::sync::PoisonError;

pub(crate) use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};
pub(crate) use std::sync::{Arc, MutexGuard, Weak};

pub(crate) use counters::StripedCounters;
pub(crate) use parker::Parker;
pub(crate) use swap::Swap;

/// A mutex without poisoning.
///
/// No host code runs inside the crate's critical sections, so nothing of the host's can leave one
/// half-done.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
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
