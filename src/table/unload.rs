//! Taking sessions out of memory that live on elsewhere.
//!
//! A pinned session is found by no search and has no idle deadline, so it is never met here. Any
//! other is unloaded only if nothing but the store has a pointer to its record. A lookup gets a
//! pointer from the directory, inside the lock of a shard, and every other pointer comes from one
//! that there is. So the pointers are counted inside the shard's lock, and the record is taken out
//! there; from then on it is this thread's alone. If its word turns out to have changed before, or
//! the keeper refuses, it is put back. The tombstones are locked meanwhile: a lookup that misses
//! waits for them, and then looks into the directory once more (`Table::remembered`).
//!
//! A weak pointer to a record can be upgraded at any time. Those that there are show at most what
//! the session is like, and only until its word says that it is gone (`session/weak.rs`); a future
//! of the end of a session has a waiter in its cold part. So an upgrade that comes before the count
//! holds the session, and one that comes after it finds no live session.

use super::keeper::Keeper;
use super::ledger::Visit;
use super::search::Found;
use super::visit::Row;
use crate::end::EndReason;
use crate::error::LookupError;
use crate::event_log::What;
use crate::session::{Record, Seen, SessionInfo};
use crate::sync::Arc;

/// Why a session stays in memory.
enum Stays {
    /// Its word is no longer what was seen.
    Changed,
    /// A handle, a hook, a waiter or the keeper holds it.
    Held,
}

impl<T> Visit<'_, T> {
    /// Why a session ends by itself as of now, if it does. Of its idle timeout only in a store
    /// without a keeper, which unloads it in place of that.
    pub(crate) fn over(&self, record: &Record<T>, seen: Seen) -> Option<EndReason> {
        let spared = seen.in_use() || self.table.keeper.is_some();
        record.deadlines().expired(seen.last_active(), spared, self.moment.now)
    }

    /// Why a session that was found expired is not to be returned: ends it, or unloads it if it may
    /// be. `Ok` if it has not expired any more.
    pub(crate) fn refuse_expired(&mut self, record: &Arc<Record<T>>) -> Result<(), LookupError> {
        if let Some(tombstone) = self.end_now(record, None) {
            return Err(LookupError::Ended(tombstone));
        }
        let Some(keeper) = &self.table.keeper else { return Ok(()) };
        let seen = record.word.load();
        if seen.ended() || record.expired(seen, self.moment.now).is_none() {
            return Ok(());
        }
        self.unload(&**keeper, Found { record: Arc::clone(record), seen }, 1, Row::Removed);
        Err(LookupError::Unknown)
    }

    /// Unloads a session, unless it is no longer as it was found, or something holds it: then it is
    /// parked. Besides what was found, `others` of the pointers to its record are the caller's.
    /// Returns whether it is gone.
    pub(super) fn unload(
        &mut self,
        keeper: &dyn Keeper<T>,
        found: Found<T>,
        others: usize,
        row: Row,
    ) -> bool {
        let Found { record, seen } = found;
        match self.take_out(keeper, &record, seen, 1 + others) {
            Ok(()) => {}
            Err(Stays::Changed) => return false,
            Err(Stays::Held) => {
                self.live.hold(&record, seen);
                return false;
            }
        }
        if row == Row::Removed {
            self.ledger.live.remove(&record);
        }
        record.forget_touched();
        self.tally.unloaded += 1;
        self.note(|| What::Unloaded(SessionInfo::new(&record, seen)));
        self.endings.drop_later(record);
        true
    }

    /// Takes a session out of the directory for good, if it may be unloaded. Its word says that it
    /// has ended from then on, and it has no tombstone. Besides the list, the directory and the
    /// parked, `own` pointers to its record are known.
    fn take_out(
        &self,
        keeper: &dyn Keeper<T>,
        record: &Arc<Record<T>>,
        seen: Seen,
        own: usize,
    ) -> Result<(), Stays> {
        if seen.in_use() || seen.ended() {
            return Err(Stays::Changed);
        }
        let cold = record.lock_cold();
        if cold.as_ref().is_some_and(|cold| cold.is_awaited()) {
            return Err(Stays::Held);
        }
        let parked = usize::from(self.live.parked.contains_key(&record.number()));
        let _tombstones = self.table.tombstones.lock();
        if !self.table.directory.remove_unshared(record, own + 2 + parked) {
            return Err(Stays::Held);
        }
        // As a change, which sees the last one: no other thread can change it any more.
        let stays = if record.word.confirm(seen).is_err() {
            Stays::Changed
        } else if keeper.unload(record.key(), &record.data, seen.last_active()) {
            let ended = record.word.end(seen);
            debug_assert!(ended.is_ok(), "no other thread has it");
            return Ok(());
        } else {
            Stays::Held
        };
        self.table.directory.insert(Arc::clone(record));
        Err(stays)
    }
}
