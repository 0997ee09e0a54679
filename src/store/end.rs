//! Ending one session.

use super::handle::SessionStore;
use super::key::{Named, SessionKey};
use crate::end::{ApplicationReason, EndReason, Tombstone};
use crate::error::LookupError;
use crate::session::Record;
use crate::sync::Arc;
use crate::table::Visit;

/// What became of a request to end a session. Asking twice is fine.
///
/// # Examples
///
/// ```
/// use tenure::{EndAs, EndOutcome, EndReason, NewSession, SessionId, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// let ended = store.end_as(&session, EndAs::killed());
/// let EndOutcome::Ended(tombstone) = ended else { panic!("it was live") };
/// assert_eq!(tombstone.reason(), EndReason::Killed);
/// assert_eq!(store.end(&session), EndOutcome::AlreadyEnded(tombstone));
/// assert_eq!(store.end(SessionId::from_bytes([7; 16])), EndOutcome::Unknown);
/// # Ok::<(), tenure::BuildError>(())
/// ```
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

/// How a session is ended on demand: for which reason, and whether the pinned end too.
///
/// # Examples
///
/// ```
/// use tenure::{EndAs, EndReason, NewSession, Selector, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// store.end_where_as(&Selector::all(), EndAs::killed());
/// assert_eq!(session.tombstone().unwrap().reason(), EndReason::Killed);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it says how to end a session, and ends none"]
pub struct EndAs {
    pub(crate) reason: EndReason,
    pub(super) pinned_too: bool,
}

impl EndAs {
    /// As [`LoggedOut`](EndReason::LoggedOut), except the pinned.
    pub const fn logged_out() -> Self {
        Self { reason: EndReason::LoggedOut, pinned_too: false }
    }

    /// By force: as [`Killed`](EndReason::Killed), except the pinned.
    pub const fn killed() -> Self {
        Self { reason: EndReason::Killed, pinned_too: false }
    }

    /// For a reason of your program's own, except the pinned. The operations that take an `EndAs`
    /// take the reason as well.
    pub const fn application(reason: ApplicationReason) -> Self {
        Self { reason: EndReason::Application(reason), pinned_too: false }
    }

    /// The pinned too.
    pub const fn pinned_too(self) -> Self {
        Self { pinned_too: true, ..self }
    }
}

impl From<ApplicationReason> for EndAs {
    fn from(reason: ApplicationReason) -> Self {
        Self::application(reason)
    }
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
    /// assert_eq!(store.end(&shared), EndOutcome::Kept);
    /// assert!(!shared.is_ended());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn end(&self, key: impl SessionKey<T>) -> EndOutcome {
        self.end_named(&key.named().0, EndAs::logged_out())
    }

    /// Ends a session as `how` says: by force, for a [reason](ApplicationReason) of your program's
    /// own, or though it is pinned.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{EndAs, EndOutcome, EndReason, NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(()).pinned()).unwrap();
    /// assert_eq!(store.end_as(&session, EndAs::killed()), EndOutcome::Kept);
    ///
    /// store.end_as(&session, EndAs::killed().pinned_too());
    /// assert_eq!(session.tombstone().unwrap().reason(), EndReason::Killed);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn end_as(&self, key: impl SessionKey<T>, how: impl Into<EndAs>) -> EndOutcome {
        self.end_named(&key.named().0, how.into())
    }

    pub(crate) fn end_named(&self, key: &Named<'_, T>, how: EndAs) -> EndOutcome {
        let table = self.table();
        table.visit(table.moment(), |visit| match table.find_named(key, visit.moment.now) {
            // The record is live, so the store holds another pointer to it, or the visit does once
            // it has ended it: this one is not the last.
            Ok(record) => visit.end_record(&record, how),
            Err(LookupError::Ended(tombstone)) => EndOutcome::AlreadyEnded(tombstone),
            Err(LookupError::Unknown) => EndOutcome::Unknown,
        })
    }
}

impl<T> Visit<'_, T> {
    /// Ends a live session, or keeps it if it is pinned.
    pub(super) fn end_record(&mut self, record: &Arc<Record<T>>, how: EndAs) -> EndOutcome {
        let kept = record.pinned() && !how.pinned_too;
        match self.end_now(record, (!kept).then_some(how.reason)) {
            Some(tombstone) if tombstone.reason() == how.reason => EndOutcome::Ended(tombstone),
            Some(expired) => EndOutcome::AlreadyEnded(expired),
            None => EndOutcome::Kept,
        }
    }
}
