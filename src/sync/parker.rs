//! Putting a thread to sleep until it is woken.

use std::sync::{Arc, PoisonError};
use std::task::Wake;
use std::time::Duration;

use super::primitives::{Condvar, Mutex, wait_until_set};

/// Lets one thread wait for a waker. A wake-up that comes first is kept.
#[derive(Debug, Default)]
pub(crate) struct Parker {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Parker {
    /// Waits until woken, at most this long. Returns whether it was woken.
    pub(crate) fn park(&self, at_most: Duration) -> bool {
        let woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut woken = wait_until_set(&self.changed, woken, at_most);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_up_that_comes_first_is_kept_once() {
        let parker = Arc::new(Parker::default());
        parker.wake_by_ref();
        assert!(parker.park(Duration::MAX));
        assert!(!parker.park(Duration::ZERO));
    }
}
