//! What the collection is yet to be told, or to answer.

use std::collections::{BTreeMap, HashMap};
use std::task::Waker;

use crate::collection::{CollectionError, CollectionTime, Epoch, RecordKey};
use crate::end::{EndReason, Tombstone};
use crate::id::SessionId;
use crate::sync::{Arc, OnceLock};

/// An end that the collection has not acknowledged.
#[derive(Clone, Debug)]
pub(super) struct PendingEnd {
    /// Where the collection has the session: the key and the id of its successor, if another node
    /// has rotated it.
    pub(super) at: RecordKey,
    pub(super) id: SessionId,
    pub(super) reason: EndReason,
    /// What is remembered of it here, if it was in memory.
    pub(super) tombstone: Option<Tombstone>,
    /// Until when an insertion may yet arrive, if one may. Later nothing is there to keep out; but
    /// the session may have another id, and the end may be forgotten that says which.
    pub(super) fence: Option<CollectionTime>,
    /// The end of an id that the session had before, which is pending too.
    pub(super) older: Option<RecordKey>,
    /// Where the session is to stay, if only this id is to end.
    pub(super) stays: Option<RecordKey>,
    /// Whether no session with this id was in memory, so that any client can have caused it.
    pub(super) unknown: bool,
    /// In which run of the server it was told.
    pub(super) run: u64,
    /// The number of the latest call that asked for this end. An answer to an earlier request does
    /// not settle a later call.
    pub(super) number: u64,
}

impl PendingEnd {
    /// That of a session that has ended here so.
    pub(super) fn new(
        at: RecordKey,
        id: SessionId,
        tombstone: Tombstone,
        fence: Option<CollectionTime>,
    ) -> Self {
        Self { tombstone: Some(tombstone), fence, ..Self::of(at, id, tombstone.reason()) }
    }

    /// That of an id.
    pub(super) fn of(at: RecordKey, id: SessionId, reason: EndReason) -> Self {
        let (tombstone, fence, older, stays) = (None, None, None, None);
        Self { at, id, reason, tombstone, fence, older, stays, unknown: false, run: 0, number: 0 }
    }

    /// It, and what is asked for now besides.
    fn and(self, end: Self) -> Self {
        Self {
            fence: self.fence.max(end.fence),
            older: self.older.or(end.older),
            tombstone: self.tombstone.or(end.tombstone),
            stays: self.stays.and(end.stays),
            unknown: self.unknown && end.unknown,
            number: end.number,
            ..self
        }
    }
}

/// Ends that the collection has not acknowledged, by the keys that the sessions had here.
#[derive(Clone, Default)]
pub(super) struct PendingEnds {
    ends: HashMap<RecordKey, PendingEnd>,
    /// How many of them are of sessions that were not in memory.
    unknown: usize,
}

impl PendingEnds {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn get(&self, key: &RecordKey) -> Option<&PendingEnd> {
        self.ends.get(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&RecordKey, &PendingEnd)> {
        self.ends.iter()
    }

    /// Puts one in the place of the one that is pending, if there is one.
    pub(super) fn insert(&mut self, key: RecordKey, end: PendingEnd) {
        self.remove(&key);
        self.unknown += usize::from(end.unknown);
        self.ends.insert(key, end);
    }

    /// Adds to the one that is pending. Returns whether there is none.
    pub(super) fn ask(&mut self, key: RecordKey, end: PendingEnd) -> bool {
        let pending = self.remove(&key);
        let is_new = pending.is_none();
        self.insert(key, pending.map_or(end.clone(), |pending| pending.and(end)));
        is_new
    }

    pub(super) fn remove(&mut self, key: &RecordKey) -> Option<PendingEnd> {
        let end = self.ends.remove(key)?;
        self.unknown -= usize::from(end.unknown);
        Some(end)
    }

    /// Forgets one of a session that was not in memory, where more than `most` of those are
    /// pending.
    pub(super) fn limit(&mut self, key: RecordKey, most: usize) {
        if self.unknown > most && self.ends.get(&key).is_some_and(|end| end.unknown) {
            self.remove(&key);
        }
    }
}

/// An insertion in doubt: repeated as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) not_after: CollectionTime,
    pub(super) epoch: Epoch,
    /// How many attempts may be applied, or may yet be.
    pub(super) attempts: u32,
}

/// Loads of one session that are under way.
#[derive(Default)]
pub(super) struct Loading {
    /// Tells it from later loads of the same session.
    pub(super) number: u64,
    /// How the session has ended since they began, and whether it was the collection that said so.
    pub(super) ended: Option<(Tombstone, bool)>,
    /// What was wrong, if the collection could not be asked.
    pub(super) failure: Arc<OnceLock<CollectionError>>,
    /// By when they came.
    pub(super) waiters: BTreeMap<u64, Waker>,
}
