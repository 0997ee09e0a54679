//! What can go wrong when a session is created.

use std::time::Duration;

use crate::end::{LimitKind, Tombstone};
use crate::id::IdError;

/// Why a session was not created. Nothing has changed then, and no session was evicted.
///
/// One race is possible: where two limits must evict, and the only candidate of the second is taken
/// into use, or touched under a [`min_idle`](crate::Limit::min_idle) floor, after the first victim
/// has gone, the session is refused though one was evicted. In a store with a collection sessions
/// are unloaded in place of evicted, and a refused creation may have unloaded some.
///
/// # Examples
///
/// ```
/// use tenure::{CreateError, Limit, LimitKind, Limits, NewSession, SessionStore};
///
/// let limits = Limits::default().per_principal(Limit::reject(1));
/// let store = SessionStore::builder().limits(limits).build()?;
/// let alice = || NewSession::new(()).principal("alice");
/// store.create(alice()).unwrap();
/// match store.create(alice()).unwrap_err() {
///     CreateError::Full { limit, live, max, .. } => {
///         assert_eq!((limit, live, max), (LimitKind::Principal, 1, 1));
///     }
///     other => panic!("{other}"),
/// }
/// # Ok::<(), tenure::BuildError>(())
/// ```
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

impl CreateError {
    /// How the session ended that had the id, for [`IdEnded`](Self::IdEnded).
    #[must_use]
    pub const fn tombstone(&self) -> Option<Tombstone> {
        match self {
            Self::IdEnded(tombstone) => Some(*tombstone),
            _ => None,
        }
    }
}

fn full(limit: LimitKind) -> &'static str {
    match limit {
        LimitKind::Global => "store is full",
        LimitKind::Principal => "principal is at its limit",
        LimitKind::Originator => "originator is at its limit",
    }
}

/// Why a full limit could not make room.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::store::Shortage;
/// use tenure::{CreateError, Limit, Limits, NewSession, SessionStore};
///
/// let minute = Duration::from_secs(60);
/// let limits = Limits::default().global(Limit::evict_oldest(1).min_idle(minute));
/// let store = SessionStore::builder().limits(limits).build()?;
/// store.create(NewSession::new(())).unwrap();
///
/// // The only other session was used this moment.
/// let refused = store.create(NewSession::new(())).unwrap_err();
/// let CreateError::Full { why: Shortage::TooYoung { min_idle, .. }, .. } = refused else {
///     panic!("{refused}")
/// };
/// assert_eq!(min_idle, minute);
/// # Ok::<(), tenure::BuildError>(())
/// ```
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
    /// Every session under the limit is in use; in a store with a collection, in use or held by a
    /// handle, a hook or a waiter.
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
