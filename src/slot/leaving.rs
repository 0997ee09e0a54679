//! Sessions that leave, and however that goes, end.

use std::time::Duration;

use crate::end::EndReason;
use crate::session::{Session, drop_record};
use crate::store::SessionStore;
use crate::time::Tick;

/// Sessions that leave a pool, or that a slot could not take. However that goes, they end.
pub(super) struct Leaving<'a, T> {
    pub(super) store: &'a SessionStore<T>,
    pub(super) sessions: Vec<Session<T>>,
    pub(super) reason: EndReason,
}

/// Whether the session is live and will be for longer than the margin.
pub(super) fn lasts<T>(session: &Session<T>, now: Tick, margin: Duration) -> bool {
    session.record.look(now).is_ok_and(|seen| {
        let next = session.record.deadlines.next(seen.last_active(), false);
        next.is_none_or(|(at, _)| at.since(now) > margin)
    })
}

impl<T> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        let records: Vec<_> = self.sessions.iter().map(|session| &session.record).collect();
        let table = self.store.table();
        table.end_all(table.moment_or_origin(), &records, self.reason, true);
        self.sessions.drain(..).for_each(|session| drop_record(session.record));
    }
}
