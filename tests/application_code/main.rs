//! The application's own code misbehaves: it panics, it calls the store again, it repeats itself.
//! Every store must stay usable, and its counts right.

mod bombs;
#[path = "../common/mod.rs"]
mod common;
mod ids;
mod panics;
mod reenters;
mod usable;
