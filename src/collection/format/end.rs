//! An end as bytes.

use serde::{Deserialize, Serialize};

use super::bytes::Bytes;
use super::frame::{frame, unframe};
use crate::collection::error::CollectionError;
use crate::collection::key::{RecordKey, SealedId};
use crate::collection::record::{StoredEnd, Successor};
use crate::collection::stamp::CollectionTime;

/// The fields by their names in the format, times in microseconds.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Fields {
    reason: String,
    at: u64,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Bytes<[u8; 16]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    successor: Option<SuccessorFields>,
}

#[derive(Serialize, Deserialize)]
struct SuccessorFields {
    key: Bytes<[u8; 16]>,
    id: Bytes<[u8; 16]>,
}

impl StoredEnd {
    /// The bytes of this end, in [this
    /// format](crate::collection::StoredSession::FORMAT).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let successor = self.successor.map(|Successor { key, id }| SuccessorFields {
            key: Bytes(*key.as_bytes()),
            id: Bytes(*id.as_bytes()),
        });
        frame(&Fields {
            reason: self.reason.clone(),
            at: self.at.as_micros(),
            seq: self.seq,
            id: self.id.map(|id| Bytes(*id.as_bytes())),
            successor,
        })
    }

    /// The end of these bytes.
    ///
    /// # Errors
    ///
    /// [`CollectionError::OtherFormat`], with the format that they have;
    /// [`CollectionError::Unreadable`] if they are no end, or have bytes left over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CollectionError> {
        let fields: Fields = unframe(bytes)?;
        let successor = fields.successor.map(|SuccessorFields { key, id }| Successor {
            key: RecordKey::from_bytes(key.0),
            id: SealedId::from_bytes(id.0),
        });
        Ok(Self {
            reason: fields.reason,
            at: CollectionTime::from_micros(fields.at),
            seq: fields.seq,
            id: fields.id.map(|id| SealedId::from_bytes(id.0)),
            successor,
        })
    }
}
