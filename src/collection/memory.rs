//! A collection in memory: for tests, and for several stores in one process.

mod calls;
mod fault;
mod handle;
mod state;
mod stats;

pub use fault::{Call, Fault};
pub use handle::{MemoryCollection, MemorySnapshot};
pub use stats::MemoryStats;
