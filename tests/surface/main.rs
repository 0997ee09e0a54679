//! What a user of the crate sees: its types, its error messages, its documentation.

#[path = "../common/mod.rs"]
mod common;
mod documented;
mod errors;
#[cfg(feature = "shared")]
mod shared;
mod traits;
