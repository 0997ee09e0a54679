//! Logins that are made once and used by many: one slot, keyed slots, and a pool.
//!
//! Use it where your program is the one that logs in: to another host of a cluster, to a storage
//! array, to a database. A login costs a round trip or more; these keep its session and hand it to
//! every caller until it ends.
//!
//! | you want | use |
//! |---|---|
//! | one session, shared by all callers | [`ReusableSession`] |
//! | one for each of many peers | [`ReusableSessions`] |
//! | one for each piece of work, given back after it | [`SessionPool`] |
//! | one for each host, which ends when the host dies | [`HostLiveness`] |
//!
//! - Each get checks that the session is still good, and logs in anew if it is not.
//! - No lock is held while a login runs. A login may use the slot and the store, fail, or panic.
//! - The sessions are sessions of a store like all others: limits, timeouts, events and statistics
//!   see them. Those of slots are [pinned](crate::NewSession::pinned), so no limit evicts them.
//!
//! # Examples
//!
//! ```
//! use tenure::slot::{LoginError, ReusableSession};
//! use tenure::{NewSession, SessionStore};
//!
//! let store = SessionStore::builder().build()?;
//! let slot = ReusableSession::new(&store);
//! let refused = slot.try_get_or_login(|| Err("connection refused")).unwrap_err();
//! assert_eq!(refused, LoginError::Login("connection refused"));
//!
//! let mut logins = 0;
//! for _ in 0..1_000 {
//!     let session = slot.get_or_login(|| {
//!         logins += 1;
//!         NewSession::new("the peer's reference")
//!     })?;
//!     assert_eq!(*session.data(), "the peer's reference");
//! }
//! assert_eq!(logins, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`HostLiveness`]: crate::liveness::HostLiveness

mod cell;
mod engine;
mod error;
mod given;
mod idle;
mod keyed;
mod keyed_login;
mod leaving;
mod loan;
mod login;
#[cfg(all(test, any(loom, shuttle)))]
mod models;
mod options;
mod pool;
mod reusable;
mod reusable_login;
mod single_flight;
mod slots;
mod vacate;

pub(crate) use engine::Engine;
pub use error::LoginError;
pub(crate) use given::Given;
pub use keyed::ReusableSessions;
pub use loan::PooledSession;
pub(crate) use login::{get_or_login, get_or_login_async};
pub(crate) use options::Options;
pub use pool::SessionPool;
pub use reusable::ReusableSession;
pub(crate) use vacate::Retired;
