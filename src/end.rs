//! Why a session ended, and the memory of it.

mod application;
mod counts;
mod reason;
mod tombstone;

pub use application::ApplicationReason;
pub use counts::EndCounts;
pub use reason::{EndReason, LimitKind};
pub use tombstone::Tombstone;
