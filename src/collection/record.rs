//! What a collection keeps under a key.

use std::fmt;
use std::time::Duration;

use super::key::{RecordKey, SealedId};
use super::stamp::CollectionTime;
use crate::id::TrackId;

/// A live session, as a collection keeps it.
///
/// # Examples
///
/// ```
/// use tenure::collection::{CollectionTime, StoredSession};
///
/// let session = StoredSession::new(1, CollectionTime::from_micros(9), b"data".to_vec());
/// assert_eq!((session.used, session.version), (CollectionTime::from_micros(9), 0));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Drawn by the node that created it, so that a repeated insertion is recognised.
    pub nonce: u32,
    /// Who logged in.
    pub principal: Option<String>,
    /// Which software logged in.
    pub originator: Option<String>,
    /// The host that it belongs to.
    pub host: Option<String>,
    /// Whether it may take the places that are kept for the privileged.
    pub privileged: bool,
    /// Its name for logs, if nodes cannot work it out of the id, since it has been rotated.
    pub track: Option<TrackId>,
    /// When it was created.
    pub created: CollectionTime,
    /// When it was last active, as far as the collection has been told.
    pub used: CollectionTime,
    /// Until when it counts as in use: a node had it leased when it last wrote.
    pub busy_until: CollectionTime,
    /// Its idle timeout.
    pub idle: Option<Duration>,
    /// Its absolute deadline.
    pub deadline: Option<CollectionTime>,
    /// How often its data was changed.
    pub version: u32,
    /// The token of the last change.
    pub token: u64,
    /// Your program's data, encoded.
    pub data: Vec<u8>,
}

impl StoredSession {
    /// One that was created and last active at `at`, without names and timeouts.
    #[must_use]
    pub fn new(nonce: u32, at: CollectionTime, data: Vec<u8>) -> Self {
        Self {
            nonce,
            principal: None,
            originator: None,
            host: None,
            privileged: false,
            track: None,
            created: at,
            used: at,
            busy_until: CollectionTime::ORIGIN,
            idle: None,
            deadline: None,
            version: 0,
            token: 0,
            data,
        }
    }
}

/// Of the data, only the length is shown.
impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("nonce", &self.nonce)
            .field("principal", &self.principal)
            .field("originator", &self.originator)
            .field("host", &self.host)
            .field("privileged", &self.privileged)
            .field("track", &self.track)
            .field("created", &self.created)
            .field("used", &self.used)
            .field("busy_until", &self.busy_until)
            .field("idle", &self.idle)
            .field("deadline", &self.deadline)
            .field("version", &self.version)
            .field("token", &self.token)
            .field("data", &DataLen(self.data.len()))
            .finish()
    }
}

/// Shows how long data is, and nothing else of it.
pub(super) struct DataLen(pub(super) usize);

impl fmt::Debug for DataLen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0)
    }
}

/// What a collection remembers of a session that has ended.
///
/// # Examples
///
/// ```
/// use tenure::EndReason;
/// use tenure::collection::{CollectionTime, StoredEnd};
///
/// let at = CollectionTime::from_micros(9);
/// let end = StoredEnd::new(EndReason::LoggedOut.as_str(), at, 1);
/// assert_eq!((end.reason.as_str(), end.seq), ("logged_out", 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEnd {
    /// Why it ended: the name of the [`EndReason`](crate::EndReason).
    pub reason: String,
    /// When the collection was told.
    pub at: CollectionTime,
    /// Its place in the feed.
    pub seq: u64,
    /// Its id, if a node ended it, so that other nodes find it at once.
    pub id: Option<SealedId>,
    /// What took over, if the id was rotated.
    pub successor: Option<Successor>,
}

impl StoredEnd {
    /// An end for this reason, at this time and place in the feed.
    #[must_use]
    pub fn new(reason: impl Into<String>, at: CollectionTime, seq: u64) -> Self {
        Self { reason: reason.into(), at, seq, id: None, successor: None }
    }
}

/// What took over from an id that was rotated.
///
/// # Examples
///
/// ```
/// use tenure::collection::{RecordKey, SealedId, Successor};
///
/// let key = RecordKey::from_bytes([1; 16]);
/// let successor = Successor { key, id: SealedId::from_bytes([2; 16]) };
/// assert_eq!(successor.key, key);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Successor {
    /// The key of the new id.
    pub key: RecordKey,
    /// The new id, for those that have the old one.
    pub id: SealedId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_not_shown() {
        let session = StoredSession::new(1, CollectionTime::ORIGIN, b"hush".to_vec());
        let shown = format!("{session:?}");
        assert!(shown.contains("4 bytes") && !shown.contains("104, 117"), "{shown}");
    }
}
