//! What stands in for [`Swap`] and [`Parker`] under a model checker. The protocols are the same, down
//! to what is compared; the parts are the checker's.

use std::sync::{Arc, PoisonError};
use std::task::Wake;
use std::time::Duration;

use super::primitives::{Condvar, Mutex};

/// `arc-swap` is not made of the checker's atomics, so this is a pointer behind a lock.
#[derive(Debug)]
pub(crate) struct Swap<T>(Mutex<Arc<T>>);

impl<T> Swap<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(Arc::new(value)))
    }

    pub(crate) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.load())
    }

    pub(crate) fn load(&self) -> Arc<T> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn replace(&self, seen: &Arc<T>, new: Arc<T>) -> Result<(), Arc<T>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&held, seen) {
            // The caller has `seen`, so this drops nothing of the host's.
            *held = new;
            Ok(())
        } else {
            Err(Arc::clone(&held))
        }
    }
}

/// Time stands still in a model: a thread that is not woken sleeps for ever, and the checker calls
/// that a deadlock.
#[derive(Debug, Default)]
pub(crate) struct Parker {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Parker {
    pub(crate) fn park(&self, at_most: Duration) -> bool {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        while !*woken && !at_most.is_zero() {
            woken = self.changed.wait(woken).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut *woken)
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }
}
