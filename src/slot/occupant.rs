//! A session in a slot.

use crate::session::{Record, Session, drop_record};
use crate::sync::Arc;
use crate::time::Tick;

/// A session in a slot. The slot may be the last to know it, so dropping it may drop the
/// application's data.
pub(super) struct Occupant<T>(Option<Arc<Record<T>>>); // `None` only while it is dropped

impl<T> Occupant<T> {
    pub(super) fn new(session: &Session<T>) -> Self {
        Self(Some(Arc::clone(&session.record)))
    }

    pub(super) fn record(&self) -> Option<&Arc<Record<T>>> {
        self.0.as_ref()
    }

    pub(super) fn session(&self) -> Option<Session<T>> {
        self.0.as_ref().map(Arc::clone).map(Session::new)
    }
}

impl<T> Drop for Occupant<T> {
    fn drop(&mut self) {
        if let Some(record) = self.0.take() {
            drop_record(record);
        }
    }
}

/// Whether the session has neither ended nor expired.
pub(super) fn is_live<T>(session: &Session<T>) -> bool {
    let record = &session.record;
    // Reading the clock is the dearest part of this. The session is pinned and does not idle out,
    // so only an absolute deadline needs the time.
    let now = if record.deadlines.absolute() { record.context.now() } else { Tick::ZERO };
    record.look(now).is_ok()
}
