//! The ten rules that always hold, one test each, named for its rule. The table in ARCHITECTURE.md
//! lists them.
//!
//! Each of these fails when its rule is broken. Wider nets for the same rules are `model` (whole
//! sequences), `storm` (threads), `clocks` and `application_code`.

mod application_code;
mod bounds;
mod capacity;
#[path = "../common/mod.rs"]
mod common;
mod cost;
mod drain;
mod ends;
mod keys;
mod limits;
mod meanwhile;
mod names;
mod reaping;
mod returned;
mod thousands;
#[path = "../common/visits.rs"]
mod visits;
mod waiting;
