//! What is listed, what expires, and what is forgotten.

use std::time::Duration;

use tenure::collection::{
    Change, CollectionTime, Cursor, Expired, Feed, RecordKey, StoredEnd, StoredSession,
};

use super::ops::kept;
use super::{Record, State};

impl State {
    /// The log, as it is in the records.
    fn log(&self) -> Vec<(u64, CollectionTime, RecordKey)> {
        let entry = |(key, record): (&RecordKey, &Record)| match record {
            Record::Live { noted, .. } => noted.map(|(seq, at)| (seq, at, *key)),
            Record::End(end) => Some((end.seq, end.at, *key)),
        };
        let mut log: Vec<_> = self.records.iter().filter_map(entry).collect();
        log.sort_unstable();
        log
    }

    pub(super) fn feed(&self, now: CollectionTime, after: Cursor, at_most: usize) -> Feed {
        let stamp = self.stamp(now);
        let gap = after.epoch != self.epoch && self.on("feed: of this epoch")
            || after.seq < self.floor && self.on("feed: not below the floor")
            || after.seq > self.seq && self.on("feed: not what is to come");
        if gap {
            return Feed { stamp, changes: Vec::new(), upto: self.seq, more: false, gap };
        }
        let mut log = self.log();
        log.retain(|(seq, ..)| *seq > after.seq);
        let at_most = at_most + usize::from(!self.on("feed: at most so many"));
        let more = log.len() > at_most && self.on("feed: whether there is more");
        log.truncate(at_most);
        if !self.on("feed: in order") {
            log.reverse();
        }
        let ends_only = !self.on("feed: changes");
        log.retain(|(_, _, key)| !ends_only || matches!(self.records[key], Record::End(_)));
        let upto = match log.last() {
            Some((seq, ..)) if more => *seq - u64::from(!self.on("feed: where to go on")),
            _ => self.seq,
        };
        let changes = log.into_iter().map(|(_, _, key)| match &self.records[&key] {
            Record::Live { session, .. } => (key, Change::Updated { version: session.version }),
            Record::End(end) => (key, Change::Ended(Box::new(end.clone()))),
        });
        Feed { stamp, changes: changes.collect(), upto, more, gap }
    }

    /// Why a session ends by itself now, if it does.
    fn due(&self, now: CollectionTime, session: &StoredSession) -> Option<&'static str> {
        let busy = session.busy_until > now;
        let past = session.deadline.is_some_and(|deadline| now >= deadline);
        let grace = if self.on("expire: the deadline has no grace") {
            past
        } else {
            past && session.deadline.is_some_and(|end| now >= end.saturating_add(self.policy.grace))
        };
        if grace && (!busy || self.on("expire: past the deadline in use")) {
            return Some("absolute_timeout").filter(|_| self.on("expire: at the deadline"));
        }
        let mut spans = self.policy.grace + self.policy.hold;
        if !self.on("expire: not in the hold") {
            spans = self.policy.grace;
        }
        let late = Duration::from_micros(u64::from(!self.on("expire: when due")));
        let idle = kept(session, spans + late).is_some_and(|end| now >= end);
        let spared = busy && self.on("expire: not in use");
        let reason = if self.on("expire: the reason") { "idle_timeout" } else { "expired" };
        (idle && !spared && self.on("expire: idle")).then_some(reason)
    }

    pub(super) fn expire(&mut self, now: CollectionTime, at_most: usize) -> Expired {
        let stamp = self.stamp(now);
        let mut expired = Expired { stamp, ended: 0, forgotten: 0, more: false };
        let in_time = self.on("expire: no end before its time");
        let keep = if in_time { self.policy.keep_ends } else { Duration::ZERO };
        let forgets = |at: CollectionTime| now.since(at) > keep;
        let due = self.records.iter().filter_map(|(key, record)| match record {
            Record::Live { session, .. } => Some((*key, self.due(now, session)?)),
            Record::End(_) => None,
        });
        let due: Vec<_> = due.collect();
        let mut old: Vec<_> = self.log();
        old.retain(|(_, at, _)| forgets(*at) && self.on("expire: forgets"));
        let mut all = old.len() + due.len();
        let budget = if self.on("expire: at most so many") { at_most } else { usize::MAX };
        for (seq, _, key) in old.into_iter().take(budget) {
            if let Some(Record::Live { noted, .. }) = self.records.get_mut(&key) {
                *noted = None;
            } else {
                self.records.remove(&key);
            }
            expired.forgotten += 1;
            if self.on("expire: the floor") {
                self.floor = seq;
            }
        }
        let left = budget.saturating_sub(usize::try_from(expired.forgotten).unwrap());
        for (key, reason) in due.into_iter().take(left) {
            if self.on("expire: a seq") {
                self.end(key, StoredEnd::new(reason, now, 0));
            } else {
                let end = StoredEnd::new(reason, now, self.seq);
                self.records.insert(key, Record::End(end));
            }
            expired.ended += 1;
        }
        all -= usize::try_from(expired.ended + expired.forgotten).unwrap();
        expired.more = all > 0 && self.on("expire: whether there is more");
        expired
    }
}
