//! The id of a record, which rotation changes.

use super::session_id::SessionId;
use crate::sync::{Ordering, QuietU64};

/// An id in two halves. Readers and the writer agree by other means on who goes first: the session's
/// lock, or that the directory does not hold the record while its id changes.
pub(crate) struct IdCell([QuietU64; 2]);

impl IdCell {
    pub(crate) fn new(id: SessionId) -> Self {
        Self(halves(id).map(QuietU64::new))
    }

    /// Relaxed: see the type.
    pub(crate) fn load(&self) -> SessionId {
        let [high, low] = [&self.0[0], &self.0[1]].map(|half| half.load(Ordering::Relaxed));
        SessionId::from_bytes((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
    }

    /// Relaxed: see the type.
    pub(crate) fn store(&self, id: SessionId) {
        for (cell, half) in self.0.iter().zip(halves(id)) {
            cell.store(half, Ordering::Relaxed);
        }
    }
}

fn halves(id: SessionId) -> [u64; 2] {
    let whole = u128::from_be_bytes(*id.as_bytes());
    [whole >> 64, whole & u128::from(u64::MAX)].map(|half| half.try_into().unwrap_or(0))
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
