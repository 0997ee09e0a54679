//! An embeddable session table for Rust servers.
//!
//! ```
//! use tenure::{NewSession, SessionStore};
//!
//! let store = SessionStore::builder().max_sessions(400).build()?;
//!
//! // At login:
//! let session = store.create(NewSession::new("your data").principal("alice"))?;
//! let cookie = session.id().expose();
//!
//! // At each request; the session is in use until the lease is dropped:
//! let lease = store.acquire(&cookie.parse()?)?;
//! assert_eq!(lease.principal(), Some("alice"));
//! drop(lease);
//!
//! // Now and then:
//! store.reap();
//!
//! // At logout:
//! store.end(&session.id());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | what | where |
//! |---|---|
//! | creating, using, ending, reaping, listing | [`SessionStore`], [`Session`], [`Lease`] |
//! | how many, how long, by which clock | [`StoreBuilder`], [`Limits`], [`Timeouts`], [`Clock`] |
//! | why one ended, who takes the room | [`Tombstone`], [`Stats`], [`Pressure`] |
//! | what happens, as it happens | [`SessionStore::subscribe`], [`Subscription`], [`Event`] |
//! | logins made once, used by many | [`ReusableSession`], [`ReusableSessions`], [`SessionPool`] |
//! | which hosts of a pool are alive | [`HostLiveness`] |
//!
//! The feature `stream` makes a [`Subscription`] a `futures_core::Stream`.

mod clock;
mod end;
mod error;
mod event_log;
mod events;
mod groups;
mod id;
mod limits;
mod liveness;
mod min_index;
mod session;
mod slot;
mod stats;
mod store;
mod sync;
mod table;
mod tick;
mod timeouts;
mod tombstones;

pub use clock::{Clock, CoarseClock, ManualClock, SystemClock};
pub use end::{EndCounts, EndReason, LimitKind, Tombstone};
pub use error::{BuildError, CreateError, LookupError, RotateError, Shortage};
pub use event_log::{
    Event, EventKind, EventToken, Filter, ParseTokenError, StaleToken, SubscriptionInfo,
};
pub use events::{BarrierError, EventError, Subscription, SubscriptionWatcher};
pub use id::{IdError, IdSource, ParseIdError, SessionId, TrackId};
pub use limits::{Limit, Limits, OnFull};
pub use liveness::{
    Heartbeat, HostError, HostInfo, HostLiveness, HostLivenessBuilder, LivenessBuildError,
    SkewAlert, SweepReport,
};
pub use session::{Lease, NewSession, PageCursor, Session, SessionInfo, UntilEnded};
pub use slot::{LoginError, PooledSession, ReusableSession, ReusableSessions, SessionPool};
pub use stats::{Lookups, Pressure, Ranked, ReaperStats, RejectCounts, Stats, Top};
pub use store::{
    BulkEnd, EndOutcome, Page, ReapReport, Selector, SessionStore, StoreBuilder, WeakSessionStore,
};
pub use tick::Tick;
pub use timeouts::Timeouts;

/// The crate whose types the API uses for dates: of the version that it uses.
pub use ::time;

/// The example in README.md, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
