//! Sessions of several nodes and one collection.

mod data;
mod ends;
mod failures;
mod fleet;
mod loads;
mod refreshes;
