//! What is listed, what expires, and that all is as it was written.

use super::twin::Twin;
use crate::collection::key::RecordKey;
use crate::collection::outcome::Change;
use crate::collection::record::StoredEnd;
use crate::collection::records::head::Note;
use crate::collection::records::table::{Kept, Write};
use crate::collection::stamp::{CollectionTime, Cursor};

impl Twin {
    pub(super) fn expire(&mut self, now: CollectionTime, at_most: usize) {
        let due = |twin: &Self| {
            let heads = twin.under(None);
            heads.iter().filter(|(_, head)| twin.due(head) <= now.as_micros()).count() as u64
        };
        let before = due(self);
        let mut writes: Vec<Write> = Vec::new();
        let expired = self.records.expire(now, at_most, &mut writes);
        self.write(&writes, None);
        assert_eq!(due(self), before - expired.ended);
        let floor = self.records.meta().floor;
        self.kept.values_mut().for_each(|(kept, _)| match kept {
            Kept::Live { note, .. } => *note = note.filter(|note| note.seq > floor),
            Kept::Ended(end) => assert!(end.seq > floor),
        });
        assert!(expired.ended + expired.forgotten <= at_most as u64);
        let old = |at: CollectionTime| now.since(at) > self.policy.keep_ends;
        let is_old = self.kept.values().any(|(kept, _)| match kept {
            Kept::Live { note, .. } => note.is_some_and(|note| old(note.at)),
            Kept::Ended(end) => old(end.at),
        });
        assert_eq!(expired.more, is_old || due(self) > 0);
    }

    /// The feed, in pages of three.
    pub(super) fn feed(&self, now: CollectionTime) -> Vec<(u64, RecordKey)> {
        let meta = self.records.meta();
        let mut after = Cursor { epoch: meta.epoch, seq: meta.floor };
        let mut all = Vec::new();
        loop {
            let feed = self.records.feed(now, after, 3);
            assert!(!feed.gap && feed.changes.len() <= 3);
            for (key, change) in &feed.changes {
                let seq = match (change, self.kept.get(key)) {
                    (Change::Ended(end), _) => end.seq,
                    (Change::Updated { version }, Some((Kept::Live { head, note }, _))) => {
                        assert_eq!(head.version, *version);
                        note.expect("a note").seq
                    }
                    other => panic!("{other:?}"),
                };
                all.push((seq, *key));
            }
            after.seq = feed.upto;
            if !feed.more {
                assert_eq!(after.seq, meta.seq);
                return all;
            }
        }
    }

    pub(super) fn check(&self, now: CollectionTime) {
        assert_eq!(self.records.live(), self.under(None).len());
        let mut noted: Vec<_> = Vec::new();
        for (key, (kept, _)) in &self.kept {
            assert_eq!(self.records.get(*key).as_ref(), Some(kept));
            match kept {
                Kept::Live { note, .. } => noted.extend(note.map(|Note { seq, .. }| (seq, *key))),
                Kept::Ended(StoredEnd { seq, .. }) => noted.push((*seq, *key)),
            }
        }
        noted.sort_unstable();
        assert_eq!(self.feed(now), noted);
    }
}
