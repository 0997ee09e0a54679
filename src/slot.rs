//! Logins that are made once and used by many: one slot, keyed slots, and a pool.

mod cell;
mod counted;
mod engine;
mod error;
mod flight;
mod keyed;
mod options;
mod pool;
mod reusable;
mod slots;
mod tenant;

pub use error::LoginError;
pub use keyed::ReusableSessions;
pub use pool::{PooledSession, SessionPool};
pub use reusable::ReusableSession;
