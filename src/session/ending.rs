//! The end of a session, and what follows from it.

use super::end_cell::EndCell;
use super::fate::Hook;
use super::record::Record;
use crate::end::Tombstone;
use crate::sync::Arc;
use crate::word::{Changed, Seen};

/// A session that has just ended, and what is to be done about it once every lock is released.
#[must_use = "the hooks of an ended session must run"]
pub(crate) struct Ending<T> {
    record: Arc<Record<T>>,
    pub(crate) tombstone: Tombstone,
    hooks: Vec<Hook<Arc<Record<T>>>>,
    waiters: Vec<Arc<EndCell>>,
}

impl<T> Record<T> {
    /// Ends the session, unless its word is no longer what was `seen`. Under the store's lock.
    ///
    /// `unlink` takes the record out of all that the store keeps.
    pub(crate) fn end(
        self: Arc<Self>,
        seen: Seen,
        tombstone: Tombstone,
        unlink: impl FnOnce(),
    ) -> Result<Ending<T>, Changed> {
        let mut fate = self.lock_fate();
        self.word.end(seen)?;
        unlink();
        // With the store's own references gone, nobody can come by a handle but through a handle.
        let told = fate.is_some() || Arc::strong_count(&self) > 1;
        let (hooks, waiters) =
            if told { fate.get_or_insert_default().end(tombstone) } else { Default::default() };
        drop(fate);
        self.forget_touched();
        Ok(Ending { record: self, tombstone, hooks, waiters })
    }
}

impl<T> Ending<T> {
    pub(crate) fn record(&self) -> &Arc<Record<T>> {
        &self.record
    }

    /// Runs the hooks, wakes the waiters, lets go of the session. Hold no lock: all of it is host
    /// code, the drop of the session's data included.
    pub(crate) fn deliver(self) {
        let Self { record, tombstone, hooks, waiters } = self;
        let context = &record.context;
        for hook in hooks {
            context.run_host_code(|| hook(&record, &tombstone));
        }
        for waiter in waiters {
            context.run_host_code(|| waiter.wake());
        }
        let_go(record);
    }
}

/// Drops a pointer to a record that may be the last one, and with it the host's data. Hold no lock.
pub(crate) fn let_go<T>(record: Arc<Record<T>>) {
    let context = Arc::clone(&record.context);
    context.run_host_code(|| drop(record));
}
