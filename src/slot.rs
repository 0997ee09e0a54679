//! Logins that are made once and used by many: one slot, keyed slots, and a pool.

mod cell;
mod counted;
mod engine;
mod error;
mod keyed;
mod leaving;
#[cfg(all(test, any(loom, shuttle)))]
mod models;
mod occupant;
mod options;
mod pool;
mod reusable;
mod single_flight;
mod slots;
mod turnover;

pub(crate) use engine::{Engine, TRIES};
pub(crate) use error::Attempt;
pub use error::LoginError;
pub use keyed::ReusableSessions;
pub(crate) use options::Options;
pub use pool::{PooledSession, SessionPool};
pub use reusable::ReusableSession;
pub(crate) use turnover::Retired;
