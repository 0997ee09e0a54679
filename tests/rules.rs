//! The ten rules that always hold, one test each, named for its rule. DESIGN.md lists them.
//!
//! Each of these fails when its rule is broken. Wider nets for the same rules are `model.rs` (whole
//! sequences), `storm.rs` (threads), `clocks.rs` and `host_code.rs`.

#[path = "rules/bounds.rs"]
mod bounds;
#[path = "rules/capacity.rs"]
mod capacity;
mod common;
#[path = "rules/ends.rs"]
mod ends;
#[path = "rules/host.rs"]
mod host;
#[path = "rules/limits.rs"]
mod limits;
#[path = "rules/reaping.rs"]
mod reaping;
#[path = "rules/thousands.rs"]
mod thousands;
#[path = "rules/waiting.rs"]
mod waiting;
