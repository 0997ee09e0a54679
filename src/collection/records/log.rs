//! What ended and what changed, by seq.

use std::collections::BTreeMap;

use super::slots::Row;
use crate::collection::stamp::CollectionTime;

/// Each record has one entry at most: its last change, or its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(BTreeMap<u64, Entry>);

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) row: Row,
    pub(super) at: CollectionTime,
}

impl Log {
    pub(super) fn insert(&mut self, seq: u64, row: Row, at: CollectionTime) {
        self.0.insert(seq, Entry { row, at });
    }

    /// Removes the entry at this seq, if there is one.
    pub(super) fn remove(&mut self, seq: u64) {
        self.0.remove(&seq);
    }

    pub(super) fn at(&self, seq: u64) -> Option<CollectionTime> {
        self.0.get(&seq).map(|entry| entry.at)
    }

    pub(super) fn first(&self) -> Option<(u64, Entry)> {
        self.0.first_key_value().map(|(seq, entry)| (*seq, *entry))
    }

    /// The entries after this seq.
    pub(super) fn after(&self, seq: u64) -> impl Iterator<Item = (u64, Row)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let entries = self.0.range((Excluded(seq), Unbounded));
        entries.map(|(seq, entry)| (*seq, entry.row))
    }
}
