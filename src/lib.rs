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
//! | how many, how long | [`StoreBuilder`], [`Limits`], [`Timeouts`] |
//! | by which clock | [`clock`] |
//! | why one ended | [`Tombstone`], [`EndReason`] |
//! | counters, who takes the room | [`stats`] |
//! | what happens, as it happens | [`events`] |
//! | logins made once, used by many | [`slot`] |
//! | which hosts of a pool are alive | [`liveness`] |
//! | what is named rarely | [`store`] |
//!
//! # Changing the data
//!
//! A session's data is shared: [`Session::data`] gives a `&T`, to all threads at once and without a
//! lock. What shall change is made of what can be changed behind a reference. Three ways, from the
//! cheapest; the store has no part in any of them, and sessions that do not use them pay nothing:
//!
//! - counts and flags: atomics, such as an `AtomicU64`, in your own struct;
//! - data that is read often and replaced as a whole: an
//!   [`ArcSwap`](https://docs.rs/arc-swap), whose reads take no lock;
//! - data that is changed in place: a `Mutex`. A lock and its release take some 20 ns while no
//!   other thread wants it. Requests of one session wait for each other, those of others do not.
//!   Release it before you call the store, and never hold it across an `await`.
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//! use std::sync::{Arc, Mutex};
//!
//! use arc_swap::ArcSwap;
//! use tenure::{NewSession, SessionStore};
//!
//! #[derive(Default)]
//! struct Data {
//!     requests: AtomicU64,
//!     roles: ArcSwap<Vec<String>>,
//!     cart: Mutex<Vec<u32>>,
//! }
//!
//! let store = SessionStore::builder().build()?;
//! let id = store.create(NewSession::new(Data::default())).unwrap().id();
//!
//! // In one request, which keeps what it has read while the roles are replaced:
//! let lease = store.acquire(&id).unwrap();
//! let before = lease.data().roles.load();
//! lease.data().roles.store(Arc::new(vec!["admin".into()]));
//! lease.data().cart.lock().unwrap().push(7);
//! lease.data().requests.fetch_add(1, Relaxed);
//! assert!(before.is_empty());
//!
//! // In another, which sees all of it:
//! let session = store.touch(&id).unwrap();
//! assert_eq!(*session.data().roles.load_full(), ["admin"]);
//! assert_eq!(*session.data().cart.lock().unwrap(), [7]);
//! assert_eq!(session.data().requests.load(Relaxed), 1);
//! # Ok::<(), tenure::BuildError>(())
//! ```
//!
//! # Features
//!
//! `boot-clock` adds `BootClock`, which also counts while the machine is suspended, on Linux and
//! Android. `stream` makes a [`Subscription`](events::Subscription) a
//! `futures_core::Stream`.

pub mod clock;
mod end;
mod error;
mod event_log;
pub mod events;
mod groups;
mod id;
mod limits;
pub mod liveness;
mod min_index;
mod session;
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
pub use end::{EndReason, LimitKind, Tombstone};
pub use error::{BuildError, CreateError, LookupError, RotateError};
pub use id::{SessionId, TrackId};
pub use limits::{Limit, Limits};
pub use session::{Lease, NewSession, Session, SessionInfo};
#[doc(inline)]
pub use store::{EndOutcome, ReapReport, Selector, SessionStore, StoreBuilder, WeakSessionStore};
pub use timeouts::Timeouts;

/// The crate whose types the API uses for dates: of the version that it uses.
pub use ::time;

/// The example in README.md, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
