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
//! let lease = store.acquire(&cookie)?;
//! assert_eq!(lease.principal(), Some("alice"));
//! drop(lease);
//!
//! // Now and then:
//! store.reap();
//!
//! // At logout:
//! store.end(&session);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | what | where |
//! |---|---|
//! | the terms, and how to build with them | [`guide`] |
//! | creating, using, ending, reaping, listing | [`SessionStore`], [`Session`], [`Lease`] |
//! | how many, how long | [`StoreBuilder`], [`Limits`], [`Timeouts`] |
//! | by which clock | [`clock`] |
//! | why one ended | [`Tombstone`], [`EndReason`] |
//! | counters, who takes the room | [`stats`] |
//! | what happens, as it happens | [`events`] |
//! | logins made once, used by many | [`slot`] |
//! | which hosts of a pool are alive | [`liveness`] |
//! | what is named rarely | [`store`] |
//!
//! A session's data is shared by all that hold the session, and comes as `&T`: what shall change
//! is a `Mutex`, an atomic or an `ArcSwap` in it. See [`guide::data`].
//!
//! The [`guide`] has the terms on one page, a web page with cookies, reapers for threads and for
//! tokio, and how to choose limits and clocks.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `shared` | `SharedSessions`: sessions that survive a restart, and that a fleet shares |
//! | `redb` | a collection of shared sessions in a file |
//! | `redis` | one in Redis or Valkey, blocking and asynchronous |
//! | `json` | their data as JSON |
//! | `conformance` | the tests that a collection of your own has to pass |
//! | `stream` | `futures_core::Stream` for [`Subscription`](events::Subscription) and others |
//! | `boot-clock` | `BootClock`, which also counts while the machine is suspended, on Linux |
//!
//! Each is off by default.

pub mod clock;
#[cfg(feature = "shared")]
pub mod collection;
mod end;
mod error;
mod event_log;
pub mod events;
mod groups;
pub mod guide;
mod id;
mod limits;
pub mod liveness;
mod min_index;
mod session;
#[cfg(feature = "shared")]
pub mod shared;
pub mod slot;
pub mod stats;
pub mod store;
mod sync;
mod table;
mod tick;
mod timeouts;
mod tombstones;

#[doc(inline)]
pub use clock::{Clock, ManualClock, SystemClock, Tick};
pub use end::{ApplicationReason, EndReason, LimitKind, Tombstone};
pub use error::{AcquireError, BuildError, CreateError, LookupError, RotateError};
pub use id::{SessionId, TrackId};
pub use limits::{Limit, Limits};
pub use session::{Lease, NewSession, Session, SessionInfo};
#[doc(inline)]
pub use store::{
    EndAs, EndOutcome, ReapReport, Selector, SessionKey, SessionStore, StoreBuilder,
    WeakSessionStore,
};
pub use timeouts::Timeouts;

/// The crate whose types the API uses for dates: of the version that it uses.
pub use ::time;

/// The example in README.md, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
