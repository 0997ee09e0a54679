//! Sessions that have ended, and are in use.

use std::collections::BTreeMap;

use crate::session::{Record, ReturnQueue};
use crate::sync::{Arc, Weak};

/// Those that ended while they were in use, by creation number, until their last lease is back: its
/// return puts the number into a queue, which each visit takes some from. Keeps no data in memory.
pub(crate) struct Lingering<T>(BTreeMap<u64, Weak<Record<T>>>);

impl<T> Default for Lingering<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Lingering<T> {
    pub(super) fn add(&mut self, record: &Arc<Record<T>>) {
        self.0.insert(record.number(), Arc::downgrade(record));
    }

    /// Takes at most this many numbers from the queue: those sessions are not in use any more.
    pub(super) fn forget(&mut self, drained: &ReturnQueue, at_most: usize) {
        for number in drained.take(at_most) {
            self.0.remove(&number);
        }
    }

    /// All of them, and some whose last lease is back.
    pub(crate) fn all(&self) -> Vec<Weak<Record<T>>> {
        self.0.values().cloned().collect()
    }
}
