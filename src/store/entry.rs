//! A line of the roll, and what the indexes keep of it.

use crate::age::NEVER;
use crate::session::{Label, Record};
use crate::sync::Arc;
use crate::word::Seen;

/// The kinds of groups: principals, originators, hosts, and the class of ordinary sessions.
pub(super) const KINDS: usize = 4;
pub(super) const PRINCIPAL: usize = 0;
pub(super) const ORIGINATOR: usize = 1;
pub(super) const HOST: usize = 2;
pub(super) const CLASS: usize = 3;

/// The one group of the last kind: all that are not privileged. There is one where places are kept
/// for those that are.
pub(super) const ORDINARY: &str = "ordinary";

/// The sessions that count under a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope<'a> {
    /// All of the store.
    All,
    /// Those of the group of this kind and name.
    Group(usize, &'a str),
}

/// A live session and where its groups have it.
pub(super) struct Entry<T> {
    pub(super) record: Arc<Record<T>>,
    /// The place in each of the record's groups.
    pub(super) seats: [u32; KINDS],
}

/// The name of the record's group of this kind.
pub(super) fn label<T>(record: &Record<T>, kind: usize) -> Option<&str> {
    let names = &record.names;
    match kind {
        PRINCIPAL => names.principal.as_deref().map(Label::name),
        ORIGINATOR => names.originator.as_deref().map(Label::name),
        HOST => names.host.as_deref().map(Label::name),
        _ => (!record.privileged).then_some(ORDINARY),
    }
}

/// The creation number of the session at this slot.
pub(super) fn number<T>(entries: &[Entry<T>], slot: usize) -> u64 {
    entries[slot].record.number
}

pub(super) fn number_of_member<T>(entries: &[Entry<T>], members: &[u32], seat: usize) -> u64 {
    number(entries, members[seat] as usize)
}

/// The bound of its last activity that an index keeps.
pub(super) fn age_bound<T>(record: &Record<T>, seen: Seen) -> u64 {
    if record.pinned || seen.parked() { NEVER } else { seen.last_active().as_micros() }
}

/// The bound of its deadline that an index keeps. A session in use may be free the next moment, so
/// only a parked one has no idle deadline.
pub(super) fn deadline_bound<T>(record: &Record<T>, seen: Seen) -> u64 {
    let next = record.deadlines.next(seen.last_active(), seen.parked());
    next.map_or(NEVER, |(at, _)| at.as_micros())
}

/// A slot or a seat, in the 32 bits that the lists keep of it. Four billion sessions need more memory
/// than a machine has.
pub(super) fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
