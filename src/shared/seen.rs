//! A node's memory, as a refresh sees it.

use super::report::RefreshReport;
use crate::collection::{Change, CollectionError, Cursor, Opened, Outcome, RecordKey, Request};

/// What a refresh needs of the memory of its node.
pub(super) trait Memory {
    /// What leads back to the session, or to what is pending, that a write is about.
    type Subject;

    /// Notes how the collection stands.
    fn opened(&mut self, opened: &Opened);
    /// The place in the feed from which to go on.
    fn cursor(&self) -> Cursor;
    /// The rotations and the ends that the collection is yet to be told of.
    fn departures(&mut self) -> Vec<Write<Self::Subject>>;
    /// Takes an entry of the feed.
    fn apply_change(&mut self, key: RecordKey, change: Change);
    /// The entries up to this place are all, or there was a gap among them.
    /// Returns whether no session is in doubt.
    fn end_of_feed(&mut self, upto: Cursor, gap: bool) -> bool;
    /// Begins to look through the sessions for these.
    fn look_for(&mut self, what: Sought);
    /// Looks at some more of the sessions. Returns whether there are others yet.
    fn look_on(&mut self) -> bool;
    /// How many were found that are yet to be written, and how many of them are insertions.
    fn found(&self) -> (usize, usize);
    /// The next write of what was found. Those that cannot be written are reported.
    fn next_write(&mut self, report: &mut RefreshReport) -> Option<Write<Self::Subject>>;
    /// Is about to send these. Whether they arrive will be known when they are settled, or never.
    /// Those that are obsolete are taken out.
    fn sending(&mut self, writes: &mut Vec<Write<Self::Subject>>);
    /// Takes what came of a write. Returns what is to be written because of it.
    fn settle(
        &mut self,
        write: Write<Self::Subject>,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<Self::Subject>>;
}

/// What sessions are looked through for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sought {
    /// Those of which the feed told, up to this place.
    Heard(Cursor),
    /// Those of which the collection is yet to be told, and touches of others.
    Dirty,
    /// Those of which it is yet to be told all the same, or may know that they have ended: because
    /// of what happened since they were asked for, for instance.
    Left,
}

/// A request, and what it is about.
#[derive(Debug)]
pub(super) struct Write<A> {
    pub(super) request: Request,
    pub(super) subject: A,
}
