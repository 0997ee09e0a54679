//! What a node knows beside its sessions. Plain data: a lock of its own guards it, a leaf.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::counts::Counts;
use super::data::{Asked, GENERATIONS, Synced};
use super::misses::Misses;
use super::pending::{Doubt, Loading, PendingEnd};
use super::report::RefreshReport;
use super::rotations::{Named, Rotations};
use super::translation::Translation;
use crate::collection::{Cursor, Op, Opened, RecordKey, Request, Stamp};
use crate::end::Tombstone;
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
    /// How often one session became so.
    pub(super) suspicions: u64,
    pub(super) clock: Option<Translation>,
    pub(super) ends: HashMap<RecordKey, PendingEnd>,
    /// How often an end was asked for.
    asked: u64,
    pub(super) rotations: Rotations,
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

    /// What is known now, where a session is asked for.
    pub(super) fn asking(&self) -> Asked {
        Asked { generation: self.generation, suspicions: self.suspicions }
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
            // Back, too: a collection that was put back to an older state gives the same out again.
            own.seq = upto.seq;
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
        self.heard_end(key, tombstone, synced.ended);
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
        let reason = tombstone.reason();
        let mut older = None;
        for (at, id) in names {
            let fence = older.is_some() || self.doubts.contains_key(&at);
            let tombstone = Some(tombstone);
            let end = PendingEnd { at, id, reason, tombstone, fence, older, asked: 0 };
            self.ask_for_end(at, end);
            older = Some(at);
        }
    }

    /// Returns whether it was not pending.
    fn ask_for_end(&mut self, key: RecordKey, mut end: PendingEnd) -> bool {
        self.asked += 1;
        end.asked = self.asked;
        match self.ends.entry(key) {
            Entry::Occupied(mut pending) => {
                let pending = pending.get_mut();
                pending.fence |= end.fence;
                pending.older = pending.older.or(end.older);
                pending.asked = end.asked;
                false
            }
            Entry::Vacant(vacant) => {
                vacant.insert(end);
                true
            }
        }
    }

    /// The keys under which the end of a session is pending, that one first.
    pub(super) fn ends_of(&self, key: RecordKey) -> Vec<RecordKey> {
        let older = |key: &RecordKey| self.ends.get(key).and_then(|end| end.older);
        std::iter::successors(Some(key), older).collect()
    }

    /// A session ended, here or elsewhere: a load that is under way must not bring it in.
    pub(super) fn heard_end(&mut self, key: RecordKey, tombstone: Tombstone, told: bool) {
        if let Some(loading) = self.loads.get_mut(&key) {
            let untold = loading.ended.filter(|(_, told)| !told);
            loading.ended = untold.or(Some((tombstone, told)));
        }
        self.touches.remove(&key);
    }

    /// A session that is not in memory is to end: the collection is to be told. Returns whether it
    /// was not pending.
    pub(super) fn end_elsewhere(
        &mut self,
        key: RecordKey,
        id: SessionId,
        tombstone: Tombstone,
    ) -> bool {
        self.heard_end(key, tombstone, false);
        let (reason, tombstone) = (tombstone.reason(), Some(tombstone));
        let fence = self.doubts.contains_key(&key);
        let older = None;
        let end = PendingEnd { at: key, id, reason, tombstone, fence, older, asked: 0 };
        self.ask_for_end(key, end)
    }

    /// A session was given another id here, which the collection is to be told if it knows the
    /// session, or may.
    pub(super) fn rotate(&mut self, old: Named, new: Named, known: bool) {
        if known || self.rotations.is_pending(old.0) || self.doubts.contains_key(&old.0) {
            self.rotations.add(old, new);
        }
    }

    /// Forgets an end where so many are pending.
    pub(super) fn limit_ends(&mut self, key: RecordKey, most: usize) {
        if self.ends.len() > most {
            self.ends.remove(&key);
        }
    }

    /// A session leaves this node's memory, last active at a time that the collection does not
    /// know. It must stay if the collection knows it by another id: then it would not be found.
    pub(super) fn unload(&mut self, key: RecordKey, last_active: Option<Tick>) -> bool {
        if self.rotations.is_pending(key) {
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

    /// A request is about to be sent. An insertion in doubt is repeated as it was.
    pub(super) fn sending(&mut self, request: &mut Request) {
        if let Op::Insert { not_after, epoch, .. } = &mut request.op {
            let new = Doubt { not_after: *not_after, epoch: *epoch, attempts: 0 };
            let doubt = self.doubts.entry(request.key).or_insert(new);
            doubt.attempts += 1;
            (*not_after, *epoch) = (doubt.not_after, doubt.epoch);
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
