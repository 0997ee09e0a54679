//! What is listed, what expires, and that all is as it was written.

use std::collections::BTreeSet;

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
        assert!(self.kept.values().all(|(kept, _)| match kept {
            Kept::Live { .. } => true,
            Kept::Ended(end) => end.seq > floor,
        }));
        assert!(expired.ended + expired.forgotten <= at_most as u64);
        let old = |at: CollectionTime| now.since(at) > self.policy.keep_ends;
        let is_old = self.kept.values().any(|(kept, _)| match kept {
            Kept::Live { note, .. } => note.is_some_and(|note| note.seq > floor && old(note.at)),
            Kept::Ended(end) => old(end.at),
        });
        assert_eq!(expired.more, is_old || due(self) > 0);
    }

    pub(super) fn end_principal(
        &mut self,
        now: CollectionTime,
        name: u8,
        spared: RecordKey,
        at_most: usize,
    ) {
        let name = format!("p{name}");
        if !self.records.knows_principals() {
            let names = self.kept.iter().filter_map(|(key, (_, name))| Some((*key, name.clone()?)));
            self.records.learn_principals(names);
        }
        let meant = |twin: &Self| {
            let under = twin.under(Some(&name)).into_iter().map(|(key, _)| key);
            under.filter(|key| *key != spared).collect::<Vec<_>>()
        };
        let (before, mut writes) = (meant(self), Vec::new());
        let of = (name.as_str(), "killed");
        let ended = self.records.end_principal(now, of, &[spared], at_most, &mut writes);
        self.write(&writes, None);
        let left = meant(self);
        assert_eq!(ended.ended.len(), before.len().min(at_most));
        assert_eq!((left.len(), ended.more), (before.len() - ended.ended.len(), !left.is_empty()));
        for (key, end) in &ended.ended {
            assert_eq!(self.kept[key].0, Kept::Ended(end.clone()));
        }
    }

    /// The feed, in pages of three.
    pub(super) fn feed(&mut self, now: CollectionTime) -> Vec<(u64, RecordKey)> {
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

    pub(super) fn check(&mut self, now: CollectionTime) {
        let floor = self.records.meta().floor;
        let mut noted: Vec<_> = Vec::new();
        for (key, (kept, _)) in &self.kept {
            // That a change is forgotten is written nowhere: the floor says so.
            let kept = match kept.clone() {
                Kept::Live { head, note } => {
                    Kept::Live { head, note: note.filter(|note| note.seq > floor) }
                }
                end @ Kept::Ended(_) => end,
            };
            assert_eq!(self.records.get(*key).as_ref(), Some(&kept));
            match kept {
                Kept::Live { note, .. } => noted.extend(note.map(|Note { seq, .. }| (seq, *key))),
                Kept::Ended(StoredEnd { seq, .. }) => noted.push((seq, *key)),
            }
        }
        noted.sort_unstable();
        assert_eq!(self.feed(now), noted);
        self.check_sizes();
    }

    /// Nothing is kept of what is gone.
    fn check_sizes(&self) {
        let (records, live) = (&self.records, self.under(None));
        assert_eq!(records.live(), live.len());
        let due = live.iter().filter(|(_, head)| self.due(head) < u64::MAX).count();
        assert_eq!(records.expiry.len(), due);
        let names = self.kept.values().filter_map(|(_, name)| name.as_deref());
        let names: Vec<&str> = names.collect();
        if let Some(ages) = &records.ages {
            assert_eq!(ages.len(), live.len());
        }
        if let Some(ages) = &records.ages_by_principal {
            assert_eq!(ages.len(), names.len());
        }
        if records.by_principal {
            let distinct: BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(records.principals.sizes(), (distinct.len(), names.len()));
            assert_eq!(records.of_principal.len(), names.len());
        }
        let (found, rows) = records.slots.sizes();
        assert_eq!(found, self.kept.len());
        // There are no more keys than these.
        assert!(rows <= 16, "{rows} rows");
    }
}
