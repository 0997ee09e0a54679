//! What is under a key, as bytes and columns.

use crate::collection::error::CollectionError;
use crate::collection::policy::Policy;
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::records::{Head, NEVER, Note};
use crate::collection::stamp::CollectionTime;

/// A record as a [`RecordTable`](crate::collection::RecordTable) keeps it: bytes, which say all of
/// it, and columns to search by. Times are in microseconds.
///
/// # Examples
///
/// ```
/// use tenure::collection::TableRecord;
///
/// let record = TableRecord { bytes: vec![1], ..TableRecord::default() };
/// assert!(record.due.is_none() && record.principal.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableRecord {
    /// What is to be had back.
    pub bytes: Vec<u8>,
    /// Its place in the feed. No two records have the same.
    pub place: Option<i64>,
    /// When it is to be looked at.
    pub due: Option<i64>,
    /// Whose it is.
    pub principal: Option<String>,
    /// When it was last used. Every live session has this, and nothing else.
    pub used: Option<i64>,
    /// Until when it counts as in use.
    pub busy_until: Option<i64>,
}

/// What is under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Live { session: Box<StoredSession>, note: Option<Note> },
    Ended(StoredEnd),
}

/// In an order that is right, though it ends earlier.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Kept {
    pub(super) fn record(&self, policy: &Policy) -> TableRecord {
        match self {
            Self::Live { session, note } => {
                let head = Head::of(session, CollectionTime::from_micros(u64::MAX));
                let due = Some(head.due(policy)).filter(|due| *due < NEVER);
                TableRecord {
                    bytes: live_bytes(session, *note),
                    place: note.map(|note| int(note.seq)),
                    due: due.map(int),
                    principal: session.principal.clone(),
                    used: Some(int(session.used.as_micros())),
                    busy_until: Some(int(session.busy_until.as_micros())),
                }
            }
            Self::Ended(end) => TableRecord {
                bytes: std::iter::once(b'E').chain(end.to_bytes()).collect(),
                place: Some(int(end.seq)),
                ..TableRecord::default()
            },
        }
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, CollectionError> {
        match bytes {
            [b'E', end @ ..] => StoredEnd::from_bytes(end).map(Self::Ended),
            [b'L', rest @ ..] => {
                let (note, session) = rest.split_first_chunk::<16>().ok_or_else(unreadable)?;
                let [seq, at] = [&note[..8], &note[8..]]
                    .map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default()));
                let note = Note { seq, at: CollectionTime::from_micros(at) };
                let session = Box::new(StoredSession::from_bytes(session)?);
                Ok(Self::Live { session, note: (seq > 0).then_some(note) })
            }
            _ => Err(unreadable()),
        }
    }
}

/// The seq and the time of the last change, zeros if there is none, and then the session.
fn live_bytes(session: &StoredSession, note: Option<Note>) -> Vec<u8> {
    let (seq, at) = note.map_or((0, 0), |note| (note.seq, note.at.as_micros()));
    let mut bytes = vec![b'L'];
    bytes.extend([seq, at].map(u64::to_le_bytes).as_flattened());
    bytes.extend(session.to_bytes());
    bytes
}

fn unreadable() -> CollectionError {
    CollectionError::Unreadable { reason: "it is no session, and no end".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_had_back() {
        let at = CollectionTime::from_micros(9);
        let session = Box::new(StoredSession::new(1, at, vec![7; 9]));
        for note in [None, Some(Note { seq: 3, at })] {
            let kept = Kept::Live { session: session.clone(), note };
            let record = kept.record(&Policy::new(std::time::Duration::ZERO));
            assert_eq!(Kept::from_bytes(&record.bytes), Ok(kept.clone()));
            assert_eq!((record.place, record.used, record.due), (note.map(|_| 3), Some(9), None));
        }
        let kept = Kept::Ended(StoredEnd::new("killed", at, 4));
        let record = kept.record(&Policy::new(std::time::Duration::ZERO));
        assert_eq!(Kept::from_bytes(&record.bytes), Ok(kept.clone()));
        assert_eq!((record.place, record.used), (Some(4), None));
        for bytes in [&b""[..], b"x", b"L", b"E"] {
            assert!(Kept::from_bytes(bytes).is_err());
        }
    }
}
