//! What a node notes of ends.

use super::data::Synced;
use super::node::Node;
use super::pending::PendingEnd;
use super::rotations::KeyedId;
use crate::collection::{CollectionTime, RecordKey};
use crate::end::{EndReason, Tombstone};
use crate::id::SessionId;
use crate::tick::Tick;

impl Node {
    /// A session has ended here: the collection is to be told, unless it told this node.
    pub(super) fn end(
        &mut self,
        key: RecordKey,
        id: SessionId,
        tombstone: Tombstone,
        synced: Synced,
    ) {
        self.note_end(key, tombstone, synced.ended);
        // Each id that it had, and that the collection may still know it by.
        let mut names = self.rotations.take(key);
        names.push((key, id));
        if synced.ended {
            for (key, _) in &names {
                self.doubts.remove(key);
            }
            return;
        }
        if !synced.may_be_known() && !self.doubts.contains_key(&names[0].0) {
            return;
        }
        let mut older = None;
        for (at, id) in names {
            // A rotation that is late finds the end of the older id, or nothing: no fence for that.
            let end = PendingEnd { older, ..PendingEnd::new(at, id, tombstone, self.fence(at)) };
            self.ask_for_end(at, end);
            older = Some(at);
        }
    }

    /// Until when an insertion may yet arrive.
    fn fence(&self, key: RecordKey) -> Option<CollectionTime> {
        self.doubts.get(&key).map(|doubt| doubt.not_after)
    }

    /// Returns whether it was not pending.
    fn ask_for_end(&mut self, key: RecordKey, mut end: PendingEnd) -> bool {
        self.ends_asked += 1;
        end.number = self.ends_asked;
        self.ends.ask(key, end)
    }

    /// The keys under which the end of a session is pending, that one first.
    pub(super) fn ends_of(&self, key: RecordKey) -> Vec<RecordKey> {
        let older = |key: &RecordKey| self.ends.get(key).and_then(|end| end.older);
        // Ids of the application's own may lead back to each other.
        std::iter::successors(Some(key), older).take(self.ends.len() + 1).collect()
    }

    /// A session ended, here or elsewhere: a load that is under way must not bring it in.
    pub(super) fn note_end(&mut self, key: RecordKey, tombstone: Tombstone, acknowledged: bool) {
        if let Some(loading) = self.loads.get_mut(&key) {
            let untold = loading.ended.filter(|(_, acknowledged)| !acknowledged);
            loading.ended = untold.or(Some((tombstone, acknowledged)));
        }
        self.touches.remove(&key);
    }

    /// The session that the collection has under an id is to end.
    pub(super) fn end_elsewhere(&mut self, key: RecordKey, id: SessionId, tombstone: Tombstone) {
        self.note_end(key, tombstone, false);
        self.ask_for_end(key, PendingEnd::new(key, id, tombstone, self.fence(key)));
    }

    /// As [`end_elsewhere`](Node::end_elsewhere), of an id that anybody may have given. Returns
    /// whether it was not pending.
    pub(super) fn end_unknown(
        &mut self,
        key: RecordKey,
        id: SessionId,
        tombstone: Tombstone,
    ) -> bool {
        self.note_end(key, tombstone, false);
        let end = PendingEnd::new(key, id, tombstone, self.fence(key));
        self.ask_for_end(key, PendingEnd { unknown: true, ..end })
    }

    /// The collection has acknowledged an end.
    pub(super) fn end_acknowledged(&mut self, end: PendingEnd, now: Tick) {
        self.recent.note(end, now);
    }

    /// The collection has acknowledged that a session has lost this id.
    pub(super) fn rotation_acknowledged(&mut self, now: RecordKey, from: KeyedId, at: Tick) {
        let stays = self.rotations.holder(from.0).map(|(_, next)| next);
        if stays.is_some() {
            let end = PendingEnd { stays, ..PendingEnd::of(from.0, from.1, EndReason::Replaced) };
            self.recent.note(end, at);
        }
        self.rotations.acknowledged(now, from.0);
    }

    /// The collection was opened, in this run of its server. If that is another than before, what
    /// was acknowledged of late may be lost, and is told once more.
    pub(super) fn opened_in(&mut self, run: u64, now: Tick) {
        let before = self.recent.run();
        let again = self.recent.opened(run, now);
        if before != self.recent.run() {
            self.forget_principal_ended();
        }
        for end in again {
            if let Some(pending) = self.ends.remove(&end.at) {
                // From the start, wherever it had gone on to: that may be lost.
                self.ends.insert(end.at, PendingEnd { at: end.at, id: end.id, ..pending });
            }
            // A rotation that was lost too may arrive again, and bring back what it led to.
            self.ask_for_end(end.at, PendingEnd { fence: Some(CollectionTime::LAST), ..end });
        }
    }
}
