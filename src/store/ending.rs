//! Ending one session, and giving one another id.

use super::handle::SessionStore;
use super::ledger::{Moment, Visit};
use crate::end::{EndReason, Tombstone};
use crate::error::{LookupError, RotateError};
use crate::graves::Grave;
use crate::id::SessionId;
use crate::session::{Record, Session};
use crate::sync::Arc;

/// What became of a request to end a session. Asking twice is fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a pinned session is kept, and this says so"]
pub enum EndOutcome {
    /// The call ended it.
    Ended(Tombstone),
    /// It had ended already, or had expired by now.
    AlreadyEnded(Tombstone),
    /// It is pinned, and goes on.
    Kept,
    /// There is no such session, and no memory of one.
    Unknown,
}

impl<T> SessionStore<T> {
    /// Logs a session out: it ends as [`LoggedOut`](EndReason::LoggedOut), in use or not. A pinned
    /// session is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{EndOutcome, NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let id = store.create(NewSession::new(())).unwrap().id();
    /// assert!(matches!(store.end(&id), EndOutcome::Ended(_)));
    /// assert!(matches!(store.end(&id), EndOutcome::AlreadyEnded(_)));
    ///
    /// let shared = store.create(NewSession::new(()).pinned()).unwrap();
    /// assert_eq!(store.end(&shared.id()), EndOutcome::Kept);
    /// assert!(!shared.is_ended());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[allow(clippy::must_use_candidate)]
    pub fn end(&self, id: &SessionId) -> EndOutcome {
        self.end_one(id, EndReason::LoggedOut, false)
    }

    /// Ends a session by force: as [`end`](Self::end), with the reason
    /// [`Killed`](EndReason::Killed).
    pub fn kill(&self, id: &SessionId) -> EndOutcome {
        self.end_one(id, EndReason::Killed, false)
    }

    /// Logs a session out even if it is pinned.
    pub fn end_pinned(&self, id: &SessionId) -> EndOutcome {
        self.end_one(id, EndReason::LoggedOut, true)
    }

    fn end_one(&self, id: &SessionId, reason: EndReason, pinned_too: bool) -> EndOutcome {
        let table = self.table();
        let moment = table.moment();
        let record = match table.find(id, moment.now) {
            Ok(record) => record,
            Err(LookupError::Ended(tombstone)) => return EndOutcome::AlreadyEnded(tombstone),
            Err(_) => return EndOutcome::Unknown,
        };
        let ended = table.visit(moment, |visit| {
            let expired = record.expired(record.word.load(), moment.now).is_some();
            if record.pinned && !pinned_too && !expired {
                return None;
            }
            visit.end_live(&record, reason)
        });
        match ended {
            Some(tombstone) if tombstone.reason() == reason => EndOutcome::Ended(tombstone),
            Some(tombstone) => EndOutcome::AlreadyEnded(tombstone),
            None => record
                .tombstone()
                .map_or(EndOutcome::Kept, EndOutcome::AlreadyEnded),
        }
    }

    /// Gives a session another id. Its data, handles, leases, age and track id stay; the old id ends
    /// as [`Replaced`](EndReason::Replaced), at once unless the store has a
    /// [grace](crate::StoreBuilder::rotation_grace). At no moment do both ids, or neither, lead to
    /// the session.
    ///
    /// Do this at each login and each change of privilege (OWASP ASVS 5.0), so that an id that was
    /// planted or overheard before is worth nothing after. It does not mark the session active.
    ///
    /// # Errors
    ///
    /// [`RotateError`] if the old id leads nowhere or no new one could be drawn. Nothing has changed
    /// then.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{EndReason, LookupError, NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let before = store.create(NewSession::new(())).unwrap();
    /// let old = before.id();
    /// let after = store.rotate(&old).unwrap();
    ///
    /// assert_ne!(after.id(), old);
    /// assert_eq!(before.id(), after.id());
    /// let Err(LookupError::Ended(tombstone)) = store.peek(&old) else { panic!() };
    /// assert_eq!(tombstone.reason(), EndReason::Replaced);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn rotate(&self, id: &SessionId) -> Result<Session<T>, RotateError> {
        let table = self.table();
        let moment = table.moment();
        let record = table.find(id, moment.now).map_err(RotateError::Lookup)?;
        let new = table.ids.next_id().map_err(RotateError::IdSource)?;
        table.visit(moment, |visit| visit.rotate(&record, new))?;
        Ok(Session::new(record))
    }
}

impl<T> Visit<'_, T> {
    fn rotate(&mut self, record: &Arc<Record<T>>, new: SessionId) -> Result<(), RotateError> {
        let Moment { now, wall } = self.moment;
        if record.look(now).is_err() {
            let _ = self.end_live(record, EndReason::IdleTimeout);
            let ended = record
                .tombstone()
                .map_or(LookupError::Unknown, LookupError::Ended);
            return Err(RotateError::Lookup(ended));
        }
        let mut graves = self.table.graves.lock();
        if self.table.directory.holds(&new) || graves.holds(&new, now) {
            return Err(RotateError::DuplicateId);
        }
        let last_active = record.word.load().last_active();
        let tombstone = Tombstone::new(EndReason::Replaced, now, wall, last_active);
        // While the graves are locked, a lookup that misses in the directory waits for the outcome.
        self.table.directory.remove(record);
        graves.bury(
            record.key(),
            Grave {
                tombstone,
                successor: Some(new),
            },
        );
        record.set_id(new);
        self.table.directory.insert(Arc::clone(record));
        drop(graves);
        self.tally.rotated += 1;
        Ok(())
    }
}
