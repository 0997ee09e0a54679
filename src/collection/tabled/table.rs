//! A table inside a transaction, and what it has under its keys. A record that cannot be read stays
//! as it is, and keeps no other from being listed, from ending and from being forgotten.

use std::collections::{HashSet, VecDeque};

use super::about::About;
use super::contract::RecordTable;
use super::record::{Kept, int};
use crate::collection::error::CollectionError;
use crate::collection::key::RecordKey;
use crate::collection::policy::Policy;
use crate::collection::record::StoredSession;
use crate::collection::records::Note;

/// A table, inside a transaction.
pub(super) struct Tabled<'a> {
    pub(super) table: &'a mut dyn RecordTable,
    pub(super) policy: Policy,
    pub(super) about: About,
    /// Whether anything was written.
    pub(super) wrote: bool,
    pub(super) due: VecDeque<RecordKey>,
    /// The keys that have been dealt with, or that cannot be read.
    pub(super) passed: HashSet<RecordKey>,
    /// What is left of the feed up to this place cannot be read.
    unread: i64,
}

impl<'a> Tabled<'a> {
    pub(super) fn new(table: &'a mut dyn RecordTable, policy: Policy, about: About) -> Self {
        let (due, passed) = (VecDeque::new(), HashSet::new());
        Self { table, policy, about, wrote: false, due, passed, unread: 0 }
    }

    pub(super) fn read(&mut self, key: RecordKey) -> Result<Option<Kept>, CollectionError> {
        self.table.get(key)?.map(|bytes| Kept::from_bytes(&bytes)).transpose()
    }

    /// What is under a key, unless that cannot be read.
    pub(super) fn readable(&mut self, key: RecordKey) -> Result<Option<Kept>, CollectionError> {
        match self.read(key) {
            Err(error) if is_of_one(&error) => Ok(None),
            read => read,
        }
    }

    /// The session under a key, if there is one that can be read. If not, the key is passed over
    /// from now on.
    pub(super) fn session(
        &mut self,
        key: RecordKey,
    ) -> Result<Option<Box<StoredSession>>, CollectionError> {
        if let Some(Kept::Live { session, .. }) = self.readable(key)? {
            return Ok(Some(session));
        }
        self.passed.insert(key);
        Ok(None)
    }

    /// The first entry of the feed that can be read, with its key.
    pub(super) fn first(&mut self) -> Result<Option<(RecordKey, Kept)>, CollectionError> {
        loop {
            let after = self.unread.max(int(self.about.meta.floor));
            let listed = self.table.placed(after, 1)?.pop();
            let Some((place, key)) = listed.filter(|(place, _)| *place > after) else {
                return Ok(None);
            };
            match self.readable(key)? {
                Some(kept) if placed_at(&kept).is_some() => return Ok(Some((key, kept))),
                _ => self.unread = place,
            }
        }
    }
}

/// Whether the error is about one record, not about the table.
pub(super) fn is_of_one(error: &CollectionError) -> bool {
    matches!(error, CollectionError::Unreadable { .. } | CollectionError::OtherFormat { .. })
}

/// When a record came to its place in the feed.
pub(super) fn placed_at(kept: &Kept) -> Option<Note> {
    match kept {
        Kept::Live { note, .. } => *note,
        Kept::Ended(end) => Some(Note { seq: end.seq, at: end.at }),
    }
}
