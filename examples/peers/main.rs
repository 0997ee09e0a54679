//! The peers side by side.

#![allow(missing_docs)]
#[path = "../../benches/common/mod.rs"]
mod common;
fn main() {}
