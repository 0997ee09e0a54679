//! What decides about a session, and about one that has ended.

use crate::collection::key::SealedId;
use crate::collection::policy::Policy;
use crate::collection::record::{StoredEnd, StoredSession, Successor};
use crate::collection::stamp::CollectionTime;
use crate::sync::Arc;

/// What decides about a live session. The rest of a [`StoredSession`] is its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) nonce: u32,
    pub(crate) version: u32,
    pub(crate) token: u64,
    pub(crate) used: CollectionTime,
    pub(crate) busy_until: CollectionTime,
    /// In microseconds; [`NEVER`] if there is none.
    pub(crate) idle: u64,
    /// [`NEVER`] if there is none.
    pub(crate) deadline: u64,
}

/// The place in the feed of the last change of a session's data, and when that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) seq: u64,
    pub(crate) at: CollectionTime,
}

/// In place of a time that does not come.
pub(crate) const NEVER: u64 = u64::MAX;

impl Head {
    /// That of a session, which was used at `now` at the latest.
    pub(crate) fn of(session: &StoredSession, now: CollectionTime) -> Self {
        // Rounded as all times of collections are.
        let micros = |span| CollectionTime::ORIGIN.saturating_add(span).as_micros();
        Self {
            nonce: session.nonce,
            version: session.version,
            token: session.token,
            used: session.used.min(now),
            busy_until: session.busy_until,
            idle: session.idle.map_or(NEVER, micros),
            deadline: session.deadline.map_or(NEVER, CollectionTime::as_micros),
        }
    }

    /// Puts what changes in a head into a session that was made of its body.
    pub(crate) fn put_into(&self, session: &mut StoredSession) {
        session.version = self.version;
        session.token = self.token;
        session.used = self.used;
        session.busy_until = self.busy_until;
    }

    /// Whether it counts as in use.
    pub(super) fn is_busy(&self, now: CollectionTime) -> bool {
        self.busy_until > now
    }

    /// Whether it is given out: within the grace of its idle timeout, and before its deadline.
    pub(super) fn is_given_out(&self, now: CollectionTime, policy: &Policy) -> bool {
        let idle = self.used.saturating_add(policy.grace).as_micros().saturating_add(self.idle);
        let before = |end| end == NEVER || now.as_micros() < end;
        before(idle) && before(self.deadline)
    }

    /// When it ends by itself, unless it is used before; [`NEVER`] if it does not. It only grows.
    pub(crate) fn due(&self, policy: &Policy) -> u64 {
        let kept = self.used.saturating_add(policy.grace).saturating_add(policy.hold);
        let idle = kept.as_micros().saturating_add(self.idle);
        idle.max(self.busy_until.as_micros()).min(self.deadline)
    }

    /// Whether it ends for its deadline, if it ends by itself now.
    pub(super) fn is_past_deadline(&self, now: CollectionTime) -> bool {
        self.deadline <= now.as_micros()
    }
}

/// A live session.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) head: Head,
    /// The seq of the last change of its data; 0 if there was none, or it is forgotten.
    pub(super) noted: u64,
    /// Its principal's number, where principals are counted.
    pub(super) principal: u32,
}

/// An end, in less memory than a [`StoredEnd`].
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) reason: Arc<str>,
    pub(super) at: CollectionTime,
    pub(super) seq: u64,
    pub(super) id: Option<SealedId>,
    pub(super) successor: Option<Box<Successor>>,
}

impl End {
    pub(super) fn stored(&self) -> StoredEnd {
        StoredEnd {
            reason: self.reason.as_ref().to_owned(),
            at: self.at,
            seq: self.seq,
            id: self.id,
            successor: self.successor.as_deref().copied(),
        }
    }
}
