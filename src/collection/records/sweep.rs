//! What is listed, what ends by itself, and what is forgotten.

use super::head::NEVER;
use super::slots::Slot;
use super::table::{Records, Write};
use crate::collection::error::CollectionError;
use crate::collection::key::Fingerprint;
use crate::collection::outcome::{Change, Expired, Feed, Opened};
use crate::collection::record::StoredEnd;
use crate::collection::stamp::{CollectionTime, Cursor};
use crate::end::EndReason;

impl Records {
    /// How the collection stands. The first fingerprint is kept.
    pub(crate) fn open(
        &mut self,
        now: CollectionTime,
        fingerprint: Fingerprint,
    ) -> Result<Opened, CollectionError> {
        if *self.meta.fingerprint.get_or_insert(fingerprint) != fingerprint {
            return Err(CollectionError::OtherKey);
        }
        Ok(Opened { stamp: self.stamp(now), floor: self.meta.floor })
    }

    /// What ended and what changed after a place.
    pub(crate) fn feed(&self, now: CollectionTime, after: Cursor, at_most: usize) -> Feed {
        let stamp = self.stamp(now);
        let known = self.meta.floor..=self.meta.seq;
        if after.epoch != self.meta.epoch || !known.contains(&after.seq) {
            return Feed { stamp, changes: Vec::new(), upto: stamp.seq, more: false, gap: true };
        }
        let mut entries = self.log.after(after.seq);
        let (mut changes, mut upto) = (Vec::new(), after.seq);
        for (seq, row) in entries.by_ref().take(at_most) {
            upto = seq;
            changes.push(match self.slots.get(row) {
                Slot::Live(key, live) => (*key, Change::Updated { version: live.head.version }),
                Slot::End(key, end) => (*key, Change::Ended(Box::new(end.stored()))),
                Slot::Vacant { .. } => continue,
            });
        }
        let more = entries.next().is_some();
        Feed { stamp, changes, upto: if more { upto } else { stamp.seq }, more, gap: false }
    }

    /// Ends what is past its timeouts, and forgets what is old, at most so much of both.
    pub(crate) fn expire(
        &mut self,
        now: CollectionTime,
        at_most: usize,
        writes: &mut Vec<Write>,
    ) -> Expired {
        let stamp = self.stamp(now);
        let mut expired = Expired { stamp, ended: 0, forgotten: 0, more: false };
        for _ in 0..at_most {
            if !self.expire_one(now, &mut expired, writes) {
                return expired;
            }
        }
        expired.more = self.is_anything_old(now) || self.next_due(now).is_some();
        expired
    }

    /// Forgets every end and every note of a change.
    pub(crate) fn prune(&mut self, writes: &mut Vec<Write>) {
        while self.log.first().is_some() {
            self.forget_first(writes);
        }
    }

    fn expire_one(
        &mut self,
        now: CollectionTime,
        expired: &mut Expired,
        writes: &mut Vec<Write>,
    ) -> bool {
        if self.is_anything_old(now) {
            expired.forgotten += 1;
            self.forget_first(writes);
        } else if let Some(row) = self.next_due(now) {
            let past = self.slots.live(row).is_some_and(|live| live.head.is_past_deadline(now));
            let reason = if past { EndReason::AbsoluteTimeout } else { EndReason::IdleTimeout };
            writes.extend(self.slots.key(row).map(Write::End));
            self.end(row, StoredEnd::new(reason.as_str(), now, 0));
            expired.ended += 1;
        } else {
            return false;
        }
        true
    }

    fn next_due(&mut self, now: CollectionTime) -> Option<u32> {
        let Self { expiry, slots, policy, .. } = self;
        expiry.due(now, |row| slots.live(row).map_or(NEVER, |live| live.head.due(policy)))
    }

    fn is_anything_old(&self, now: CollectionTime) -> bool {
        self.log.first().is_some_and(|(_, entry)| now.since(entry.at) > self.policy.keep_ends)
    }

    /// Forgets the oldest entry of the log.
    fn forget_first(&mut self, writes: &mut Vec<Write>) {
        let Some((seq, entry)) = self.log.first() else { return };
        self.log.remove(seq);
        self.meta.floor = seq;
        if let Some(live) = self.slots.live_mut(entry.row) {
            live.noted = 0;
        } else {
            writes.extend(self.slots.key(entry.row).map(Write::Forgotten));
            self.slots.remove(entry.row);
        }
    }
}
