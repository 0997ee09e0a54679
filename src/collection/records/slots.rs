//! Where heads and ends are: in pages, found by key.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::head::{End, Live};
use crate::collection::key::RecordKey;

/// The place of a record, as long as it is there.
pub(super) type Row = u32;

/// How many rows a page has. A page never moves, so growth copies nothing.
const PAGE: usize = 1 << 10;

/// No row.
const NONE: Row = Row::MAX;

#[derive(Clone, Debug)]
pub(super) enum Slot {
    Live(RecordKey, Live),
    End(RecordKey, End),
    Vacant { next: Row },
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Slots {
    pages: Vec<Vec<Slot>>,
    rows: HashTable<Row>,
    hasher: RandomState,
    /// The first row of the chain of vacant ones.
    vacant: Row,
}

impl Default for Slots {
    fn default() -> Self {
        let hasher = RandomState::new();
        Self { pages: Vec::new(), rows: HashTable::new(), hasher, vacant: NONE }
    }
}

impl Slots {
    /// The row of a key.
    pub(super) fn find(&self, key: RecordKey) -> Option<Row> {
        let hash = self.hasher.hash_one(key);
        self.rows.find(hash, |row| self.key(*row) == Some(key)).copied()
    }

    pub(super) fn get(&self, row: Row) -> &Slot {
        &self.pages[row as usize / PAGE][row as usize % PAGE]
    }

    /// A live session that is known to be there.
    pub(super) fn live(&self, row: Row) -> Option<&Live> {
        if let Slot::Live(_, live) = self.get(row) { Some(live) } else { None }
    }

    pub(super) fn live_mut(&mut self, row: Row) -> Option<&mut Live> {
        if let Slot::Live(_, live) = self.get_mut(row) { Some(live) } else { None }
    }

    pub(super) fn key(&self, row: Row) -> Option<RecordKey> {
        match self.get(row) {
            Slot::Live(key, _) | Slot::End(key, _) => Some(*key),
            Slot::Vacant { .. } => None,
        }
    }

    /// Puts a record in, under a key that has none.
    pub(super) fn insert(&mut self, key: RecordKey, slot: Slot) -> Row {
        let row = self.vacant;
        let row = if let Some(page) = self.pages.get_mut(row as usize / PAGE) {
            let slot = std::mem::replace(&mut page[row as usize % PAGE], slot);
            self.vacant = if let Slot::Vacant { next } = slot { next } else { NONE };
            row
        } else {
            if self.pages.last().is_none_or(|page| page.len() == PAGE) {
                self.pages.push(Vec::new());
            }
            let before = (self.pages.len() - 1) * PAGE;
            let page = self.pages.last_mut().expect("one was pushed");
            page.push(slot);
            // Four billion records need more memory than a machine has.
            Row::try_from(before + page.len() - 1).unwrap_or(NONE)
        };
        self.index(key, row);
        row
    }

    /// Puts another record under the key at this row.
    pub(super) fn replace(&mut self, row: Row, slot: Slot) {
        *self.get_mut(row) = slot;
    }

    /// Puts the session at this row under another key, which has none.
    pub(super) fn rekey(&mut self, row: Row, to: RecordKey) {
        self.unindex(row);
        if let Slot::Live(key, _) = self.get_mut(row) {
            *key = to;
        }
        self.index(to, row);
    }

    /// Removes what is at this row.
    pub(super) fn remove(&mut self, row: Row) {
        self.unindex(row);
        *self.get_mut(row) = Slot::Vacant { next: self.vacant };
        self.vacant = row;
    }

    /// How many keys can be found, and how many rows there are.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.rows.len(), self.pages.iter().map(Vec::len).sum())
    }

    fn get_mut(&mut self, row: Row) -> &mut Slot {
        &mut self.pages[row as usize / PAGE][row as usize % PAGE]
    }

    fn index(&mut self, key: RecordKey, row: Row) {
        let Self { pages, rows, hasher, .. } = self;
        let hash = |row: &Row| match &pages[*row as usize / PAGE][*row as usize % PAGE] {
            Slot::Live(key, _) | Slot::End(key, _) => hasher.hash_one(key),
            Slot::Vacant { .. } => 0,
        };
        rows.insert_unique(hasher.hash_one(key), row, hash);
    }

    fn unindex(&mut self, row: Row) {
        let Some(key) = self.key(row) else { return };
        let hash = self.hasher.hash_one(key);
        if let Ok(found) = self.rows.find_entry(hash, |at| *at == row) {
            found.remove();
        }
    }
}
