//! Sessions that leave a slot or a pool, and end whatever happens.

use crate::end::EndReason;
use crate::session::{Session, drop_record};
use crate::store::SessionStore;

/// Sessions that leave a pool, or that a slot could not take. Dropping this ends them, also when a
/// panic unwinds.
pub(super) struct Leaving<'a, T> {
    pub(super) store: &'a SessionStore<T>,
    pub(super) sessions: Vec<Session<T>>,
    pub(super) reason: EndReason,
}

impl<T> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        let records: Vec<_> = self.sessions.iter().map(|session| &session.record).collect();
        let table = self.store.table();
        if !records.is_empty() {
            table.end_all(table.moment_or_origin(), &records, self.reason, true);
        }
        self.sessions.drain(..).for_each(|session| drop_record(session.record));
    }
}
