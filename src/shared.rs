//! Sessions that survive a restart, and that a fleet shares.
//!
//! [`SharedSessions`] is a [`SessionStore`](crate::SessionStore) with a
//! [collection](crate::collection) beside it. Requests touch only memory. A refresh, which your
//! program drives, tells the collection what was created, used and ended here, and learns what was
//! ended and changed elsewhere.
//!
//! - **An end is final.** What a node ends is refused there at once, and by every other node from
//!   its next good refresh on. Nothing brings it back.
//! - **A session in use stays.** A touch on any node keeps it. None that was used within its idle
//!   timeout is refused, as long as nodes refresh within the
//!   [grace](crate::collection::Policy::grace).
//! - **Nothing is lost when a refresh fails**, or is dropped half-way. The next one does the rest.
//! - **Memory is a cache.** A session that is not used here is *unloaded*: it leaves memory,
//!   without an end, and is loaded again when it is asked for.
//! - **What a server lost is told again.** One that starts again, or a replica that takes over, may
//!   lack the last ends that were acknowledged. Each node keeps those that it told since a minute
//!   before its last refresh, at most 50,000, and tells them once more when the collection is in
//!   another [run](crate::collection::Collection::incarnation). An id that was replaced does not
//!   come back either: if that was lost, its session is logged out.
//! - A node that is cut off from the collection goes on with what it has, and serves what others
//!   have ended meanwhile. [`max_staleness`](SharedBuilder::max_staleness) refuses instead.

mod acquire;
mod alarm;
mod builder;
mod change;
mod counts;
mod create;
mod data;
mod departures;
mod drain;
mod drive;
mod encoding;
mod end;
mod ends;
mod error;
mod found;
mod handle;
mod handle_async;
mod hear;
mod inner;
mod keeper;
mod load;
mod look;
mod memory;
mod misses;
mod node;
mod pending;
mod phase;
mod principal;
mod principal_ends;
mod reasons;
mod recent;
mod refresh;
mod refusal;
mod report;
mod rotations;
mod seen;
mod settle;
mod single_load;
mod staleness;
mod stats;
mod step;
mod subject;
mod translation;
mod turn;
mod turns;
mod unacknowledged;
mod update;

pub use alarm::StalenessAlarm;
pub use builder::SharedBuilder;
pub use data::SharedData;
pub use drain::SharedDraining;
pub use error::{
    RefreshError, SharedAcquireError, SharedBuildError, SharedCreateError, UpdateError,
};
pub use handle::SharedSessions;
pub use principal_ends::{PartlyEnded, PrincipalEnds};
pub use report::{RefreshReport, RefreshStep};
pub use stats::SharedStats;
pub use unacknowledged::Unacknowledged;
