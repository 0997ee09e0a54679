//! The rules that a collection keeps by itself.

use std::time::Duration;

use crate::limits::Limit;

/// How a collection treats what it keeps. The same on every node; while nodes are deployed one by
/// one, each keeps its own, so a new limit holds once all have it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::Limit;
/// use tenure::collection::Policy;
///
/// let policy = Policy::new(Duration::from_secs(300))
///     .hold(Duration::from_secs(3_600))
///     .per_principal(Limit::reject(5));
/// assert_eq!(policy.grace, Duration::from_secs(900));
/// assert_eq!(policy.hold, Duration::from_secs(3_600));
/// assert_eq!(policy.per_principal.unwrap().max(), 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// For how long after its idle timeout a session is still given out, since the node that used
    /// it last may not have said so yet.
    pub grace: Duration,
    /// For how much longer it is kept, so that nodes which cannot reach the collection meanwhile
    /// may still say that it was used.
    pub hold: Duration,
    /// For how long an end is remembered: at least for the nodes'
    /// [`insertion_window`](crate::shared::SharedBuilder::insertion_window) and twice their
    /// [`clock_jump`](crate::shared::SharedBuilder::clock_jump). A node
    /// [refuses](crate::collection::CollectionError::ForgetsTooSoon) a collection whose policy has
    /// less.
    pub keep_ends: Duration,
    /// The limit on all sessions. An insertion evicts one under each limit at most: where a limit
    /// was lowered, there are more sessions than it allows until they end.
    pub global: Option<Limit>,
    /// The limit on the sessions of each principal.
    pub per_principal: Option<Limit>,
}

impl Policy {
    /// That of nodes which refresh every `interval`.
    ///
    /// The grace is three intervals: one refresh in a row may fail, and one interval is for slow
    /// refreshes and for clocks. What is idle for longer is held for a day more, and ends are
    /// remembered for a day.
    #[must_use]
    pub const fn new(interval: Duration) -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        Self {
            grace: interval.saturating_mul(3),
            hold: DAY,
            keep_ends: DAY,
            global: None,
            per_principal: None,
        }
    }

    /// Sets for how long after its idle timeout a session is still given out.
    #[must_use]
    pub const fn grace(mut self, span: Duration) -> Self {
        self.grace = span;
        self
    }

    /// Sets for how much longer it is kept.
    #[must_use]
    pub const fn hold(mut self, span: Duration) -> Self {
        self.hold = span;
        self
    }

    /// Sets for how long an end is remembered.
    #[must_use]
    pub const fn keep_ends(mut self, span: Duration) -> Self {
        self.keep_ends = span;
        self
    }

    /// Limits all sessions.
    #[must_use]
    pub const fn global(mut self, limit: Limit) -> Self {
        self.global = Some(limit);
        self
    }

    /// Limits the sessions of each principal.
    #[must_use]
    pub const fn per_principal(mut self, limit: Limit) -> Self {
        self.per_principal = Some(limit);
        self
    }
}
