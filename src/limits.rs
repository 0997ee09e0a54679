//! How many sessions there may be.

mod limit;

use std::collections::HashMap;

use crate::end::LimitKind;
pub use limit::{Limit, OnFull};

/// All limits of a store. They hold together: a new session needs room under each that applies.
///
/// A session without a principal is under no per-principal limit, and one without an originator
/// under no per-originator limit. Pinned sessions are under none.
///
/// Where several limits are full they are served narrowest first: principal, originator, global.
///
/// # Examples
///
/// At most 400 sessions, the oldest evicted first; five for each principal, who must log out
/// somewhere to get a sixth; 50 for root; and ten places of the 400 that only privileged sessions
/// may take.
///
/// ```
/// use tenure::{Limit, Limits, NewSession, SessionStore};
///
/// let limits = Limits::default()
///     .global(Limit::evict_oldest(400))
///     .per_principal(Limit::reject(5))
///     .principal_exception("root", Limit::reject(50))
///     .reserve(10);
/// let store = SessionStore::builder().limits(limits).build()?;
/// for _ in 0..5 {
///     store.create(NewSession::new(()).principal("alice")).unwrap();
///     store.create(NewSession::new(()).principal("root")).unwrap();
/// }
/// assert!(store.create(NewSession::new(()).principal("alice")).is_err());
/// assert!(store.create(NewSession::new(()).principal("root")).is_ok());
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl Default for Limits {
    /// The limits of a store that is given none: at most 1,000,000 sessions, the oldest evicted.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{Limit, Limits};
    ///
    /// let cap = Limit::evict_oldest(1_000_000);
    /// assert_eq!(Limits::default(), Limits::none().global(cap));
    /// ```
    fn default() -> Self {
        Self::none().global(Limit::evict_oldest(1_000_000))
    }
}

impl Limits {
    /// No limits at all: not the [default](Self::default). Memory is then bounded only by who may
    /// log in.
    #[must_use]
    pub fn none() -> Self {
        Self {
            global: None,
            reserve: 0,
            principals: NamedLimits::default(),
            originators: NamedLimits::default(),
        }
    }

    /// Limits the counted sessions of the whole store, in place of the global limit before.
    #[must_use]
    pub fn global(mut self, limit: Limit) -> Self {
        self.global = Some(limit);
        self
    }

    /// Limits the sessions of each principal, in addition to the global limit that is set.
    ///
    /// `Limits::default().per_principal(..)` keeps the default global limit.
    /// `Limits::none().per_principal(..)` has no global limit: one client that makes up principals
    /// can then fill the memory.
    #[must_use]
    pub fn per_principal(mut self, limit: Limit) -> Self {
        self.principals.each = Some(limit);
        self
    }

    /// Limits the sessions of each originator, in addition to the global limit that is set. As with
    /// [`per_principal`](Self::per_principal), begin with `Limits::default()` to have one.
    #[must_use]
    pub fn per_originator(mut self, limit: Limit) -> Self {
        self.originators.each = Some(limit);
        self
    }

    /// Gives this principal a limit of its own in place of that of [each
    /// principal](Self::per_principal). A limit of 0 keeps it out.
    #[must_use]
    pub fn principal_exception(mut self, name: impl AsRef<str>, limit: Limit) -> Self {
        self.principals.named.insert(name.as_ref().into(), limit);
        self
    }

    /// Gives this originator a limit of its own in place of that of [each
    /// originator](Self::per_originator). A limit of 0 keeps it out.
    #[must_use]
    pub fn originator_exception(mut self, name: impl AsRef<str>, limit: Limit) -> Self {
        self.originators.named.insert(name.as_ref().into(), limit);
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

    /// What of this limits the logins of some, rather than the number of all.
    #[cfg(feature = "shared")]
    pub(crate) fn of_logins(&self) -> Option<&'static str> {
        let any = |limits: &NamedLimits| limits.each.is_some() || !limits.named.is_empty();
        let principals = any(&self.principals).then_some("per principal");
        principals.or_else(|| any(&self.originators).then_some("per originator"))
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
