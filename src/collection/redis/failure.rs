//! What went wrong, in the words of collections.

use redis::{RedisError, ServerError};

use crate::collection::error::CollectionError;

/// What the server says where it has not begun.
const REFUSALS: [&str; 17] = [
    "ASK",
    "BUSY",
    "CLUSTERDOWN",
    "CROSSSLOT",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOPERM",
    "NOREPLICAS",
    "NOSCRIPT",
    "OOM",
    "READONLY",
    "TRYAGAIN",
    "WRONGPASS",
    "WRONGTYPE",
];

/// Why there are no answers. `sent` says whether the server may have read the commands.
pub(super) fn broken(error: &RedisError, sent: bool) -> CollectionError {
    let reason = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        // It names neither the address nor the password.
        error.to_string()
    };
    if sent { CollectionError::in_doubt(reason) } else { CollectionError::not_applied(reason) }
}

/// What the server answered in place of a result.
pub(super) fn refused(error: &ServerError) -> CollectionError {
    let reason = match (error.code(), error.details()) {
        ("ASK" | "TRYAGAIN", _) => "the cluster is moving these keys".to_owned(),
        ("READONLY", _) => "the server is a replica".to_owned(),
        (code, details) => format!("{code} {}", details.unwrap_or_default()).trim().to_owned(),
    };
    if REFUSALS.contains(&error.code()) {
        CollectionError::not_applied(reason)
    } else {
        CollectionError::in_doubt(reason)
    }
}

/// An answer that cannot be read.
pub(super) fn strange() -> CollectionError {
    CollectionError::in_doubt("the answer of the server cannot be read")
}

/// Each node points to another.
pub(super) fn nowhere(sent: bool) -> CollectionError {
    let reason = "no node that is known has these keys, or takes writes";
    if sent { CollectionError::in_doubt(reason) } else { CollectionError::not_applied(reason) }
}
