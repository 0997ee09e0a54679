//! A fleet on virtual time: the real [`SharedSessions`](tenure::shared::SharedSessions) of many
//! nodes over one collection in memory, by one clock that is moved from event to event.
//!
//! Users log in on a node, make requests with times to think in between, log out or just leave,
//! and come back. Nodes refresh, and fail now and then: they come back with nothing in memory. What
//! reaches the collection is counted, and each answer is compared with what a user may expect.
//!
//! One thread, and random numbers of one seed: a run is the same each time.

mod config;
mod fleet;
mod node;
mod random;
mod report;
mod tally;
mod user;

pub use config::Config;
pub use fleet::run;
pub use report::Report;
pub use tally::{Ages, Done, Seen};
