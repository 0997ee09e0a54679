//! Logins that are made once and used by many: one slot, keyed slots, and a pool.

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
pub use keyed::ReusableSessions;
pub use loan::PooledSession;
pub(crate) use login::{get_or_login, get_or_login_async};
pub(crate) use options::Options;
pub use pool::SessionPool;
pub use reusable::ReusableSession;
pub(crate) use vacate::Retired;
