//! The collection in Redis, against a server of the test's own.

mod acks;
mod bars;
mod cluster;
mod common;
mod conformance;
mod connections;
mod ends;
mod faults;
mod limits;
mod ops;
mod principals;
mod talk;
mod time;
