//! How many sessions there may be.

use std::collections::HashMap;
use std::time::Duration;

use crate::end::LimitKind;

/// How many sessions there may be of something, and what happens to the next one.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{Limit, OnFull};
///
/// let limit = Limit::evict_oldest(400).min_idle(Duration::from_secs(60));
/// assert_eq!(limit.max(), 400);
/// assert_eq!(limit.on_full(), OnFull::EvictOldest { min_idle: Duration::from_secs(60) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    max: usize,
    on_full: OnFull,
}

/// What happens to a new session when a limit is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFull {
    /// It is refused.
    Reject,
    /// It takes the place of the oldest session that is under the limit, not in use and not pinned.
    EvictOldest {
        /// The oldest must have been idle for at least so long, else the new one is refused.
        min_idle: Duration,
    },
}

impl Limit {
    /// No limit: for a named exception from one.
    pub const UNLIMITED: Self = Self::reject(usize::MAX);

    /// At most `max` sessions; the next one is refused.
    #[must_use]
    pub const fn reject(max: usize) -> Self {
        Self { max, on_full: OnFull::Reject }
    }

    /// At most `max` sessions; the next one takes the place of the oldest that is not in use.
    #[must_use]
    pub const fn evict_oldest(max: usize) -> Self {
        Self { max, on_full: OnFull::EvictOldest { min_idle: Duration::ZERO } }
    }

    /// Lets this limit evict only what has been idle for at least `floor`. It changes nothing about
    /// a limit that rejects.
    #[must_use]
    pub const fn min_idle(mut self, floor: Duration) -> Self {
        if let OnFull::EvictOldest { .. } = self.on_full {
            self.on_full = OnFull::EvictOldest { min_idle: floor };
        }
        self
    }

    /// How many sessions there may be.
    #[must_use]
    pub const fn max(&self) -> usize {
        self.max
    }

    /// What happens to the next one.
    #[must_use]
    pub const fn on_full(&self) -> OnFull {
        self.on_full
    }

    pub(crate) const fn evicts(&self) -> bool {
        matches!(self.on_full, OnFull::EvictOldest { .. })
    }
}

/// All limits of a store. They hold together: a new session needs room under each that applies.
///
/// A session without a principal is under no per-principal limit, and one without an originator
/// under no per-originator limit. Pinned sessions are under none.
///
/// Where several limits are full they are served narrowest first: principal, originator, global.
///
/// # Examples
///
/// At most 400 sessions, the oldest going first; five for each principal, who must log out
/// somewhere to get a sixth; 50 for root; and ten places of the 400 that only privileged sessions
/// may take.
///
/// ```
/// use tenure::{Limit, Limits};
///
/// let limits = Limits::none()
///     .global(Limit::evict_oldest(400))
///     .per_principal(Limit::reject(5))
///     .principal_exception("root", Limit::reject(50))
///     .reserve(10);
/// # let _ = tenure::SessionStore::<()>::builder().limits(limits).build().unwrap();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    global: Option<Limit>,
    reserve: usize,
    principals: NamedLimits,
    originators: NamedLimits,
}

/// A limit for each name of a kind, with exceptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct NamedLimits {
    each: Option<Limit>,
    named: HashMap<Box<str>, Limit>,
}

impl NamedLimits {
    fn of(&self, name: &str) -> Option<&Limit> {
        self.named.get(name).or(self.each.as_ref())
    }
}

impl Limits {
    /// No limits at all. Memory is then bounded only by who may log in.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Limits the counted sessions of the whole store.
    #[must_use]
    pub fn global(mut self, limit: Limit) -> Self {
        self.global = Some(limit);
        self
    }

    /// Limits the sessions of each principal.
    #[must_use]
    pub fn per_principal(mut self, limit: Limit) -> Self {
        self.principals.each = Some(limit);
        self
    }

    /// Limits the sessions of each originator.
    #[must_use]
    pub fn per_originator(mut self, limit: Limit) -> Self {
        self.originators.each = Some(limit);
        self
    }

    /// Gives this principal a limit of its own in place of that of [each
    /// principal](Self::per_principal). A limit of 0 keeps it out.
    #[must_use]
    pub fn principal_exception(mut self, name: impl Into<String>, limit: Limit) -> Self {
        self.principals.named.insert(name.into().into_boxed_str(), limit);
        self
    }

    /// Gives this originator a limit of its own in place of that of [each
    /// originator](Self::per_originator). A limit of 0 keeps it out.
    #[must_use]
    pub fn originator_exception(mut self, name: impl Into<String>, limit: Limit) -> Self {
        self.originators.named.insert(name.into().into_boxed_str(), limit);
        self
    }

    /// Keeps this many places under the global limit for privileged sessions: others never have
    /// more than the rest. When those are full, an ordinary session can take the place of an
    /// ordinary one only, if the limit evicts. As long as privileged sessions do not fill the
    /// reserve themselves, an administrator can log in. They are not spared beyond it: in a full
    /// store whose ordinary sessions are fewer, the oldest of all is evicted.
    ///
    /// The store refuses to be built with a reserve that leaves ordinary sessions no place.
    #[must_use]
    pub fn reserve(mut self, places: usize) -> Self {
        self.reserve = places;
        self
    }

    /// The limit of this kind for a session of `name`; the name means nothing to the global one.
    pub(crate) fn of(&self, kind: LimitKind, name: &str) -> Option<&Limit> {
        match kind {
            LimitKind::Principal => self.principals.of(name),
            LimitKind::Originator => self.originators.of(name),
            LimitKind::Global => self.global.as_ref(),
        }
    }

    /// How many places under the global limit only privileged sessions may take.
    pub(crate) const fn reserved(&self) -> usize {
        self.reserve
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_limit_takes_the_place_of_the_common_one() {
        let limits = Limits::none()
            .per_principal(Limit::reject(5))
            .principal_exception("root", Limit::UNLIMITED);
        assert_eq!(limits.of(LimitKind::Principal, "alice"), Some(&Limit::reject(5)));
        assert_eq!(limits.of(LimitKind::Principal, "root"), Some(&Limit::UNLIMITED));
        assert_eq!(limits.of(LimitKind::Originator, "root"), None);
        assert_eq!(limits.of(LimitKind::Global, ""), None);
    }
}
