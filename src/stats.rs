//! What a store has counted, and whether it is under pressure.
//!
//! [`SessionStore::stats`](crate::SessionStore::stats) returns the counters, for metrics: it costs
//! the same however many sessions there are. They balance: `created == live + ended.total()`.
//!
//! [`SessionStore::pressure`](crate::SessionStore::pressure) says whether more sessions are evicted
//! than should be, and ranks the principals and originators behind it: those that leak sessions.
//! Ask it once a minute, or when a [`PressureRaised`](crate::events::EventKind::PressureRaised)
//! event comes.
//!
//! # Examples
//!
//! ```
//! use tenure::{EndReason, LimitKind, NewSession, SessionStore};
//!
//! let store = SessionStore::builder().max_sessions(2).alarm_above(0).build()?;
//! for _ in 0..3 {
//!     store.create(NewSession::new(()).originator("leaky-script")).unwrap();
//! }
//! let stats = store.stats();
//! assert_eq!((stats.created, stats.live), (3, 2));
//! assert_eq!(stats.ended.count(EndReason::Evicted { limit: LimitKind::Global }), 1);
//!
//! let pressure = store.pressure(1);
//! assert!(pressure.alarm);
//! assert_eq!(pressure.originators.by_evictions[0].name, "leaky-script");
//! # Ok::<(), tenure::BuildError>(())
//! ```

mod hitters;
mod pressure;
mod window;

use std::time::Duration;

pub use crate::end::EndCounts;
use crate::end::{EndReason, LimitKind};
use crate::tick::Tick;

pub(crate) use hitters::Hitters;
pub(crate) use pressure::rank;
pub use pressure::{Pressure, Ranked, Top};
pub(crate) use window::EvictionWindow;

/// The counters of a store, read at one moment. Those that lookups and leases raise are sums over
/// threads, and exact when no thread is at it.
///
/// They balance: `created == live + ended.total()`.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// store.create(NewSession::new(())).unwrap();
/// store.end(&session.id());
///
/// let stats = store.stats();
/// assert_eq!((stats.created, stats.live, stats.ended.total()), (2, 1, 1));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Sessions created since the store was built.
    pub created: u64,
    /// Sessions that have not ended, the pinned and the expired but not yet reaped among them.
    pub live: usize,
    /// Live sessions that are pinned.
    pub pinned: usize,
    /// Leases held now, those of ended sessions among them. A sum over threads.
    pub leases: u64,
    /// The most sessions that were ever live at once.
    pub peak: usize,
    /// Sessions that ended, by reason.
    pub ended: EndCounts,
    /// Sessions that were refused, by the limit that was full.
    pub rejected: RejectCounts,
    /// What lookups found. Sums over threads.
    pub lookups: Lookups,
    /// What the reaper did.
    pub reaper: ReaperStats,
    /// Ids that were rotated away.
    pub rotated: u64,
    /// Tombstones kept now, of rotated ids too. Some may be too old to be returned, and yet to be
    /// dropped.
    pub tombstones: usize,
    /// Tombstones that were forgotten before their age, since there were too many.
    pub tombstones_forgotten_early: u64,
    /// Panics of the application's code that were caught: in hooks, wakers, drops of session data,
    /// the closure that is told of an earlier deadline, and in the clock while a lease or the store
    /// was dropped.
    pub application_panics: u64,
    /// How long ended sessions lived on average.
    pub average_life: Duration,
    /// How long the longest-lived of the ended sessions lived.
    pub longest_life: Duration,
}

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

/// The counters that change under the store's lock.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) created: u64,
    pub(crate) peak: usize,
    pub(crate) pinned: usize,
    pub(crate) ended: EndCounts,
    pub(crate) rejected: RejectCounts,
    pub(crate) reaper: ReaperStats,
    pub(crate) rotated: u64,
    /// In microseconds.
    lives: u128,
    longest_life: Duration,
}

impl Tally {
    pub(crate) fn count_created(&mut self, live: usize, pinned: bool) {
        self.created += 1;
        self.peak = self.peak.max(live);
        self.pinned += usize::from(pinned);
    }

    pub(crate) fn count_ended(&mut self, reason: EndReason, life: Duration, pinned: bool) {
        self.ended.add(reason);
        self.pinned -= usize::from(pinned);
        self.lives += life.as_micros();
        self.longest_life = self.longest_life.max(life);
    }

    pub(crate) fn count_rejected(&mut self, limit: LimitKind) {
        *match limit {
            LimitKind::Principal => &mut self.rejected.principal,
            LimitKind::Originator => &mut self.rejected.originator,
            LimitKind::Global => &mut self.rejected.global,
        } += 1;
    }

    pub(crate) fn longest_life(&self) -> Duration {
        self.longest_life
    }

    pub(crate) fn average_life(&self) -> Duration {
        let average = self.lives.checked_div(self.ended.total().into()).unwrap_or(0);
        // An average of ticks is a tick.
        Duration::from_micros(u64::try_from(average).unwrap_or(Tick::MAX.as_micros()))
    }
}
