//! Why a session ended.

use std::fmt;

use super::application::ApplicationReason;

/// Which limit something happened under. The order is from the narrowest to the widest.
///
/// # Examples
///
/// ```
/// use tenure::LimitKind;
///
/// assert!(LimitKind::Principal < LimitKind::Global);
/// assert_eq!(LimitKind::Originator.to_string(), "per-originator");
/// assert_eq!(LimitKind::Originator.as_str(), "originator");
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

impl LimitKind {
    /// A name for programs, such as the value of a metric's label, in snake case.
    /// [`Display`](fmt::Display) is for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Originator => "originator",
            Self::Global => "global",
        }
    }
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
/// assert_eq!(reason.as_str(), "evicted_global");
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
    /// The store was closed or dropped.
    StoreClosed,
    /// It ended elsewhere: the collection that several nodes share no longer has it, and does not
    /// say why. A store without a collection ends no session so.
    Removed,
    /// Your program ended it, for a reason of its own.
    Application(ApplicationReason),
}

impl EndReason {
    /// Every reason of the crate's own, each limit of an eviction apart.
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
        Self::StoreClosed,
        Self::Removed,
    ];

    /// Where [`ALL`](Self::ALL) has it, unless it is of the application's.
    pub(super) const fn place(self) -> Option<usize> {
        Some(match self {
            Self::LoggedOut => 0,
            Self::Killed => 1,
            Self::Evicted { limit: LimitKind::Principal } => 2,
            Self::Evicted { limit: LimitKind::Originator } => 3,
            Self::Evicted { limit: LimitKind::Global } => 4,
            Self::IdleTimeout => 5,
            Self::AbsoluteTimeout => 6,
            Self::HostDead => 7,
            Self::Replaced => 8,
            Self::StoreClosed => 9,
            Self::Removed => 10,
            Self::Application(_) => return None,
        })
    }

    /// A name for programs, such as the value of a metric's label: in snake case, and another for
    /// each reason and each limit of an eviction. Of a reason of your program's it is the
    /// [name](ApplicationReason::name), with `application_` in front where that name is one of the
    /// crate's own: a label of the crate's counts nothing else. Two reasons of yours with one name
    /// have one label. [`Display`](fmt::Display) is for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::Killed => "killed",
            Self::Evicted { limit: LimitKind::Principal } => "evicted_principal",
            Self::Evicted { limit: LimitKind::Originator } => "evicted_originator",
            Self::Evicted { limit: LimitKind::Global } => "evicted_global",
            Self::IdleTimeout => "idle_timeout",
            Self::AbsoluteTimeout => "absolute_timeout",
            Self::HostDead => "host_dead",
            Self::Replaced => "replaced",
            Self::StoreClosed => "store_closed",
            Self::Removed => "removed",
            Self::Application(reason) => reason.label(),
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
            Self::StoreClosed => f.pad("store closed"),
            Self::Removed => f.pad("removed"),
            Self::Application(reason) => fmt::Display::fmt(reason, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_snake_case_and_all_differ() {
        let own = EndReason::Application(ApplicationReason::new(1, "password_changed"));
        let names: Vec<&str> =
            EndReason::ALL.into_iter().chain([own]).map(EndReason::as_str).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), EndReason::ALL.len() + 1);
        let plain =
            |name: &&str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(names.iter().all(plain), "{names:?}");
    }

    #[test]
    fn no_reason_of_the_application_has_a_label_of_the_crate() {
        let others = EndReason::Application(ApplicationReason::OTHERS);
        for reason in EndReason::ALL.into_iter().chain([others]) {
            let own = EndReason::Application(ApplicationReason::new(1, reason.as_str()));
            assert_eq!(own.as_str(), format!("application_{}", reason.as_str()));
        }
    }

    #[test]
    fn places_are_those_of_the_list() {
        assert!((0..).zip(EndReason::ALL).all(|(at, reason)| reason.place() == Some(at)));
    }

    #[test]
    fn a_reason_is_small() {
        assert!(size_of::<EndReason>() <= 4 * size_of::<usize>());
    }
}
