//! Ending one session.

use super::handle::SessionStore;
use crate::end::{EndReason, Tombstone};
use crate::error::LookupError;
use crate::id::SessionId;
use crate::session::{Record, Session};
use crate::sync::Arc;
use crate::table::Visit;

/// What became of a request to end a session. Asking twice is fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndOutcome {
    /// The call ended it.
    Ended(Tombstone),
    /// It had ended already, or had expired. For an id that was rotated away the reason is
    /// [`Replaced`](EndReason::Replaced), and the session goes on under its new id.
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

    /// Logs out the session that a handle leads to, whatever its id is by now: an id may be rotated
    /// by another thread between [`Session::id`] and [`end`](Self::end). A pinned session is kept.
    /// A session of another store is [`Unknown`](EndOutcome::Unknown).
    pub fn end_session(&self, session: &Session<T>) -> EndOutcome {
        let (table, record) = (self.table(), &session.record);
        if !Arc::ptr_eq(&table.context, &record.context) {
            return EndOutcome::Unknown;
        }
        let ended = table
            .visit(table.moment(), |visit| visit.end_record(record, EndReason::LoggedOut, false));
        ended.unwrap_or_else(|| {
            record.tombstone().map_or(EndOutcome::Unknown, EndOutcome::AlreadyEnded)
        })
    }

    fn end_one(&self, id: &SessionId, reason: EndReason, pinned_too: bool) -> EndOutcome {
        let table = self.table();
        table.visit(table.moment(), |visit| match table.find(id, visit.moment.now) {
            // The record is live, so the store holds another pointer to it, or the visit does once
            // it has ended it: this one is not the last.
            Ok(record) => {
                visit.end_record(&record, reason, pinned_too).unwrap_or(EndOutcome::Unknown)
            }
            Err(LookupError::Ended(tombstone)) => EndOutcome::AlreadyEnded(tombstone),
            Err(_) => EndOutcome::Unknown,
        })
    }
}

impl<T> Visit<'_, T> {
    /// `None` if it had ended before.
    fn end_record(
        &mut self,
        record: &Arc<Record<T>>,
        reason: EndReason,
        pinned_too: bool,
    ) -> Option<EndOutcome> {
        let kept = record.pinned() && !pinned_too;
        match self.end_now(record, (!kept).then_some(reason)) {
            Some(tombstone) if tombstone.reason() == reason => Some(EndOutcome::Ended(tombstone)),
            Some(expired) => Some(EndOutcome::AlreadyEnded(expired)),
            None if record.word.load().ended() => None,
            None => Some(EndOutcome::Kept),
        }
    }
}
