//! All that decides, and the steps that keep it in accord.

use std::collections::HashSet;

use super::head::{End, Head, Live, NEVER, Note};
use super::log::Log;
use super::order::{Order, Times};
use super::principals::{NOBODY, Principals};
use super::slots::{Row, Slot, Slots};
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::policy::Policy;
use crate::collection::record::StoredEnd;
use crate::collection::stamp::{CollectionTime, Epoch, Stamp};
use crate::sync::Arc;

/// What a collection knows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) epoch: Epoch,
    pub(crate) seq: u64,
    pub(crate) floor: u64,
    /// That of the nodes, once one of them has opened it.
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// What a call changed. Besides, it may have changed the [`Meta`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// The head of a session.
    Head(RecordKey),
    /// The head and the data of a session, or all of it: the data is that of the request.
    Session(RecordKey),
    /// The session is under another key now, with the name for logs of the request, and under the
    /// old one is its end.
    Moved { from: RecordKey, to: RecordKey },
    /// There is an end, where there was a session or nothing.
    End(RecordKey),
    /// There is nothing any more.
    Forgotten(RecordKey),
}

/// What is under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Live { head: Head, note: Option<Note> },
    Ended(StoredEnd),
}

/// The decisions of a collection: see the [module](crate::collection).
#[derive(Clone, Debug)]
pub(crate) struct Records {
    pub(super) policy: Policy,
    pub(super) meta: Meta,
    pub(super) slots: Slots,
    pub(super) live: usize,
    pub(super) log: Log,
    /// Where they are limited.
    pub(super) principals: Option<Principals>,
    /// Where the global limit evicts.
    pub(super) ages: Option<Order>,
    /// Where the limit of each principal evicts.
    pub(super) ages_by_principal: Option<Order>,
    pub(super) expiry: Order,
    reasons: HashSet<Arc<str>>,
}

/// More reasons than these are kept for each end apart.
const REASONS: usize = 256;

impl Records {
    /// No records.
    pub(crate) fn new(policy: Policy, meta: Meta) -> Self {
        let evicts = |limit: Option<crate::limits::Limit>| limit.is_some_and(|l| l.evicts());
        Self {
            policy,
            meta,
            slots: Slots::default(),
            live: 0,
            log: Log::default(),
            principals: policy.per_principal.map(|_| Principals::default()),
            ages: evicts(policy.global).then(Order::default),
            ages_by_principal: evicts(policy.per_principal).then(Order::default),
            expiry: Order::default(),
            reasons: HashSet::new(),
        }
    }

    pub(crate) fn meta(&self) -> Meta {
        self.meta
    }

    pub(crate) fn stamp(&self, now: CollectionTime) -> Stamp {
        Stamp { time: now, epoch: self.meta.epoch, seq: self.meta.seq }
    }

    /// How many live sessions there are.
    pub(crate) fn live(&self) -> usize {
        self.live
    }

    /// What is under a key.
    pub(crate) fn get(&self, key: RecordKey) -> Option<Kept> {
        match self.slots.get(self.slots.find(key)?) {
            Slot::Live(_, live) => {
                let at = self.log.at(live.noted);
                let note = at.map(|at| Note { seq: live.noted, at });
                Some(Kept::Live { head: live.head, note })
            }
            Slot::End(_, end) => Some(Kept::Ended(end.stored())),
            Slot::Vacant { .. } => None,
        }
    }

    /// The head of the session under a key.
    pub(crate) fn head(&self, key: RecordKey) -> Option<Head> {
        self.slots.find(key).and_then(|row| self.slots.live(row)).map(|live| live.head)
    }

    /// Puts a session in as it was kept, under a key that has nothing.
    pub(crate) fn restore(
        &mut self,
        key: RecordKey,
        head: Head,
        note: Option<Note>,
        principal: Option<&str>,
    ) {
        let row = self.begin(key, head, principal);
        // What the floor has passed is forgotten.
        if let Some(note) = note.filter(|note| note.seq > self.meta.floor) {
            self.note(row, note);
        }
    }

    /// Puts an end in as it was kept, under a key that has nothing.
    pub(crate) fn restore_end(&mut self, key: RecordKey, end: &StoredEnd) {
        let (seq, at) = (end.seq, end.at);
        let end = self.end_of(end);
        let row = self.slots.insert(key, Slot::End(key, end));
        self.log.insert(seq, row, at);
    }

    /// Puts a session in, under a key that has nothing.
    pub(super) fn begin(&mut self, key: RecordKey, head: Head, principal: Option<&str>) -> Row {
        let principal = match (&mut self.principals, principal) {
            (Some(principals), Some(name)) => principals.enter(name),
            _ => NOBODY,
        };
        let row = self.slots.insert(key, Slot::Live(key, Live { head, noted: 0, principal }));
        self.live += 1;
        if let Some(ages) = &mut self.ages {
            ages.add(0, row, head.used.as_micros());
        }
        if let Some(ages) = self.ages_by_principal.as_mut().filter(|_| principal != NOBODY) {
            ages.add(principal, row, head.used.as_micros());
        }
        let due = head.due(&self.policy);
        if due != NEVER {
            self.expiry.add(0, row, due);
        }
        row
    }

    /// Makes an end of the session at this row, which gets the next seq in place of `end.seq`.
    pub(super) fn end(&mut self, row: Row, end: StoredEnd) {
        let Slot::Live(key, live) = self.slots.get(row) else { return };
        let (key, noted, principal) = (*key, live.noted, live.principal);
        self.live -= 1;
        for (ages, scope) in [(&mut self.ages, 0), (&mut self.ages_by_principal, principal)] {
            if let Some(ages) = ages {
                ages.remove(scope, row);
            }
        }
        self.expiry.remove(0, row);
        if let Some(principals) = &mut self.principals {
            principals.leave(principal);
        }
        self.log.remove(noted);
        let (seq, at) = (self.next_seq(), end.at);
        let end = self.end_of(&StoredEnd { seq, ..end });
        self.slots.replace(row, Slot::End(key, end));
        self.log.insert(seq, row, at);
    }

    /// Puts an end under a key that has nothing, with the next seq in place of `end.seq`.
    pub(super) fn fence(&mut self, key: RecordKey, end: StoredEnd) {
        let seq = self.next_seq();
        self.restore_end(key, &StoredEnd { seq, ..end });
    }

    /// Puts the session at this row under another key, which has nothing, and an end under its own.
    pub(super) fn rename(&mut self, row: Row, to: RecordKey, end: StoredEnd) {
        let Slot::Live(from, live) = self.slots.get(row) else { return };
        let (from, noted) = (*from, live.noted);
        // Who reads the end loads the session anew.
        self.log.remove(noted);
        if let Some(live) = self.slots.live_mut(row) {
            live.noted = 0;
        }
        self.slots.rekey(row, to);
        self.fence(from, end);
    }

    /// Notes a change of the session at this row.
    pub(super) fn note(&mut self, row: Row, note: Note) {
        if let Some(live) = self.slots.live_mut(row) {
            self.log.remove(std::mem::replace(&mut live.noted, note.seq));
            self.log.insert(note.seq, row, note.at);
        }
    }

    pub(super) fn next_seq(&mut self) -> u64 {
        self.meta.seq += 1;
        self.meta.seq
    }

    /// What the orders compare their bounds with.
    pub(super) fn times(slots: &Slots) -> impl Fn(Row) -> Times {
        |row| {
            let head = slots.live(row).map(|live| live.head);
            let times = |head: Head| (head.used.as_micros(), head.busy_until);
            let (time, busy_until) = head.map_or((0, CollectionTime::ORIGIN), times);
            Times { time, busy_until }
        }
    }

    fn end_of(&mut self, end: &StoredEnd) -> End {
        let reason = match self.reasons.get(end.reason.as_str()) {
            Some(reason) => Arc::clone(reason),
            None => end.reason.as_str().into(),
        };
        if self.reasons.len() < REASONS {
            self.reasons.insert(Arc::clone(&reason));
        }
        let successor = end.successor.map(Box::new);
        End { reason, at: end.at, seq: end.seq, id: end.id, successor }
    }
}
