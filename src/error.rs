//! What can go wrong, one enum an operation.
//!
//! An error that is caused by another has that one's text in its message, and no
//! [`source`](std::error::Error::source): whichever way it is printed, nothing comes twice.

use std::time::Duration;

use crate::end::{LimitKind, Tombstone};
use crate::id::IdError;
use crate::tick::Tick;

/// Why a store cannot be built. Each names the setting that is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A timeout of zero would end every session as it is created.
    #[error("the {which} timeout is zero: leave it off or give it a length")]
    ZeroTimeout {
        /// `idle` or `absolute`.
        which: &'static str,
    },
    /// The global limit has no place that an ordinary session could take.
    #[error("the global limit of {max} sessions less the reserve of {reserve} leaves no place")]
    NoPlace {
        /// The global limit.
        max: usize,
        /// The places kept for privileged sessions.
        reserve: usize,
    },
    /// A reserve is kept from the global limit, and there is none.
    #[error("a reserve of {reserve} places needs a global limit to keep them from")]
    ReserveWithoutLimit {
        /// The places kept for privileged sessions.
        reserve: usize,
    },
    /// The clock's origin is so long ago that its ticks would soon run out.
    #[error(
        "the clock starts at {} microseconds, too near the last tick at {}: count from a recent \
         origin, not from 1970", now.as_micros(), Tick::MAX.as_micros()
    )]
    ClockOrigin {
        /// What the clock said.
        now: Tick,
    },
    /// A grace for rotated ids lives in their tombstones, and none are kept that long.
    #[error("a rotation grace of {grace:?} needs tombstones, at least one, kept at least as long")]
    GraceWithoutTombstones {
        /// How long a rotated id was to go on answering.
        grace: Duration,
    },
    /// A ring of no events could not even hold the one that a subscriber is to read next.
    #[error("the event ring has no place: give it at least one event")]
    NoEventRing,
    /// The operating system gave no randomness, for the salt of the track ids or the name of the
    /// event log.
    #[error("no random bytes could be drawn: {0}")]
    Random(IdError),
}

/// Why a session was not created. Nothing has changed then, and no session was evicted.
///
/// One race is possible: where two limits must evict, and the only candidate of the second is taken
/// into use, or touched under a [`min_idle`](crate::Limit::min_idle) floor, after the first victim
/// has gone, the session is refused though one was evicted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// A limit is full.
    #[error("{}: {live} of {max} sessions, {why}", full(*limit))]
    Full {
        /// The limit that is full.
        limit: LimitKind,
        /// The sessions that count under it now. Where places are kept for privileged sessions, and
        /// the rest is full, these are the ordinary ones.
        live: usize,
        /// The most that there may be of those.
        max: usize,
        /// Why no place could be made.
        why: Shortage,
    },
    /// A live session has the id that was given, or that the id source drew. Another id will do.
    #[error("a live session has this id")]
    IdInUse,
    /// A session had the id that was given, or that the id source drew, and has ended, or has
    /// another id since. The session must not come back; a new one needs another id.
    #[error("a session had this id: it {0}")]
    IdEnded(Tombstone),
    /// The id source had no id to give.
    #[error("no session id could be drawn: {0}")]
    IdSource(IdError),
    /// A timeout of the session's own is zero.
    #[error("the session's own {which} timeout is zero: leave it off or give it a length")]
    ZeroTimeout {
        /// `idle` or `absolute`.
        which: &'static str,
    },
    /// A session that is [restored](crate::NewSession::age) has expired.
    #[error("the restored session has expired: {since:?} past its {which} timeout of {timeout:?}")]
    Expired {
        /// `idle` or `absolute`: the one that was over first.
        which: &'static str,
        /// That timeout.
        timeout: Duration,
        /// How long ago it was over.
        since: Duration,
    },
    /// A session that is [restored](crate::NewSession::age) is idle for longer than it is old.
    #[error("the restored session would be idle for {idle:?} at an age of {age:?}")]
    IdleBeyondAge {
        /// How long ago it was last active.
        idle: Duration,
        /// How long ago it was created.
        age: Duration,
    },
    /// A session that is [restored](crate::NewSession::age) was created before the clock's origin.
    #[error(
        "the restored session was created {age:?} ago, before the clock's origin {clock:?} ago"
    )]
    BeforeOrigin {
        /// How long ago it was created.
        age: Duration,
        /// How long ago the clock's origin was.
        clock: Duration,
    },
    /// A name is longer than the store keeps.
    #[error("the name of the {which} has {bytes} bytes, more than {max}")]
    NameTooLong {
        /// `principal`, `originator` or `host`.
        which: &'static str,
        /// How long it is.
        bytes: usize,
        /// The most bytes that a name may have.
        max: usize,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

fn full(limit: LimitKind) -> &'static str {
    match limit {
        LimitKind::Global => "store is full",
        LimitKind::Principal => "principal is at its limit",
        LimitKind::Originator => "originator is at its limit",
    }
}

/// Why a full limit could not make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Shortage {
    /// The limit rejects what is over it.
    #[error("and the limit evicts none")]
    Rejecting,
    /// The limit rejects, and more places are kept for privileged sessions.
    #[error("not counting the reserve of {reserve} for privileged sessions")]
    Reserved {
        /// The places that are kept.
        reserve: usize,
    },
    /// Every session under the limit is in use.
    #[error("all in use")]
    AllInUse,
    /// The oldest that is not in use has not been idle for long enough to be evicted.
    #[error("the oldest unused session has been idle for {idle:?}, below min_idle of {min_idle:?}")]
    TooYoung {
        /// How long the oldest has been idle.
        idle: Duration,
        /// How long it would have to be.
        min_idle: Duration,
    },
}

/// Why a key does not lead to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// There is no such session, and no memory of one.
    #[error("no such session")]
    Unknown,
    /// There was one, and it has ended.
    #[error("the session {0}")]
    Ended(Tombstone),
}

/// Why a session cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AcquireError {
    /// There is no such session, and no memory of one.
    #[error("no such session")]
    Unknown,
    /// There was one, and it has ended.
    #[error("the session {0}")]
    Ended(Tombstone),
    /// Every lease that a session can give is taken.
    #[error("all {max} leases of the session are taken")]
    TooManyLeases {
        /// The most that one session gives.
        max: u32,
    },
}

impl From<LookupError> for AcquireError {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Unknown => Self::Unknown,
            LookupError::Ended(tombstone) => Self::Ended(tombstone),
        }
    }
}

/// Why a session keeps its old id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// The key leads to no session; a rotated id in its grace is one of those.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// A live session has the new id, perhaps this one.
    #[error("a live session has the new id")]
    IdInUse,
    /// A session had the new id, and has ended, or has another id since.
    #[error("a session had the new id: it {0}")]
    IdEnded(Tombstone),
    /// The id source had no id to give.
    #[error("no session id could be drawn: {0}")]
    IdSource(IdError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_sentences_with_their_numbers() {
        let why = Shortage::AllInUse;
        let error = CreateError::Full { limit: LimitKind::Global, live: 400, max: 400, why };
        assert_eq!(error.to_string(), "store is full: 400 of 400 sessions, all in use");
    }
}
