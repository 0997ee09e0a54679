//! What stands in for [`Swap`] under a model checker. The protocol is the same, down to what is
//! compared; the parts are the checker's.

use std::sync::{Arc, PoisonError};

use super::primitives::Mutex;

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
            // The caller has `seen`, so this drops nothing of the application's.
            *held = new;
            Ok(())
        } else {
            Err(Arc::clone(&held))
        }
    }
}
