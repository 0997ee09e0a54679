//! The hash of a name.

use std::hash::{BuildHasher, RandomState};

use crate::sync::OnceLock;

/// The hash of a name, by `SipHash` with a secret of this process: names come from clients, who
/// could otherwise choose them so that they collide.
pub(crate) fn hash_of(name: &str) -> u64 {
    static SECRET: OnceLock<RandomState> = OnceLock::new();
    SECRET.get_or_init(RandomState::new).hash_one(name)
}
