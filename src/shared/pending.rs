//! What the collection is yet to be told, or to answer.

use std::collections::BTreeMap;
use std::task::Waker;

use crate::collection::{CollectionTime, Epoch, RecordKey};
use crate::end::{EndReason, Tombstone};
use crate::id::SessionId;

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
    /// In which run of the server it was told.
    pub(super) run: u64,
    /// Tells when it was asked for last: that there was nothing before answers nobody since.
    pub(super) asked: u64,
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
        Self { at, id, reason, tombstone, fence, older, stays, run: 0, asked: 0 }
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
    /// By when they came.
    pub(super) waiters: BTreeMap<u64, Waker>,
}
