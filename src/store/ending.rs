//! Ending one session, and giving one another id.

use super::handle::SessionStore;
use super::ledger::{Moment, Visit};
use crate::end::{EndReason, Tombstone};
use crate::error::{LookupError, RotateError};
use crate::graves::Grave;
use crate::id::SessionId;
use crate::session::{Record, Session, let_go};
use crate::sync::Arc;

/// What became of a request to end a session. Asking twice is fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        table.visit(table.moment(), |visit| visit.end_one(id, reason, pinned_too))
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
        // Do not draw an id for nothing.
        table.find(id, moment.now).map(let_go).map_err(RotateError::Lookup)?;
        let new = table.ids.next_id().map_err(RotateError::IdSource)?;
        table.visit(moment, |visit| visit.rotate(id, new)).map(Session::new)
    }
}

// A record found inside a visit is live, so the store holds another pointer to it, or the visit does
// once it has ended it: none of these drops the host's data.
impl<T> Visit<'_, T> {
    fn end_one(&mut self, id: &SessionId, reason: EndReason, pinned_too: bool) -> EndOutcome {
        let record = match self.table.find(id, self.moment.now) {
            Ok(record) => record,
            Err(LookupError::Ended(tombstone)) => return EndOutcome::AlreadyEnded(tombstone),
            Err(_) => return EndOutcome::Unknown,
        };
        if let Some(expired) = self.end_expired(&record) {
            return EndOutcome::AlreadyEnded(expired);
        }
        if record.pinned && !pinned_too {
            return EndOutcome::Kept;
        }
        match self.end_live(&record, reason) {
            Some(tombstone) if tombstone.reason() == reason => EndOutcome::Ended(tombstone),
            Some(expired) => EndOutcome::AlreadyEnded(expired),
            None => EndOutcome::Unknown,
        }
    }

    fn rotate(&mut self, id: &SessionId, new: SessionId) -> Result<Arc<Record<T>>, RotateError> {
        let Moment { now, wall } = self.moment;
        // Once more: another thread may have rotated it meanwhile.
        let record = self.table.find(id, now).map_err(RotateError::Lookup)?;
        if let Some(expired) = self.end_expired(&record) {
            return Err(RotateError::Lookup(LookupError::Ended(expired)));
        }
        let mut graves = self.table.graves.lock();
        if self.table.directory.holds(&new) || graves.find(&new, now).is_some() {
            return Err(RotateError::DuplicateId);
        }
        let last_active = record.word.load().last_active();
        let tombstone = Tombstone::new(EndReason::Replaced, now, wall, last_active);
        // While the graves are locked, a lookup that misses in the directory waits for the outcome.
        self.table.directory.remove(&record);
        graves.bury(record.key(), Grave { tombstone, successor: Some(new) });
        record.set_id(new);
        self.table.directory.insert(Arc::clone(&record));
        drop(graves);
        self.tally.rotated += 1;
        Ok(record)
    }
}
