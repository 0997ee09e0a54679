//! Locks, atomics and threads: the standard library's, or those of the model checker that this
//! build of the unit tests is for.

use std::sync::PoisonError;
use std::time::Duration;

#[cfg(all(test, loom))]
use loom as source;
#[cfg(all(test, shuttle))]
use shuttle as source;
#[cfg(not(all(test, any(loom, shuttle))))]
use std as source;

pub(crate) use source::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
pub(crate) use source::sync::{Condvar, Mutex, MutexGuard};
pub(crate) use source::thread::{ThreadId, current as current_thread};

/// Waits until what `flag` guards is set, at most so long.
#[cfg(not(all(test, any(loom, shuttle))))]
pub(super) fn wait_until_set<'a>(
    changed: &Condvar,
    flag: MutexGuard<'a, bool>,
    at_most: Duration,
) -> MutexGuard<'a, bool> {
    let waited = changed.wait_timeout_while(flag, at_most, |set| !*set);
    waited.unwrap_or_else(PoisonError::into_inner).0
}

/// Time stands still in a model: a thread that is not woken sleeps for ever, and the checker calls
/// that a deadlock.
#[cfg(all(test, any(loom, shuttle)))]
pub(super) fn wait_until_set<'a>(
    changed: &Condvar,
    mut flag: MutexGuard<'a, bool>,
    at_most: Duration,
) -> MutexGuard<'a, bool> {
    while !*flag && !at_most.is_zero() {
        flag = changed.wait(flag).unwrap_or_else(PoisonError::into_inner);
    }
    flag
}
