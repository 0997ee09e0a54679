//! Which hosts are alive, and what follows when one is not.
//!
//! Use it where one store holds the sessions of several hosts of a cluster. [`HostLiveness`] is
//! told of heartbeats. A host that is silent for too long is assumed dead: its sessions end, and
//! calls that need a session with it fail at once. Its next heartbeat makes it live again.
//!
//! Your program drives it: it passes heartbeats on, and calls [`sweep`](HostLiveness::sweep) now
//! and then, or when [`next_deadline`](HostLiveness::next_deadline) says. Nothing here sends
//! anything over a network.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use tenure::liveness::{HostError, HostLiveness};
//! use tenure::{ManualClock, NewSession, SessionStore};
//!
//! let clock = ManualClock::new();
//! let store = SessionStore::builder().clock(clock.clone()).build()?;
//! let hosts = HostLiveness::new(&store, "this host");
//! hosts.heartbeat("bob")?;
//! let login = || Ok::<_, &str>(NewSession::new("bob's reference for us"));
//! let session = hosts.get_or_login("bob", login)?;
//!
//! clock.advance(Duration::from_secs(200));
//! assert_eq!(hosts.sweep().dead, ["bob"]);
//! assert!(session.is_ended());
//! assert!(matches!(hosts.get_or_login("bob", login), Err(HostError::HostOffline { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod beat;
mod builder;
mod create;
mod death;
mod error;
mod handle;
mod host;
mod hosts;
mod link;
mod next_death;
mod report;
mod skew;

pub use builder::HostLivenessBuilder;
pub use error::{HostError, LivenessBuildError};
pub use handle::HostLiveness;
pub use report::{Heartbeat, HostInfo, SweepReport};
pub use skew::SkewAlert;
