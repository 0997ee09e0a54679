//! Counting what is going on.

use crate::sync::{AtomicU32, Ordering};

/// One of so many, until it is dropped.
pub(super) struct Counted<'a>(&'a AtomicU32);

impl<'a> Counted<'a> {
    pub(super) fn new(count: &'a AtomicU32) -> Self {
        // Relaxed: a count orders nothing. Who misses it evicts a slot that is about to be used,
        // whose user then finds another.
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
