//! The table, as the rules need it.

use std::collections::{HashSet, VecDeque};

use super::about::About;
use super::contract::RecordTable;
use super::record::{Kept, int};
use crate::collection::error::CollectionError;
use crate::collection::key::RecordKey;
use crate::collection::outcome::Change;
use crate::collection::policy::Policy;
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::records::{Basis, Entries, Found, Head, Meta, Note};
use crate::collection::stamp::CollectionTime;
use crate::id::TrackId;

/// How many keys that are due are read at once.
const PAGE: usize = 256;

/// A table, inside a transaction.
pub(super) struct Tabled<'a> {
    pub(super) table: &'a mut dyn RecordTable,
    pub(super) policy: Policy,
    pub(super) about: About,
    /// Whether anything was written.
    pub(super) wrote: bool,
    due: VecDeque<RecordKey>,
    /// Those that were due and have been dealt with, or cannot be read.
    passed: HashSet<RecordKey>,
}

/// A live session as it is in the table.
pub(super) struct Row {
    key: RecordKey,
    session: Box<StoredSession>,
    note: Option<Note>,
}

impl<'a> Tabled<'a> {
    pub(super) fn new(table: &'a mut dyn RecordTable, policy: Policy, about: About) -> Self {
        let (due, passed) = (VecDeque::new(), HashSet::new());
        Self { table, policy, about, wrote: false, due, passed }
    }

    pub(super) fn read(&mut self, key: RecordKey) -> Result<Option<Kept>, CollectionError> {
        self.table.get(key)?.map(|bytes| Kept::from_bytes(&bytes)).transpose()
    }

    fn write(&mut self, key: RecordKey, kept: &Kept) -> Result<(), CollectionError> {
        self.wrote = true;
        self.table.put(key, &kept.record(&self.policy))
    }

    fn write_row(&mut self, row: Row) -> Result<(), CollectionError> {
        let Row { key, session, note } = row;
        self.write(key, &Kept::Live { session, note })
    }

    /// The first entry of the feed, with its key.
    fn first(&mut self) -> Result<Option<(RecordKey, Kept)>, CollectionError> {
        let floor = int(self.about.meta.floor);
        let Some(key) = self.table.placed(floor, 1)?.pop() else { return Ok(None) };
        Ok(self.read(key)?.map(|kept| (key, kept)))
    }
}

/// Whether the error is about one record, not about the table.
pub(super) fn is_of_one(error: &CollectionError) -> bool {
    matches!(error, CollectionError::Unreadable { .. } | CollectionError::OtherFormat { .. })
}

/// When a record came to its place in the feed.
fn placed_at(kept: &Kept) -> Option<Note> {
    match kept {
        Kept::Live { note, .. } => *note,
        Kept::Ended(end) => Some(Note { seq: end.seq, at: end.at }),
    }
}

impl Basis for Tabled<'_> {
    type Error = CollectionError;
    type Row = Row;

    fn policy(&self) -> Policy {
        self.policy
    }

    fn meta(&mut self) -> &mut Meta {
        &mut self.about.meta
    }

    fn find(&mut self, key: RecordKey) -> Result<Found<Row>, CollectionError> {
        Ok(match self.read(key)? {
            None => Found::Nothing,
            Some(Kept::Ended(end)) => Found::Ended(end),
            Some(Kept::Live { session, note }) => {
                let head = Head::of(&session, session.used);
                Found::Live(Row { key, session, note }, head)
            }
        })
    }

    fn begin(
        &mut self,
        key: RecordKey,
        session: &StoredSession,
        head: Head,
    ) -> Result<(), CollectionError> {
        self.about.live += 1;
        let session = Box::new(session.clone());
        self.set(Row { key, session, note: None }, head)
    }

    fn set(&mut self, mut row: Row, head: Head) -> Result<(), CollectionError> {
        head.put_into(&mut row.session);
        self.write_row(row)
    }

    fn change(
        &mut self,
        mut row: Row,
        head: Head,
        note: Note,
        data: &[u8],
    ) -> Result<(), CollectionError> {
        row.session.data = data.to_vec();
        row.note = Some(note);
        self.set(row, head)
    }

    fn end(&mut self, row: Row, end: StoredEnd) -> Result<(), CollectionError> {
        self.about.live = self.about.live.saturating_sub(1);
        self.fence(row.key, end)
    }

    fn fence(&mut self, key: RecordKey, end: StoredEnd) -> Result<(), CollectionError> {
        self.write(key, &Kept::Ended(end))
    }

    fn rename(
        &mut self,
        mut row: Row,
        (to, track): (RecordKey, TrackId),
        end: StoredEnd,
    ) -> Result<(), CollectionError> {
        self.fence(row.key, end)?;
        row.session.track = Some(track);
        self.write_row(Row { key: to, note: None, ..row })
    }

    fn live(&mut self, principal: Option<&str>) -> Result<usize, CollectionError> {
        principal.map_or(Ok(self.about.live), |name| self.table.count(name))
    }

    fn oldest(
        &mut self,
        principal: Option<&str>,
        now: CollectionTime,
    ) -> Result<Option<(RecordKey, CollectionTime)>, CollectionError> {
        let Some(key) = self.table.oldest(principal, int(now.as_micros()))? else {
            return Ok(None);
        };
        Ok(match self.read(key)? {
            Some(Kept::Live { session, .. }) => Some((key, session.used)),
            _ => None,
        })
    }

    fn next_of(
        &mut self,
        principal: &str,
        except: &[RecordKey],
    ) -> Result<Option<RecordKey>, CollectionError> {
        let keys = self.table.of_principal(principal, except.len() + 1)?;
        Ok(keys.into_iter().find(|key| !except.contains(key)))
    }

    fn next_due(&mut self, now: CollectionTime) -> Result<Option<RecordKey>, CollectionError> {
        loop {
            if self.due.is_empty() {
                let keys = self.table.due(int(now.as_micros()), PAGE + self.passed.len())?;
                self.due.extend(keys.into_iter().filter(|key| !self.passed.contains(key)));
            }
            let Some(key) = self.due.pop_front() else { return Ok(None) };
            self.passed.insert(key);
            match self.read(key) {
                Ok(Some(Kept::Live { .. })) => return Ok(Some(key)),
                Err(error) if !is_of_one(&error) => return Err(error),
                // It stays as it is.
                _ => {}
            }
        }
    }

    fn entries(&mut self, after: u64, at_most: usize) -> Result<(Entries, bool), CollectionError> {
        let mut keys = self.table.placed(int(after), at_most.saturating_add(1))?;
        let more = keys.len() > at_most;
        keys.truncate(at_most);
        let mut entries = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(kept) = self.read(key)? else { continue };
            let Some(Note { seq, .. }) = placed_at(&kept) else { continue };
            let change = match kept {
                Kept::Live { session, .. } => Change::Updated { version: session.version },
                Kept::Ended(end) => Change::Ended(Box::new(end)),
            };
            entries.push((seq, key, change));
        }
        Ok((entries, more))
    }

    fn first_entry(&mut self) -> Result<Option<(u64, CollectionTime)>, CollectionError> {
        let note = self.first()?.and_then(|(_, kept)| placed_at(&kept));
        Ok(note.map(|Note { seq, at }| (seq, at)))
    }

    fn forget_first(&mut self) -> Result<(), CollectionError> {
        match self.first()? {
            Some((key, Kept::Live { session, .. })) => {
                self.write_row(Row { key, session, note: None })
            }
            Some((key, Kept::Ended(_))) => {
                self.wrote = true;
                self.table.delete(key)
            }
            None => Ok(()),
        }
    }
}
