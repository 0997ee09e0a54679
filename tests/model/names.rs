//! Where ids lead, as far as the reference knows.

use tenure::SessionId;

use crate::reference::Reference;
use crate::tombstones::{End, Memory, micros};

/// An id that a session has, or had until it was rotated.
pub(crate) struct Name {
    pub(crate) id: SessionId,
    pub(crate) session: usize,
    /// The tombstone of a rotated id, what is in it, and the id that took over.
    pub(crate) rotated: Option<(usize, End, SessionId)>,
}

/// What the store said of an id that a session was to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claimed {
    Free,
    InUse,
    Ended(End),
}

/// Whom an id leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Session(usize),
    Ended(End),
    Unknown,
}

impl Reference {
    /// Every id that ever was.
    pub(crate) fn ids(&self) -> Vec<SessionId> {
        self.names.iter().map(|name| name.id).collect()
    }

    /// Whom an id leads to, before anybody looks at deadlines. Where more than one answer is
    /// right, all of them.
    pub(crate) fn resolve(&self, id: SessionId) -> Vec<Found> {
        let Some(name) = self.names.iter().rev().find(|name| name.id == id) else {
            return vec![Found::Unknown];
        };
        let record = &self.sessions[name.session];
        let Some((tombstone, end, successor)) = name.rotated else {
            return match (record.end, record.tombstone) {
                (Some(end), Some(tombstone)) => self.remembered(tombstone, end),
                _ => vec![Found::Session(name.session)],
            };
        };
        // The grace of a rotated id lives in its tombstone.
        let span = micros(self.setup.rest.grace);
        let in_grace = span > 0 && self.now < end.at + span;
        let mut answers = self.remembered(tombstone, end);
        if in_grace && answers.contains(&Found::Ended(end)) {
            // If a look found it too late, and the clock was set back since, it stays too late.
            let was_late = self.latest >= end.at + span;
            answers.retain(|answer| was_late || *answer == Found::Unknown);
            // Where nothing is remembered of what it leads to, the end of the old id is the answer.
            let led = self.resolve(successor).into_iter();
            answers.extend(led.map(|found| match found {
                Found::Unknown => Found::Ended(end),
                found => found,
            }));
        }
        answers
    }

    /// The same for those who do not go by an id in its grace.
    pub(crate) fn resolve_current(&self, id: SessionId) -> Vec<Found> {
        let name = self.names.iter().rev().find(|name| name.id == id);
        match name.and_then(|name| name.rotated) {
            Some((tombstone, end, _)) => self.remembered(tombstone, end),
            None => self.resolve(id),
        }
    }

    fn remembered(&self, tombstone: usize, end: End) -> Vec<Found> {
        match self.tombstones.memory(tombstone, self.now) {
            Memory::Kept => vec![Found::Ended(end)],
            Memory::Gone => vec![Found::Unknown],
            Memory::Either => vec![Found::Ended(end), Found::Unknown],
        }
    }
}
