//! What the lists and the indexes keep of a session.

use crate::groups::Ages;
use crate::min_index::NEVER;
use crate::session::Seen;
use crate::session::{Label, Record};
use crate::sync::Arc;

/// The kinds of groups: principals, originators, hosts, and the class of ordinary sessions.
pub(crate) const KINDS: usize = 4;
pub(crate) const PRINCIPAL: usize = 0;
pub(crate) const ORIGINATOR: usize = 1;
pub(crate) const HOST: usize = 2;
/// The kind with one group: all that are not privileged. There is one where places are kept for those
/// that are.
pub(crate) const CLASS: usize = 3;

/// The labels of the groups of a session, by kind.
pub(crate) type Labels<'a> = [Option<&'a Arc<Label>>; KINDS];

/// The sessions that count under a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope<'a> {
    /// All of the store.
    All,
    /// Those of the group of this kind and label.
    Group(usize, &'a Arc<Label>),
}

/// Live sessions by row.
pub(crate) struct Rows<'a, T>(pub(crate) &'a [Arc<Record<T>>]);

/// The labels of a session's groups; `ordinary` is that of the class, if there is one.
pub(crate) fn labels<'a, T>(record: &'a Record<T>, ordinary: Option<&'a Arc<Label>>) -> Labels<'a> {
    let names = &record.names;
    let class = ordinary.filter(|_| !record.privileged);
    [names.principal.as_ref(), names.originator.as_ref(), names.host.as_ref(), class]
}

impl<T> Ages for Rows<'_, T> {
    fn bound(&self, row: usize) -> u64 {
        let record = &self.0[row];
        age_bound(record, record.word.load())
    }

    fn number(&self, row: usize) -> u64 {
        self.0[row].number
    }
}

/// The bound of its last activity that an index keeps.
pub(crate) fn age_bound<T>(record: &Record<T>, seen: Seen) -> u64 {
    if record.pinned || seen.parked() { NEVER } else { seen.last_active().as_micros() }
}

/// The bound of its deadline that an index keeps. A session in use may be free the next moment, so
/// only a parked one has no idle deadline.
pub(crate) fn deadline_bound<T>(record: &Record<T>, seen: Seen) -> u64 {
    let next = record.deadlines.next(seen.last_active(), seen.parked());
    next.map_or(NEVER, |(at, _)| at.as_micros())
}
