//! Hostile clocks: zero, standing still, backwards, random jumps, the end of time, absurd dates.
//!
//! Whatever the clock says, nothing panics, every call comes back, every session ends once and the
//! counts are right.

#[path = "../common/mod.rs"]
mod common;
mod expiry;
mod hostile;
mod limits;
mod restore;
