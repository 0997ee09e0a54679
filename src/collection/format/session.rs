//! A live session as bytes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bytes::Bytes;
use super::frame::{FORMAT, frame, unframe};
use crate::collection::error::CollectionError;
use crate::collection::record::StoredSession;
use crate::collection::stamp::CollectionTime;
use crate::id::TrackId;

/// The fields by their names in the format, times in microseconds.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, bound(deserialize = "N: Deserialize<'de>, Bytes<B>: Deserialize<'de>"))]
struct Fields<N: Default, B: AsRef<[u8]> + Default> {
    nonce: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<N>,
    #[serde(skip_serializing_if = "Option::is_none")]
    originator: Option<N>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<N>,
    #[serde(skip_serializing_if = "is_default")]
    privileged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    track: Option<Bytes<[u8; 16]>>,
    created: u64,
    used: u64,
    #[serde(skip_serializing_if = "is_default")]
    busy_until: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<u64>,
    #[serde(skip_serializing_if = "is_default")]
    version: u32,
    #[serde(skip_serializing_if = "is_default")]
    token: u64,
    data: Bytes<B>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl StoredSession {
    /// The format that [`to_bytes`](Self::to_bytes) and [`StoredEnd::to_bytes`] write, and the only
    /// one that is read.
    ///
    /// It is one byte with this number, and then a map in `MessagePack` with the names of the
    /// fields. Fields that are not known are passed over, and those that are not there have their
    /// defaults, so that versions of this crate which add some read the records of each other. What
    /// does not fit into that will have another number.
    ///
    /// [`StoredEnd::to_bytes`]: crate::collection::StoredEnd::to_bytes
    pub const FORMAT: u32 = FORMAT;

    /// The bytes of this session, in [this format](Self::FORMAT). Its idle timeout is in whole
    /// microseconds there, rounded up.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let micros = |span| CollectionTime::ORIGIN.saturating_add(span).as_micros();
        frame(&Fields {
            nonce: self.nonce,
            principal: self.principal.as_deref(),
            originator: self.originator.as_deref(),
            host: self.host.as_deref(),
            privileged: self.privileged,
            track: self.track.map(|track| Bytes(*track.as_bytes())),
            created: self.created.as_micros(),
            used: self.used.as_micros(),
            busy_until: self.busy_until.as_micros(),
            idle: self.idle.map(micros),
            deadline: self.deadline.map(CollectionTime::as_micros),
            version: self.version,
            token: self.token,
            data: Bytes(self.data.as_slice()),
        })
    }

    /// The session of these bytes.
    ///
    /// # Errors
    ///
    /// [`CollectionError::OtherFormat`], with the format that they have;
    /// [`CollectionError::Unreadable`] if they are no session, or have bytes left over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CollectionError> {
        let fields: Fields<String, Vec<u8>> = unframe(bytes)?;
        let at = CollectionTime::from_micros;
        Ok(Self {
            nonce: fields.nonce,
            principal: fields.principal,
            originator: fields.originator,
            host: fields.host,
            privileged: fields.privileged,
            track: fields.track.map(|track| TrackId::from_bytes(track.0)),
            created: at(fields.created),
            used: at(fields.used),
            busy_until: at(fields.busy_until),
            idle: fields.idle.map(Duration::from_micros),
            deadline: fields.deadline.map(at),
            version: fields.version,
            token: fields.token,
            data: fields.data.0,
        })
    }
}
