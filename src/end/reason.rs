//! Why a session ended.

use std::fmt;

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
    pub(super) const fn place(self) -> usize {
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
