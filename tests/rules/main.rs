//! The ten rules that always hold, one test each, named for its rule. DESIGN.md lists them.
//!
//! Each of these fails when its rule is broken. Wider nets for the same rules are `model` (whole
//! sequences), `storm` (threads), `clocks` and `application_code`.

mod bounds;
mod capacity;
#[path = "../common/mod.rs"]
mod common;
mod ends;
mod host;
mod limits;
mod reaping;
mod thousands;
mod waiting;
