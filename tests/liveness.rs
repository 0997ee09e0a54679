//! Host liveness: who is taken for live, what a death ends, and the sessions with hosts.

#[path = "liveness/asynchronous.rs"]
mod asynchronous;
#[path = "liveness/bombs.rs"]
mod bombs;
mod common;
#[path = "liveness/death.rs"]
mod death;
#[path = "liveness/defaults.rs"]
mod defaults;
#[path = "liveness/driving.rs"]
mod driving;
#[path = "liveness/hostile.rs"]
mod hostile;
#[path = "liveness/login.rs"]
mod login;
#[path = "liveness/members.rs"]
mod members;
#[path = "liveness/model.rs"]
mod model;
#[path = "liveness/offline.rs"]
mod offline;
#[path = "liveness/pool.rs"]
mod pool;
#[path = "liveness/reenters.rs"]
mod reenters;
#[path = "liveness/returns.rs"]
mod returns;
#[path = "liveness/shown.rs"]
mod shown;
#[path = "liveness/skew.rs"]
mod skew;
#[path = "liveness/slots.rs"]
mod slots;
#[path = "liveness/stalled.rs"]
mod stalled;
#[path = "liveness/storm.rs"]
mod storm;
