//! Why a session ended, and the memory of it.

use std::fmt;

use time::OffsetDateTime;

use crate::tick::Tick;

/// Which limit something happened under. The order is from the narrowest to the widest.
///
/// # Examples
///
/// ```
/// use tenure::LimitKind;
///
/// assert!(LimitKind::Principal < LimitKind::Global);
/// assert_eq!(LimitKind::Originator.to_string(), "per-originator");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LimitKind {
    /// The limit on the sessions of one principal.
    Principal,
    /// The limit on the sessions of one originator.
    Originator,
    /// The limit on all counted sessions of the store.
    Global,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Principal => "per-principal",
            Self::Originator => "per-originator",
            Self::Global => "global",
        })
    }
}

/// Why a session ended. Every session ends once, for exactly one of these reasons.
///
/// # Examples
///
/// ```
/// use tenure::{EndReason, LimitKind};
///
/// let reason = EndReason::Evicted { limit: LimitKind::Global };
/// assert_eq!(reason.to_string(), "evicted by the global limit");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// Its user or client logged out.
    LoggedOut,
    /// It was ended by force.
    Killed,
    /// It was the oldest when room had to be made for a new session.
    Evicted {
        /// The limit that was full.
        limit: LimitKind,
    },
    /// It was not used for its idle timeout.
    IdleTimeout,
    /// It reached its absolute timeout, in use or not.
    AbsoluteTimeout,
    /// The host that it belongs to is assumed dead.
    HostDead,
    /// Another took its place: an id ends so when it is rotated.
    Replaced,
    /// It is gone from the shared collection.
    Removed,
    /// The store was closed or dropped.
    StoreClosed,
}

impl EndReason {
    /// Every reason there is, each limit of an eviction on its own.
    pub(crate) const ALL: [Self; 11] = [
        Self::LoggedOut,
        Self::Killed,
        Self::Evicted { limit: LimitKind::Principal },
        Self::Evicted { limit: LimitKind::Originator },
        Self::Evicted { limit: LimitKind::Global },
        Self::IdleTimeout,
        Self::AbsoluteTimeout,
        Self::HostDead,
        Self::Replaced,
        Self::Removed,
        Self::StoreClosed,
    ];

    /// Where [`ALL`](Self::ALL) has it.
    const fn place(self) -> usize {
        match self {
            Self::LoggedOut => 0,
            Self::Killed => 1,
            Self::Evicted { limit: LimitKind::Principal } => 2,
            Self::Evicted { limit: LimitKind::Originator } => 3,
            Self::Evicted { limit: LimitKind::Global } => 4,
            Self::IdleTimeout => 5,
            Self::AbsoluteTimeout => 6,
            Self::HostDead => 7,
            Self::Replaced => 8,
            Self::Removed => 9,
            Self::StoreClosed => 10,
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoggedOut => f.pad("logged out"),
            Self::Killed => f.pad("killed"),
            Self::Evicted { limit } => f.pad(&format!("evicted by the {limit} limit")),
            Self::IdleTimeout => f.pad("idle timeout"),
            Self::AbsoluteTimeout => f.pad("absolute timeout"),
            Self::HostDead => f.pad("host assumed dead"),
            Self::Replaced => f.pad("replaced"),
            Self::Removed => f.pad("removed from the shared collection"),
            Self::StoreClosed => f.pad("store closed"),
        }
    }
}

/// How many sessions ended, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndCounts([u64; EndReason::ALL.len()]);

impl EndCounts {
    /// How many ended for this reason.
    #[must_use]
    pub fn count(&self, reason: EndReason) -> u64 {
        self.iter().find(|(known, _)| *known == reason).map_or(0, |(_, count)| count)
    }

    /// How many were evicted, whichever limit did it.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        let evicted = |(reason, _): &(EndReason, u64)| matches!(reason, EndReason::Evicted { .. });
        self.iter().filter(evicted).map(|(_, count)| count).sum()
    }

    /// How many ended in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Every reason with its count, zeros included.
    pub fn iter(&self) -> impl Iterator<Item = (EndReason, u64)> + '_ {
        EndReason::ALL.into_iter().zip(self.0.iter().copied())
    }

    pub(crate) fn add(&mut self, reason: EndReason) {
        self.0[reason.place()] += 1;
    }
}

/// What is remembered of an ended session: when, why, which limit.
///
/// A [`Session`](crate::Session) always knows its own. A store returns it to a lookup
/// by id for as long as its tombstones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tombstone {
    reason: EndReason,
    at: Tick,
    wall: OffsetDateTime,
    last_active: Tick,
}

impl Tombstone {
    pub(crate) const fn new(
        reason: EndReason,
        at: Tick,
        wall: OffsetDateTime,
        last_active: Tick,
    ) -> Self {
        Self { reason, at, wall, last_active }
    }

    /// Why it ended.
    #[must_use]
    pub const fn reason(&self) -> EndReason {
        self.reason
    }

    /// When it ended. For a timeout that is when a reaper, a lookup or another call noticed it,
    /// which may be later than the deadline.
    #[must_use]
    pub const fn at(&self) -> Tick {
        self.at
    }

    /// When it ended, on the wall clock. For display only: a wall clock may jump.
    #[must_use]
    pub const fn wall(&self) -> OffsetDateTime {
        self.wall
    }

    /// When it was last active.
    #[must_use]
    pub const fn last_active(&self) -> Tick {
        self.last_active
    }
}

impl fmt::Display for Tombstone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.wall.to_hms();
        let (date, offset) = (self.wall.date(), self.wall.offset());
        let idle = self.at.since(self.last_active);
        write!(f, "ended on {date} at {hour:02}:{minute:02}:{second:02} {offset}, ")?;
        write!(f, "{idle:?} after it was last active: {}", self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_by_reason() {
        let mut counts = EndCounts::default();
        for reason in EndReason::ALL {
            counts.add(reason);
        }
        counts.add(EndReason::Killed);
        assert!((0..).zip(EndReason::ALL).all(|(at, reason)| reason.place() == at));
        assert_eq!(counts.count(EndReason::Killed), 2);
        assert_eq!(counts.evicted(), 3);
        assert_eq!(counts.total(), 12);
    }
}
