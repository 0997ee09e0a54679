//! A format version, and then a record.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::collection::codec::{CodecError, from_message_pack, to_message_pack};
use crate::collection::error::CollectionError;

/// The number of the format.
pub(super) const FORMAT: u32 = 1;

/// The byte.
const MARK: u8 = 1;

pub(super) fn frame(record: &impl Serialize) -> Vec<u8> {
    // Plain data is never refused.
    let record = to_message_pack(record).unwrap_or_default();
    std::iter::once(MARK).chain(record).collect()
}

pub(super) fn unframe<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CollectionError> {
    match bytes {
        [] => Err(unreadable("it is empty")),
        [MARK, record @ ..] => from_message_pack(record).map_err(|error| match error {
            CodecError::Decode { reason } => unreadable(reason),
            other => unreadable(other.to_string()),
        }),
        [found, ..] => {
            Err(CollectionError::OtherFormat { found: u32::from(*found), known: FORMAT })
        }
    }
}

fn unreadable(reason: impl Into<String>) -> CollectionError {
    CollectionError::Unreadable { reason: reason.into() }
}
