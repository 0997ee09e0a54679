//! Locks, atomics and threads: the standard library's, or those of the model checker that this build
//! of the unit tests is for.

#[cfg(all(test, loom))]
use loom as source;
#[cfg(all(test, shuttle))]
use shuttle as source;
#[cfg(not(all(test, any(loom, shuttle))))]
use std as source;

pub(crate) use source::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64};
pub(crate) use source::sync::{Condvar, Mutex, MutexGuard};
pub(crate) use source::thread::{ThreadId, current as current_thread};
