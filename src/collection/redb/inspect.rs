//! What a file has, without secrets.

use std::fmt;
use std::path::Path;

use redb::{
    Builder, Database, OwnedRange, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
    ReadableTableMetadata,
};

use super::bytes::{HEAD, head_from};
use super::fault::Fault;
use super::load::about;
use super::source::{guarded, named};
use super::tables::{BODIES, ENDS, HEADS, Key};
use crate::collection::error::CollectionError;
use crate::collection::key::RecordKey;
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::stamp::Stamp;

/// What a [`RedbCollection`](crate::collection::RedbCollection) has at a moment: its sessions in
/// the order of their keys, and then its ends.
///
/// # Examples
///
/// ```
/// # use std::time::Duration;
/// # use tenure::collection::{Policy, RedbCollection, RedbOptions};
/// use tenure::collection::RedbRecords;
///
/// # let path = std::env::temp_dir().join(format!("tenure-list-{}.redb", std::process::id()));
/// # let options = RedbOptions::new(Policy::new(Duration::from_secs(300)));
/// # drop(RedbCollection::create(&path, options)?);
/// let mut records = RedbRecords::of_file(&path)?;
/// assert_eq!((records.summary().sessions, records.summary().ends), (0, 0));
/// assert!(records.next().is_none());
/// # drop(records);
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), tenure::collection::CollectionError>(())
/// ```
pub struct RedbRecords {
    summary: RedbSummary,
    heads: OwnedRange<Key, &'static [u8; HEAD]>,
    bodies: redb::ReadOnlyTable<Key, &'static [u8]>,
    ends: OwnedRange<Key, &'static [u8]>,
    _file: Option<ReadOnlyDatabase>,
}

/// The summary of a file.
///
/// # Examples
///
/// ```
/// use tenure::collection::{CollectionTime, Epoch, RedbSummary, Stamp};
///
/// let time = CollectionTime::from_micros(7);
/// let stamp = Stamp { time, epoch: Epoch::from_number(1), seq: 3 };
/// let summary = RedbSummary { stamp, floor: 2, sessions: 10, ends: 1 };
/// assert!(summary.floor <= summary.stamp.seq);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedbSummary {
    /// When something was last written, in microseconds since 1970 if the time of day was right;
    /// the epoch, and the highest seq.
    pub stamp: Stamp,
    /// The highest seq of what it has forgotten.
    pub floor: u64,
    /// How many live sessions there are.
    pub sessions: u64,
    /// How many ends are remembered.
    pub ends: u64,
}

/// What is under a key, without secrets.
///
/// # Examples
///
/// ```
/// use tenure::collection::{CollectionTime, RecordKey, RedbRecord, StoredEnd};
///
/// let end = StoredEnd::new("logged_out", CollectionTime::from_micros(7), 1);
/// let record = RedbRecord::End { key: RecordKey::from_bytes([1; 16]), end };
/// assert!(format!("{record:?}").contains("logged_out"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedbRecord {
    /// A live session.
    Session {
        /// Its key.
        key: RecordKey,
        /// The session, its data left out.
        session: Box<StoredSession>,
        /// How many bytes of data it has.
        data_len: usize,
    },
    /// The end of a session.
    End {
        /// Its key.
        key: RecordKey,
        /// The end, the sealed ids left out.
        end: StoredEnd,
    },
}

impl RedbRecords {
    /// What is in the file at this path, which no process has open. A file that was not closed is
    /// repaired; nothing else is written.
    ///
    /// # Errors
    ///
    /// As [`RedbCollection::create`](crate::collection::RedbCollection::create), and if there is
    /// none.
    pub fn of_file(path: impl AsRef<Path>) -> Result<Self, CollectionError> {
        let path = path.as_ref();
        let opened = guarded(|| {
            let mut builder = Builder::new();
            builder.set_cache_size(64 << 20);
            let file = match builder.open_read_only(path) {
                Err(redb::DatabaseError::RepairAborted) => {
                    drop(builder.open(path).map_err(Fault::from)?);
                    builder.open_read_only(path)
                }
                opened => opened,
            };
            let file = file.map_err(Fault::from)?;
            let read = file.begin_read().map_err(Fault::from)?;
            Self::new(&read, Some(file))
        });
        opened.map_err(|error| named(&path.display().to_string(), error))
    }

    pub(super) fn of(db: &Database) -> Result<Self, CollectionError> {
        let read = db.begin_read().map_err(Fault::from)?;
        Self::new(&read, None)
    }

    fn new(
        read: &ReadTransaction,
        file: Option<ReadOnlyDatabase>,
    ) -> Result<Self, CollectionError> {
        let empty = || CollectionError::not_applied("the file is of no collection");
        let about = about(read)?.ok_or_else(empty)?;
        let tables = || -> Result<Self, Fault> {
            let (heads, ends) = (read.open_table(HEADS)?, read.open_table(ENDS)?);
            let (time, meta) = (about.time, about.meta);
            let stamp = Stamp { time, epoch: meta.epoch, seq: meta.seq };
            let (sessions, ended) = (heads.len()?, ends.len()?);
            Ok(Self {
                summary: RedbSummary { stamp, floor: meta.floor, sessions, ends: ended },
                heads: heads.range_owned::<Key>(..)?,
                bodies: read.open_table(BODIES)?,
                ends: ends.range_owned::<Key>(..)?,
                _file: file,
            })
        };
        Ok(tables()?)
    }

    /// How much there is, and what the file says of itself.
    #[must_use]
    pub fn summary(&self) -> RedbSummary {
        self.summary
    }

    fn session(&self, key: RecordKey, head: &[u8; HEAD]) -> Result<RedbRecord, CollectionError> {
        let body = self.bodies.get_owned(key.as_bytes()).map_err(Fault::from)?;
        let missing = || CollectionError::Unreadable { reason: format!("{key} has no body") };
        let mut session = Box::new(StoredSession::from_bytes(body.ok_or_else(missing)?.value())?);
        head_from(head).0.put_into(&mut session);
        let data_len = std::mem::take(&mut session.data).len();
        Ok(RedbRecord::Session { key, session, data_len })
    }
}

impl Iterator for RedbRecords {
    type Item = Result<RedbRecord, CollectionError>;

    /// Records that cannot be read are errors, after which there is more.
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.heads.next() {
            return Some(match entry.map_err(Fault::from) {
                Ok((key, head)) => self.session(RecordKey::from_bytes(*key.value()), head.value()),
                Err(fault) => Err(fault.into()),
            });
        }
        let entry = self.ends.next()?;
        Some(match entry.map_err(Fault::from) {
            Ok((key, end)) => StoredEnd::from_bytes(end.value()).map(|end| RedbRecord::End {
                key: RecordKey::from_bytes(*key.value()),
                end: StoredEnd { id: None, successor: None, ..end },
            }),
            Err(fault) => Err(fault.into()),
        })
    }
}

impl fmt::Debug for RedbRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbRecords").field("summary", &self.summary).finish_non_exhaustive()
    }
}
