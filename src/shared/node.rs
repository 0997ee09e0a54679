//! What a node knows beside its sessions. Plain data: a lock of its own guards it, a leaf.

use std::collections::HashMap;

use super::counts::Counts;
use super::data::{GENERATIONS, Synced};
use super::misses::Misses;
use super::pending::{Doubt, Loading, PendingEnd, PendingRotation};
use super::report::RefreshReport;
use super::translation::Translation;
use crate::collection::{Cursor, Op, Opened, RecordKey, Request, Stamp};
use crate::end::{EndReason, Tombstone};
use crate::id::SessionId;
use crate::tick::Tick;

/// All of it.
#[derive(Default)]
pub(super) struct Node {
    /// The place in the feed up to which this node has heard all.
    cursor: Option<Cursor>,
    /// How often it took another epoch for its own.
    adoptions: u64,
    /// Changes where all that is held becomes suspect.
    generation: u16,
    pub(super) clock: Option<Translation>,
    pub(super) ends: HashMap<RecordKey, PendingEnd>,
    last_end: u64,
    pub(super) rotations: Vec<PendingRotation>,
    /// Touches of sessions that were unloaded before the collection knew of them.
    pub(super) touches: HashMap<RecordKey, Tick>,
    /// Insertions that may have been applied, or may yet be.
    pub(super) doubts: HashMap<RecordKey, Doubt>,
    pub(super) loads: HashMap<RecordKey, Loading>,
    pub(super) next_load: u64,
    pub(super) misses: Misses,
    pub(super) refreshing: bool,
    pub(super) counts: Counts,
}

impl Node {
    pub(super) fn generation(&self) -> u16 {
        self.generation
    }

    pub(super) fn adoptions(&self) -> u64 {
        self.adoptions
    }

    /// The place in the feed from which to go on. There must have been an [`open`](Node::open).
    pub(super) fn cursor(&self) -> Option<Cursor> {
        self.cursor
    }

    /// Notes how the collection stands, as it answered a call that began before `adoptions`.
    pub(super) fn open(&mut self, opened: &Opened, clock: Translation, adoptions: u64) {
        let Opened { stamp, .. } = *opened;
        if adoptions != self.adoptions && self.cursor.is_some_and(|own| own.epoch != stamp.epoch) {
            // The answer is older than the epoch that this node has.
            return;
        }
        self.clock = Some(clock);
        match self.cursor {
            Some(own) if own.epoch == stamp.epoch => {}
            before => {
                // Nothing that was heard before this is of this epoch.
                self.cursor = Some(stamp.cursor());
                self.adoptions += 1;
                if before.is_some() {
                    self.suspect_all();
                }
            }
        }
    }

    /// The feed was heard up to here.
    pub(super) fn fed(&mut self, upto: Cursor, gap: bool) {
        if let Some(own) = &mut self.cursor
            && own.epoch == upto.epoch
        {
            own.seq = own.seq.max(upto.seq);
        }
        if gap {
            self.suspect_all();
        }
    }

    fn suspect_all(&mut self) {
        self.generation = (self.generation + 1) % GENERATIONS;
    }

    /// Whether what a collection gave out with this stamp is no older than what this node knows.
    pub(super) fn is_current(&self, stamp: &Stamp) -> bool {
        self.cursor.is_some_and(|own| own.epoch == stamp.epoch && own.seq <= stamp.seq)
    }

    /// A session has ended here: the collection is to be told, unless it told this node.
    pub(super) fn end(
        &mut self,
        key: RecordKey,
        id: SessionId,
        tombstone: Tombstone,
        synced: Synced,
    ) {
        self.heard_end(key, tombstone);
        if synced.ended {
            self.rotations.retain(|rotation| rotation.new.0 != key);
            return;
        }
        let reason = tombstone.reason();
        // Each id that it had, and that the collection may still know it by.
        let (mut key, mut id, mut known) = (key, id, synced.known);
        loop {
            let doubt = self.doubts.contains_key(&key);
            let rotation = self.rotations.iter().rposition(|rotation| rotation.new.0 == key);
            if known || doubt || rotation.is_some() {
                let fence = doubt || rotation.is_some();
                self.add_end(
                    key,
                    PendingEnd { id, reason, tombstone: Some(tombstone), fence, number: 0 },
                );
            }
            let Some(rotation) = rotation else { break };
            (key, id) = self.rotations.remove(rotation).old;
            known = true;
        }
    }

    /// A session ended, here or elsewhere: a load that is under way must not bring it in.
    pub(super) fn heard_end(&mut self, key: RecordKey, tombstone: Tombstone) {
        if let Some(loading) = self.loads.get_mut(&key) {
            loading.ended = Some(tombstone);
        }
        self.touches.remove(&key);
    }

    /// A session that is not in memory is to end: the collection is to be told.
    pub(super) fn end_elsewhere(&mut self, key: RecordKey, id: SessionId, tombstone: Tombstone) {
        self.heard_end(key, tombstone);
        let (reason, tombstone) = (tombstone.reason(), Some(tombstone));
        let fence = self.doubts.contains_key(&key);
        self.add_end(key, PendingEnd { id, reason, tombstone, fence, number: 0 });
    }

    /// Notes an end that the collection is to be told, unless one is pending. Returns what is
    /// pending.
    pub(super) fn add_end(&mut self, key: RecordKey, end: PendingEnd) -> PendingEnd {
        self.last_end += 1;
        let number = self.last_end;
        self.ends.entry(key).or_insert(PendingEnd { number, ..end }).clone()
    }

    /// A session was given another id here, which the collection is to be told.
    pub(super) fn rotate(
        &mut self,
        old: (RecordKey, SessionId),
        new: (RecordKey, SessionId),
        known: bool,
    ) {
        let pending = self.rotations.iter().any(|rotation| rotation.new.0 == old.0);
        if known || pending {
            self.rotations.push(PendingRotation { old, new });
        } else if self.doubts.contains_key(&old.0) {
            // It is put in under its new id; under the old one it must not be.
            let reason = EndReason::Replaced;
            let end = PendingEnd { id: old.1, reason, tombstone: None, fence: true, number: 0 };
            self.add_end(old.0, end);
        }
    }

    /// Forgets an end where so many are pending.
    pub(super) fn limit_ends(&mut self, key: RecordKey, most: usize) {
        if self.ends.len() > most {
            self.ends.remove(&key);
        }
    }

    /// The rotations that led to this id and are not acknowledged, in their order.
    pub(super) fn rotations_to(&self, key: RecordKey) -> Vec<PendingRotation> {
        let (mut key, mut found) = (key, Vec::new());
        for rotation in self.rotations.iter().rev() {
            if rotation.new.0 == key {
                key = rotation.old.0;
                found.push(*rotation);
            }
        }
        found.reverse();
        found
    }

    /// A session leaves this node's memory, last active at a time that the collection does not
    /// know. It must stay if the collection knows it by another id: then it would not be found.
    pub(super) fn unload(&mut self, key: RecordKey, last_active: Option<Tick>) -> bool {
        if self.rotations.iter().any(|rotation| rotation.new.0 == key) {
            return false;
        }
        if let Some(last_active) = last_active {
            let touch = self.touches.entry(key).or_insert(last_active);
            *touch = last_active.max(*touch);
        }
        true
    }

    /// The collection was told of a touch.
    pub(super) fn touched(&mut self, key: RecordKey, used: Tick) {
        if self.touches.get(&key).is_some_and(|touch| *touch <= used) {
            self.touches.remove(&key);
        }
    }

    /// A refresh is over that began then.
    pub(super) fn refreshed(&mut self, began: Tick, report: &RefreshReport) {
        self.counts.refreshed(began, report);
    }

    /// A request is about to be sent.
    pub(super) fn sending(&mut self, request: &Request) {
        if let Op::Insert { not_after, epoch, .. } = request.op {
            let new = Doubt { not_after, epoch, attempts: 0 };
            self.doubts.entry(request.key).or_insert(new).attempts += 1;
        }
    }

    /// An attempt of an insertion was not applied. Returns whether others may be.
    pub(super) fn not_applied(&mut self, key: RecordKey) -> bool {
        let Some(doubt) = self.doubts.get_mut(&key) else { return false };
        doubt.attempts = doubt.attempts.saturating_sub(1);
        let others = doubt.attempts > 0;
        if !others {
            self.doubts.remove(&key);
        }
        others
    }
}
