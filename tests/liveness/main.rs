//! Host liveness: who is taken for live, what a death ends, and the sessions with hosts.

mod asynchronous;
mod bombs;
#[path = "../common/mod.rs"]
mod common;
mod death;
mod defaults;
mod driving;
mod follower;
mod hostile;
mod login;
mod meanwhile;
mod members;
mod model;
mod offline;
mod pool;
mod reenters;
mod returns;
mod shown;
mod skew;
mod slots;
mod stalled;
mod storm;
mod suspended;
#[path = "../common/visits.rs"]
mod visits;
