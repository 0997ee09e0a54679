//! Counters that belong together.

/// How many sessions each kind of limit refused.
///
/// # Examples
///
/// ```
/// use tenure::{Limit, Limits, NewSession, SessionStore};
///
/// let limits = Limits::default().per_principal(Limit::reject(1));
/// let store = SessionStore::builder().limits(limits).build()?;
/// for _ in 0..3 {
///     let _ = store.create(NewSession::new(()).principal("alice"));
/// }
/// let rejected = store.stats().rejected;
/// assert_eq!((rejected.principal, rejected.originator, rejected.global), (2, 0, 0));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RejectCounts {
    /// By the limit of a principal.
    pub principal: u64,
    /// By the limit of an originator.
    pub originator: u64,
    /// By the limit of the store.
    pub global: u64,
}

/// What [`acquire`](crate::SessionStore::acquire), [`touch`](crate::SessionStore::touch) and
/// [`peek`](crate::SessionStore::peek) found.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// store.touch(&session.id()).unwrap();
/// store.end(&session.id());
/// store.touch(&session.id()).unwrap_err();
///
/// let lookups = store.stats().lookups;
/// assert_eq!((lookups.hit, lookups.unknown, lookups.ended), (1, 0, 1));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lookups {
    /// A session.
    pub hit: u64,
    /// Nothing.
    pub unknown: u64,
    /// The tombstone of a session, or one that had just expired.
    pub ended: u64,
}

/// What [`reap`](crate::SessionStore::reap) and
/// [`reap_at_most`](crate::SessionStore::reap_at_most) did.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{ManualClock, NewSession, SessionStore};
///
/// let clock = ManualClock::new();
/// let store = SessionStore::builder().clock(clock.clone()).build()?;
/// store.create(NewSession::new(())).unwrap();
/// clock.advance(Duration::from_secs(3_600));
/// store.reap();
///
/// let reaper = store.stats().reaper;
/// assert_eq!((reaper.runs, reaper.ended), (1, 1));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReaperStats {
    /// How often they ran.
    pub runs: u64,
    /// Sessions they ended.
    pub ended: u64,
    /// Steps they spent on sessions that turned out not to be due.
    pub refreshed: u64,
}
