//! The two forms in which a slot gives its session: a handle, or a lease.

use crate::error::CreateError;
use crate::session::{Lease, NewSession, Record, Refusal, Session};
use crate::store::SessionStore;
use crate::tick::Tick;

/// A form in which a slot gives its session.
pub(crate) trait Given<T>: Sized {
    /// The time by which it is to be seen whether the session is live.
    fn now(record: &Record<T>) -> Tick;

    /// The session in this form, if it is live at `now` and has a lease left. Otherwise the handle
    /// comes back: it may be the last one, and dropping it is application code.
    fn of(session: Session<T>, now: Tick) -> Result<Self, (Session<T>, Refusal)>;

    /// A new session in this form.
    fn create(store: &SessionStore<T>, new: NewSession<T>) -> Result<Self, CreateError>;

    fn session(&self) -> &Session<T>;
}

impl<T> Given<T> for Session<T> {
    #[inline]
    fn now(record: &Record<T>) -> Tick {
        // Reading the clock is the dearest part of this. The session is pinned and does not idle
        // out, so only an absolute deadline needs the time.
        if record.has_absolute_deadline() { record.context.now() } else { Tick::ZERO }
    }

    #[inline]
    fn of(session: Session<T>, now: Tick) -> Result<Self, (Session<T>, Refusal)> {
        match session.record.look(now) {
            Ok(_) => Ok(session),
            Err(gone) => Err((session, gone.into())),
        }
    }

    fn create(store: &SessionStore<T>, new: NewSession<T>) -> Result<Self, CreateError> {
        store.create(new)
    }

    fn session(&self) -> &Session<T> {
        self
    }
}

impl<T> Given<T> for Lease<T> {
    fn now(record: &Record<T>) -> Tick {
        record.context.now()
    }

    fn of(session: Session<T>, now: Tick) -> Result<Self, (Session<T>, Refusal)> {
        match session.record.lease(now) {
            Ok(()) => Ok(Self::taken(session)),
            Err(refusal) => Err((session, refusal)),
        }
    }

    fn create(store: &SessionStore<T>, new: NewSession<T>) -> Result<Self, CreateError> {
        store.create_leased(new)
    }

    fn session(&self) -> &Session<T> {
        Self::session(self)
    }
}
