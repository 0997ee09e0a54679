//! All that decides, and the steps that keep it in accord.

use std::collections::{BTreeSet, HashSet};

use super::head::{End, Head, Live, NEVER, Note};
use super::log::Log;
use super::meta::Meta;
use super::order::{Order, Times};
use super::principals::{NOBODY, Principals};
use super::slots::{Row, Slot, Slots};
use crate::collection::key::RecordKey;
use crate::collection::policy::Policy;
use crate::collection::record::StoredEnd;
use crate::collection::stamp::{CollectionTime, Stamp};
use crate::sync::Arc;

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
    /// Whether these are kept: where principals are limited, or one was asked for.
    pub(super) by_principal: bool,
    pub(super) principals: Principals,
    /// The sessions that have a principal, by its number.
    pub(super) of_principal: BTreeSet<(u32, Row)>,
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
            by_principal: policy.per_principal.is_some(),
            principals: Principals::default(),
            of_principal: BTreeSet::new(),
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
        self.meta.stamp(now)
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

    /// Whether the sessions of a principal are known. If not, all are to be
    /// [told](Self::learn_principals).
    pub(crate) fn knows_principals(&self) -> bool {
        self.by_principal
    }

    /// Takes the principal of each session that has one.
    pub(crate) fn learn_principals<N: AsRef<str>>(
        &mut self,
        principals: impl IntoIterator<Item = (RecordKey, N)>,
    ) {
        self.by_principal = true;
        for (key, name) in principals {
            let Some(row) = self.slots.find(key) else { continue };
            let Some(live) = self.slots.live_mut(row).filter(|live| live.principal == NOBODY)
            else {
                continue;
            };
            live.principal = self.principals.enter(name.as_ref());
            self.of_principal.insert((live.principal, row));
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
        let name = principal.filter(|_| self.by_principal);
        let principal = name.map_or(NOBODY, |name| self.principals.enter(name));
        let row = self.slots.insert(key, Slot::Live(key, Live { head, noted: 0, principal }));
        self.live += 1;
        if principal != NOBODY {
            self.of_principal.insert((principal, row));
        }
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

    /// Makes an end of the session at this row.
    pub(super) fn end(&mut self, row: Row, end: &StoredEnd) {
        let Slot::Live(key, live) = self.slots.get(row) else { return };
        let (key, noted, principal) = (*key, live.noted, live.principal);
        self.live -= 1;
        for (ages, scope) in [(&mut self.ages, 0), (&mut self.ages_by_principal, principal)] {
            if let Some(ages) = ages {
                ages.remove(scope, row);
            }
        }
        self.expiry.remove(0, row);
        if principal != NOBODY {
            self.of_principal.remove(&(principal, row));
            self.principals.leave(principal);
        }
        self.log.remove(noted);
        let (seq, at) = (end.seq, end.at);
        let end = self.end_of(end);
        self.slots.replace(row, Slot::End(key, end));
        self.log.insert(seq, row, at);
    }

    /// Puts the session at this row under another key, which has nothing, and an end under its own.
    pub(super) fn rename(&mut self, row: Row, to: RecordKey, end: &StoredEnd) {
        let Slot::Live(from, live) = self.slots.get(row) else { return };
        let (from, noted) = (*from, live.noted);
        // Who reads the end loads the session anew.
        self.log.remove(noted);
        if let Some(live) = self.slots.live_mut(row) {
            live.noted = 0;
        }
        self.slots.rekey(row, to);
        self.restore_end(from, end);
    }

    /// Notes a change of the session at this row.
    pub(super) fn note(&mut self, row: Row, note: Note) {
        if let Some(live) = self.slots.live_mut(row) {
            self.log.remove(std::mem::replace(&mut live.noted, note.seq));
            self.log.insert(note.seq, row, note.at);
        }
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
