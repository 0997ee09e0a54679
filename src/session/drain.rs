//! Waiting for the leases of a session that has ended.
//!
//! An ended session gives no leases, so that there are ever fewer of them. The thread that gives
//! the last one back changes the word first, and then locks the cold part and takes out the cells
//! of those that drain the session. A cell is put there inside the same lock, if the word says then
//! that there are leases. So of the two, one sees the other.

use super::drain_cell::DrainCell;
use super::record::Record;
use crate::sync::Arc;

impl<T> Record<T> {
    /// Has the cell told once the last lease of the session is back. Returns whether it will be: if
    /// the session has not ended, or is not in use, or the cell is to be told already, it is not.
    pub(crate) fn drain_into(&self, cell: &Arc<DrainCell>) -> bool {
        let drains = || {
            let seen = self.word.load();
            seen.ended() && seen.in_use()
        };
        drains() && self.with_cold(|cold| drains() && cold.drain_into(cell))
    }

    /// The cell need not be told any more.
    pub(crate) fn stop_draining(&self, cell: &Arc<DrainCell>) {
        drop(self.with_cold(|cold| cold.stop_draining(cell)));
    }

    /// The last lease of the session, which has ended, is back. Hold no lock.
    #[cold]
    pub(super) fn tell_drained(&self) {
        // After the change of the word, as above.
        self.context.drained.put(self.number());
        let drains = self.lock_cold().as_mut().map(|cold| cold.take_drains()).unwrap_or_default();
        for cell in drains {
            self.context.run_application_code(|| cell.returned());
        }
    }
}
