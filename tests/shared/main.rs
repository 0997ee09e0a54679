//! Sessions of several nodes and one collection.

#[path = "../common/mod.rs"]
mod common;

mod chaos;
mod data;
mod ends;
mod executor;
mod failures;
mod fleet;
mod loads;
mod promises;
mod random;
mod refreshes;
mod world;
