//! The tables of the file, and the writing of what was decided.

use redb::{ReadableTable, Table, TableDefinition, WriteTransaction};

use super::bytes::{HEAD, head_bytes};
use super::fault::Fault;
use crate::collection::error::CollectionError;
use crate::collection::key::RecordKey;
use crate::collection::op::Op;
use crate::collection::record::StoredSession;
use crate::collection::records::{Kept, Meta, Records, Write};
use crate::collection::stamp::CollectionTime;

/// The format of the file. That of its bodies and ends is
/// [`FORMAT`](crate::collection::StoredSession::FORMAT).
pub(super) const FILE_FORMAT: u64 = 1;

pub(super) type Key = &'static [u8; 16];

pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
pub(super) const HEADS: TableDefinition<'_, Key, &[u8; HEAD]> = TableDefinition::new("heads");
pub(super) const BODIES: TableDefinition<'_, Key, &[u8]> = TableDefinition::new("bodies");
pub(super) const ENDS: TableDefinition<'_, Key, &[u8]> = TableDefinition::new("ends");

/// The tables, while a transaction writes.
pub(super) struct Tables<'t> {
    meta: Table<'t, &'static str, u64>,
    heads: Table<'t, Key, &'static [u8; HEAD]>,
    bodies: Table<'t, Key, &'static [u8]>,
    ends: Table<'t, Key, &'static [u8]>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            meta: transaction.open_table(META)?,
            heads: transaction.open_table(HEADS)?,
            bodies: transaction.open_table(BODIES)?,
            ends: transaction.open_table(ENDS)?,
        })
    }

    pub(super) fn write_meta(
        &mut self,
        meta: Meta,
        time: CollectionTime,
        commits: u64,
    ) -> Result<(), Fault> {
        let fingerprint = meta.fingerprint.map(|it| u64::from_be_bytes(*it.as_bytes()));
        let values = [
            ("format", Some(FILE_FORMAT)),
            ("epoch", Some(meta.epoch.number())),
            ("fingerprint", fingerprint),
            ("seq", Some(meta.seq)),
            ("floor", Some(meta.floor)),
            ("time", Some(time.as_micros())),
            ("commits", Some(commits)),
        ];
        for (name, value) in values {
            if let Some(value) = value {
                self.meta.insert(name, value)?;
            }
        }
        Ok(())
    }

    /// The session under a key, its head as it was when the rest was written.
    pub(super) fn body(
        &self,
        key: RecordKey,
    ) -> Result<Result<Box<StoredSession>, CollectionError>, Fault> {
        Ok(match self.bodies.get(key.as_bytes())? {
            Some(bytes) => StoredSession::from_bytes(bytes.value()).map(Box::new),
            None => Err(CollectionError::Unreadable { reason: "it has no body".into() }),
        })
    }

    /// Brings the tables to what was decided. `body` is what the operation read of the session.
    pub(super) fn write(
        &mut self,
        records: &Records,
        writes: impl Iterator<Item = Write>,
        op: Option<&Op>,
        mut body: Option<&mut StoredSession>,
    ) -> Result<(), Fault> {
        for write in writes {
            match write {
                Write::Head(key) => self.put_head(records, key)?,
                Write::Session(key) => {
                    self.put_head(records, key)?;
                    match (op, &mut body) {
                        (Some(Op::Insert { session, .. }), _) => self.put_body(key, session)?,
                        (Some(Op::Update { data, .. }), Some(session)) => {
                            session.data.clone_from(data);
                            self.put_body(key, session)?;
                        }
                        _ => {}
                    }
                }
                Write::Moved { from, to } => {
                    self.put_end(records, from)?;
                    self.put_head(records, to)?;
                    if let (Some(Op::Rotate { track, .. }), Some(session)) = (op, &mut body) {
                        session.track = Some(*track);
                        self.put_body(to, session)?;
                    }
                }
                Write::End(key) => self.put_end(records, key)?,
                Write::Forgotten(key) => {
                    self.ends.remove(key.as_bytes())?;
                }
            }
        }
        Ok(())
    }

    fn put_head(&mut self, records: &Records, key: RecordKey) -> Result<(), Fault> {
        if let Some(Kept::Live { head, note }) = records.get(key) {
            self.heads.insert(key.as_bytes(), &head_bytes(&head, note))?;
        }
        Ok(())
    }

    fn put_body(&mut self, key: RecordKey, session: &StoredSession) -> Result<(), Fault> {
        self.bodies.insert(key.as_bytes(), session.to_bytes().as_slice())?;
        Ok(())
    }

    /// In place of a session, if there is one.
    fn put_end(&mut self, records: &Records, key: RecordKey) -> Result<(), Fault> {
        if let Some(Kept::Ended(end)) = records.get(key) {
            self.heads.remove(key.as_bytes())?;
            self.bodies.remove(key.as_bytes())?;
            self.ends.insert(key.as_bytes(), end.to_bytes().as_slice())?;
        }
        Ok(())
    }
}
