//! What a store has counted, and whether it is under pressure.
//!
//! [`SessionStore::stats`](crate::SessionStore::stats) returns the counters, for metrics: it costs
//! the same however many sessions there are. They balance: `created == live + ended.total()`; with
//! a collection, `created + loaded == live + ended.total() + unloaded`.
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

mod counts;
mod hitters;
mod pressure;
mod tally;
mod window;

use std::time::Duration;

pub use crate::end::EndCounts;

pub use counts::{Lookups, ReaperStats, RejectCounts};
pub(crate) use hitters::Hitters;
pub(crate) use pressure::rank;
pub use pressure::{Pressure, Ranked, Top};
pub(crate) use tally::Tally;
pub(crate) use window::EvictionWindow;

/// The counters of a store, read at one moment. Those that lookups and leases raise are sums over
/// threads, and exact when no thread is at it.
///
/// They balance: `created + loaded == live + ended.total() + unloaded`. Without a collection that
/// is `created == live + ended.total()`.
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
    /// Sessions loaded from a collection, each time that one was. Zero without a collection.
    pub loaded: u64,
    /// Sessions that left the store's memory and live on in a collection, each time that one did.
    /// Zero without a collection.
    pub unloaded: u64,
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
