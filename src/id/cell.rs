//! The id of a record, which rotation changes.
//!
//! # Orderings
//!
//! Both halves are relaxed: something else orders every load with every store, and keeps a load
//! from seeing one half of each of two ids. The id is stored under the store's lock and the
//! session's own, while the directory does not hold the record. It is loaded under either of these
//! locks, or under the lock of the record's shard of the directory: taking the record out of the
//! shard and putting it back lock that too, before the store and after it.

use super::session_id::SessionId;
use crate::sync::{Ordering, QuietU64};

/// An id in two halves.
pub(crate) struct IdCell([QuietU64; 2]);

impl IdCell {
    pub(crate) fn new(id: SessionId) -> Self {
        Self(id.halves().map(QuietU64::new))
    }

    #[inline]
    pub(crate) fn load(&self) -> SessionId {
        SessionId::from_halves(self.halves())
    }

    /// As [`SessionId::halves`].
    #[inline]
    pub(crate) fn halves(&self) -> [u64; 2] {
        [&self.0[0], &self.0[1]].map(|half| half.load(Ordering::Relaxed))
    }

    pub(crate) fn store(&self, id: SessionId) {
        for (cell, half) in self.0.iter().zip(id.halves()) {
            cell.store(half, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_loaded() {
        let id: SessionId = "9f2d1c44-0b7e-4d3a-91c8-5e6f70812a3b".parse().unwrap();
        let cell = IdCell::new(SessionId::from_bytes([0; 16]));
        cell.store(id);
        assert_eq!(cell.load(), id);
    }
}
