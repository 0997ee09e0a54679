//! Finding the sessions that a selector means.

use super::handle::SessionStore;
use super::selector::Selector;
use crate::id::TrackId;
use crate::session::{Names, Record, Session, drop_record};
use crate::sync::Arc;
use crate::table::{CHUNK, Moment, Table, Walk};

/// Sessions that an operation looks at. It may have the last pointers to them, whose drop is
/// application code: hold no lock.
pub(super) struct Held<T>(pub(super) Vec<Session<T>>);

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        self.0.drain(..).for_each(|session| drop_record(session.record));
    }
}

impl<T> SessionStore<T> {
    /// Works on the sessions that `selector` means, at the moment at which that is known: its
    /// predicates may have taken their time. Some may have ended or expired by then.
    pub(super) fn select<R>(
        &self,
        selector: &Selector<T>,
        work: impl FnOnce(Moment, Vec<&Arc<Record<T>>>) -> R,
    ) -> R {
        let table = self.table();
        let held = match (selector.names(), selector.track()) {
            (None, _) => Held(Vec::new()),
            (Some(names), Some(track)) => table.tracked(names, track),
            (Some(names), None) => {
                let members = table.inspect(|ledger| ledger.live.members(names));
                Held(members.into_iter().map(Session::new).collect())
            }
        };
        let meant = held.0.iter().filter(|session| selector.matches(session));
        let meant = meant.map(|session| &session.record).collect();
        work(table.moment(), meant)
    }
}

impl<T> Table<T> {
    /// The sessions with this track id in the smallest group that the names single out. The track
    /// ids are computed outside the lock, of a few sessions at a time.
    ///
    /// There may be more than one: an id that was rotated away and forgotten can be given again.
    fn tracked(&self, names: Names<&str>, track: TrackId) -> Held<T> {
        let mut found = Held(Vec::new());
        let mut walk = self.inspect(|ledger| Walk::new(&ledger.live, names));
        loop {
            let some = self.inspect(|ledger| walk.next(&ledger.live, &self.context, CHUNK));
            if some.is_empty() {
                return found;
            }
            for record in some {
                let known = |other: &Session<T>| Arc::ptr_eq(&other.record, &record);
                if record.track_id() == track && !found.0.iter().any(known) {
                    found.0.push(Session::new(record));
                } else {
                    drop_record(record);
                }
            }
        }
    }
}
