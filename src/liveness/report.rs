//! What operations on hosts return.

use std::time::Duration;

use super::skew::SkewAlert;

/// What a heartbeat changed.
///
/// # Examples
///
/// ```
/// use tenure::SessionStore;
/// use tenure::liveness::HostLiveness;
///
/// let store = SessionStore::<()>::builder().build()?;
/// let hosts = HostLiveness::new(&store, "ada");
/// assert!(hosts.heartbeat("bob").unwrap().added);
/// let second = hosts.heartbeat("bob").unwrap();
/// assert!(!second.added && !second.back);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Heartbeat {
    /// Whether the host was not known before.
    pub added: bool,
    /// Whether the host was assumed dead until now.
    pub back: bool,
    /// Whether its wall clock has gone too far from the local one, or come back to it.
    pub skew: Option<SkewAlert>,
}

/// What a sweep did.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::liveness::HostLiveness;
/// use tenure::{ManualClock, NewSession, SessionStore};
///
/// let clock = ManualClock::new();
/// let store = SessionStore::builder().clock(clock.clone()).build()?;
/// let hosts = HostLiveness::new(&store, "ada");
/// hosts.heartbeat("bob").unwrap();
/// store.create(NewSession::new(()).host("bob")).unwrap();
/// clock.advance(Duration::from_secs(200));
///
/// let report = hosts.sweep();
/// assert_eq!((report.dead, report.sessions_ended), (vec!["bob".to_owned()], 1));
/// assert_eq!(report.next_deadline, None);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepReport {
    /// The hosts whose death it noticed, sorted by name.
    pub dead: Vec<String>,
    /// How many of their sessions it ended.
    pub sessions_ended: usize,
    /// As [`HostLiveness::next_deadline`](crate::liveness::HostLiveness::next_deadline).
    pub next_deadline: Option<Duration>,
}

/// What is known of a host.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::liveness::HostLiveness;
/// use tenure::{ManualClock, SessionStore};
///
/// let clock = ManualClock::new();
/// let store = SessionStore::<()>::builder().clock(clock.clone()).build()?;
/// let hosts = HostLiveness::new(&store, "ada");
/// hosts.heartbeat("bob").unwrap();
/// clock.advance(Duration::from_secs(30));
///
/// let bob = hosts.host("bob").unwrap();
/// assert!(bob.live && !bob.local && bob.skew.is_none());
/// assert_eq!(bob.silent_for, Duration::from_secs(30));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostInfo {
    /// Its name.
    pub host: String,
    /// Whether it is live.
    pub live: bool,
    /// Whether it is the local host, which is always live.
    pub local: bool,
    /// The time since its last heartbeat; zero for the local host.
    pub silent_for: Duration,
    /// By how much its wall clock was ahead of the local one, by its last
    /// [`heartbeat_at`](crate::liveness::HostLiveness::heartbeat_at).
    pub skew: Option<time::Duration>,
}
