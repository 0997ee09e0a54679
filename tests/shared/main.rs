//! Sessions of several nodes and one collection.

#[path = "../common/mod.rs"]
mod common;

mod changes;
mod chaos;
mod data;
mod drains;
mod ends;
mod executor;
mod failures;
mod fleet;
mod give_way;
mod grace;
mod holes;
mod late;
mod loads;
mod lost;
mod mended;
mod outages;
mod promises;
mod random;
mod refreshes;
mod staleness;
mod storm;
mod world;
