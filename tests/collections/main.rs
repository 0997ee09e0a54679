//! Collections, and the public tests of them.

#![cfg(feature = "conformance")]

mod broken;
mod conformance;
mod faults;
mod plain;
