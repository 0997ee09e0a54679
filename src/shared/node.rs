//! What a node knows beside its sessions. Plain data: a lock of its own guards it, a leaf.

use std::collections::HashMap;

use super::alarm::Alarm;
use super::counts::Counts;
use super::data::{AsOf, GENERATIONS};
use super::misses::Misses;
use super::pending::{Doubt, Loading, PendingEnds};
use super::recent::Recent;
use super::rotations::{KeyedId, Rotations};
use super::translation::Translation;
use super::turns::Turns;
use crate::collection::{Cursor, Op, Opened, RecordKey, Request, Stamp};
use crate::tick::Tick;

/// All of it.
#[derive(Default)]
pub(super) struct Node {
    /// The place in the feed up to which this node has read everything.
    cursor: Option<Cursor>,
    /// Where the feed was, at least, as the sessions of a principal had ended: the feed of this
    /// node may be behind.
    principal_ended: Option<Cursor>,
    /// The place up to which a refresh has heard, and is looking for the sessions.
    hearing: Option<Cursor>,
    /// How often it took another epoch for its own.
    adoptions: u64,
    /// Changes where all that is held becomes suspect.
    generation: u16,
    /// How often one session became so.
    pub(super) suspicions: u64,
    /// Whether there may be sessions of which it is not known whether they have ended.
    doubtful: bool,
    pub(super) clock: Option<Translation>,
    pub(super) ends: PendingEnds,
    /// How many ends were asked for.
    pub(super) ends_asked: u64,
    /// Ends that the collection has acknowledged of late.
    pub(super) recent: Recent,
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
    pub(super) alarm: Alarm,
    pub(super) turns: Turns,
}

impl Node {
    pub(super) fn generation(&self) -> u16 {
        self.generation
    }

    /// What is known now, for a request about a session.
    pub(super) fn as_of(&self) -> AsOf {
        AsOf { generation: self.generation, suspicions: self.suspicions }
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
                // Nothing that was read before this is of this epoch.
                self.cursor = Some(stamp.cursor());
                self.adoptions += 1;
                if before.is_some() {
                    self.suspect_all();
                }
            }
        }
    }

    /// The feed was heard up to here, and the sessions are to be looked for. What is loaded
    /// meanwhile, and older than that, may not be met.
    pub(super) fn hears(&mut self, upto: Cursor) {
        self.hearing = Some(upto);
    }

    /// The feed was heard up to here.
    pub(super) fn end_of_feed(&mut self, upto: Cursor, gap: bool) {
        self.hearing = None;
        if let Some(own) = &mut self.cursor
            && own.epoch == upto.epoch
        {
            // Backwards too: a collection restored to an older state uses the same seqs again.
            own.seq = upto.seq;
            self.principal_ended = self.principal_ended.filter(|ended| ended.seq > upto.seq);
        }
        if gap {
            self.suspect_all();
        }
    }

    pub(super) fn suspect_all(&mut self) {
        self.generation = (self.generation + 1) % GENERATIONS;
        self.doubtful = true;
    }

    /// One session became suspect; `doubtful` if it is not known whether it has ended.
    pub(super) fn suspect_one(&mut self, doubtful: bool) {
        self.suspicions += 1;
        self.doubtful |= doubtful;
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    /// All sessions were looked at since this was known, and none was in doubt.
    pub(super) fn certain_since(&mut self, as_of: AsOf) {
        self.doubtful &= self.as_of() != as_of;
    }

    /// Whether what a collection gave out with this stamp is no older than what this node knows.
    pub(super) fn is_current(&self, stamp: &Stamp) -> bool {
        let is_before = |known: &Cursor| known.epoch == stamp.epoch && known.seq > stamp.seq;
        let known = [self.cursor, self.principal_ended, self.hearing];
        self.cursor.is_some_and(|own| own.epoch == stamp.epoch)
            && !known.iter().flatten().any(is_before)
    }

    /// The sessions of a principal have ended in the collection: what it gave out before that may
    /// be one of them, though no end of it was told.
    pub(super) fn principal_ended(&mut self, at: Cursor) {
        let before = self.principal_ended.filter(|before| before.epoch == at.epoch);
        self.principal_ended = Some(before.filter(|before| before.seq > at.seq).unwrap_or(at));
    }

    /// The collection is in another run: it may have lost what it acknowledged.
    pub(super) fn forget_principal_ended(&mut self) {
        self.principal_ended = None;
    }

    /// A session was given another id here, which the collection is to be told if it knows the
    /// session, or may.
    pub(super) fn rotate(&mut self, old: KeyedId, new: KeyedId, known: bool) {
        if known || self.rotations.is_pending(old.0) || self.doubts.contains_key(&old.0) {
            self.rotations.add(old, new);
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
