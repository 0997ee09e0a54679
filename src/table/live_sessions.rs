//! The list of all live sessions, ordered where an order is needed. Plain data: the store's lock
//! guards it.

use std::collections::HashMap;
use std::mem;

use super::scope::{
    HOST, KINDS, Labels, ORIGINATOR, PRINCIPAL, Rows, Scope, age_bound, deadline_bound, labels,
};
use crate::end::LimitKind;
use crate::groups::{Ages, Group, Groups, Permit, narrow};
use crate::limits::{Limit, Limits};
use crate::min_index::{MinIndex, NEVER, shrink};
use crate::session::{Label, Names, NewSession, Record};
use crate::sync::Arc;

/// Every live session, without gaps: a session's place is its row.
pub(crate) struct LiveSessions<T> {
    pub(crate) records: Vec<Arc<Record<T>>>,
    /// How many count under the limits: all but the pinned.
    counted: usize,
    /// The most sessions that there were at once since the last [ebb](LiveSessions::take_ebb).
    crest: usize,
    /// By last active; there is one where the global limit evicts.
    pub(crate) ages: Option<MinIndex>,
    /// By deadline.
    pub(crate) deadlines: MinIndex,
    pub(crate) groups: [Groups; KINDS],
    /// The label of the class of ordinary sessions, where places are kept for others.
    pub(crate) ordinary: Option<Arc<Label>>,
    /// The sessions in use that an index came across, by creation number. No index finds them until
    /// they are free again.
    pub(crate) parked: HashMap<u64, Arc<Record<T>>>,
}

impl<T> LiveSessions<T> {
    pub(crate) fn new(limits: &Limits) -> Self {
        let evicts = limits.of(LimitKind::Global, "").is_some_and(Limit::evicts);
        let ordinary = (limits.reserved() > 0).then(|| Arc::new(Label::new("ordinary")));
        Self {
            records: Vec::new(),
            counted: 0,
            crest: 0,
            ages: evicts.then(MinIndex::default),
            deadlines: MinIndex::default(),
            groups: Default::default(),
            ordinary,
            parked: HashMap::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are so few sessions, beside what there were, that memory is worth giving back.
    pub(crate) fn has_ebbed(&self) -> bool {
        self.crest > 4_096 && self.records.len() < self.crest / 8
    }

    /// The same, and counts anew from here.
    pub(crate) fn take_ebb(&mut self) -> bool {
        let ebbed = self.has_ebbed();
        if ebbed {
            self.crest = self.records.len();
        }
        ebbed
    }

    pub(crate) fn last(&self) -> Option<&Arc<Record<T>>> {
        self.records.last()
    }

    pub(crate) fn principals(&self) -> &Groups {
        &self.groups[PRINCIPAL]
    }

    pub(crate) fn originators(&self) -> &Groups {
        &self.groups[ORIGINATOR]
    }

    /// How many sessions count in this scope: all but the pinned.
    pub(crate) fn counted(&self, scope: Scope<'_>) -> usize {
        match scope {
            Scope::All => self.counted,
            Scope::Group(kind, label) => self.groups[kind].of(label).map_or(0, Group::counted),
        }
    }

    pub(crate) fn labels<'a>(&'a self, record: &'a Record<T>) -> Labels<'a> {
        labels(record, self.ordinary.as_ref())
    }

    /// The labels of a new session: those of the groups that there are, and of groups to come.
    pub(crate) fn names(&self, new: &NewSession<T>) -> Names {
        let label = |kind: usize, name: &Option<String>| {
            name.as_deref().map(|name| self.groups[kind].label(name))
        };
        Names {
            principal: label(PRINCIPAL, &new.principal),
            originator: label(ORIGINATOR, &new.originator),
            host: label(HOST, &new.host),
        }
    }

    /// Puts a session on the list, where the permit says.
    pub(crate) fn seat(&mut self, permit: Permit, record: &Arc<Record<T>>, limits: &Limits) {
        match permit.redeem() {
            (counted, None) => self.push(record, counted, limits),
            (_, Some(row)) => self.replace(row, record, limits),
        }
    }

    fn push(&mut self, record: &Arc<Record<T>>, counted: bool, limits: &Limits) {
        let row = self.records.len();
        record.set_row(narrow(row));
        self.records.push(Arc::clone(record));
        self.crest = self.crest.max(self.records.len());
        self.counted += usize::from(counted);
        let (seen, rows) = (record.word.load(), Rows(&self.records));
        if let Some(ages) = &mut self.ages {
            ages.push(age_bound(record, seen), |row| rows.number(row));
        }
        self.deadlines.push(deadline_bound(record, seen), |row| rows.number(row));
        for (kind, label) in labels(record, self.ordinary.as_ref()).into_iter().enumerate() {
            if let Some(label) = label {
                let evicts = || group_evicts(limits, kind, label);
                self.groups[kind].join(label, evicts, narrow(row), counted, &rows);
            }
        }
    }

    /// Puts a session into the place of the one at this row, which was evicted for it: a place in
    /// each index, and in each group that both belong to. Both count under the limits. Somebody has
    /// another pointer to the evicted one.
    fn replace(&mut self, row: usize, record: &Arc<Record<T>>, limits: &Limits) {
        record.set_row(narrow(row));
        let evicted = mem::replace(&mut self.records[row], Arc::clone(record));
        self.forget_parked(&evicted);
        let Self { records, ages, deadlines, groups, ordinary, .. } = self;
        let (old, new) = (labels(&evicted, ordinary.as_ref()), labels(record, ordinary.as_ref()));
        let stays = |kind: usize| match (old[kind], new[kind]) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            _ => false,
        };
        for (kind, old) in old.into_iter().enumerate().filter(|(kind, _)| !stays(*kind)) {
            if let Some(old) = old {
                groups[kind].leave(old, row, true, &Rows(records));
            }
        }
        let (seen, rows) = (record.word.load(), Rows(records));
        if let Some(ages) = ages {
            ages.set(row, age_bound(record, seen), |row| rows.number(row));
        }
        // The index keeps the bound of the evicted one if that is low enough: when its time comes it is
        // put right, like one that a touch has left behind. Until then, equal bounds there may be in
        // the order of those who left.
        let (was, deadline) = (evicted.word.load(), deadline_bound(record, seen));
        if was.parked() || deadline == NEVER || deadline < deadline_bound(&evicted, was) {
            deadlines.set(row, deadline, |row| rows.number(row));
        }
        for (kind, label) in new.into_iter().enumerate() {
            match label {
                Some(label) if stays(kind) => groups[kind].rebound(label, row, &rows),
                Some(label) => {
                    let evicts = || group_evicts(limits, kind, label);
                    groups[kind].join(label, evicts, narrow(row), true, &rows);
                }
                None => {}
            }
        }
    }

    /// Takes a session off the list, and out of every index. The caller has another pointer to the
    /// record, so this drops none of its data.
    pub(crate) fn remove(&mut self, record: &Arc<Record<T>>) {
        let (row, counted) = (record.row(), !record.pinned);
        self.counted -= usize::from(counted);
        self.forget_parked(record);
        let Self { records, ages, deadlines, groups, ordinary, .. } = self;
        for (kind, label) in labels(record, ordinary.as_ref()).into_iter().enumerate() {
            if let Some(label) = label {
                groups[kind].leave(label, row, counted, &Rows(records));
            }
        }
        records.swap_remove(row);
        shrink(records);
        // The one that has come here from the end, if there is one, is known by this row from now on.
        let moved = records.get(row);
        let its: Labels<'_> = moved.map_or([None; KINDS], |moved| labels(moved, ordinary.as_ref()));
        for (groups, label) in groups.iter_mut().zip(its) {
            groups.renumber(label.map(|label| &**label), records.len(), row);
            groups.truncate(records.len());
        }
        if let Some(moved) = moved {
            moved.set_row(narrow(row));
        }
        let rows = Rows(records);
        if let Some(ages) = ages {
            ages.swap_remove(row, |row| rows.number(row));
        }
        deadlines.swap_remove(row, |row| rows.number(row));
    }

    fn forget_parked(&mut self, record: &Record<T>) {
        if !self.parked.is_empty() {
            self.parked.remove(&record.number);
        } else if self.parked.capacity() > 64 {
            self.parked.shrink_to_fit();
        }
    }

    /// The sessions of the smallest group that these names single out; all where they name none.
    pub(crate) fn members(&self, names: [Option<&str>; 3]) -> Vec<Arc<Record<T>>> {
        let mut smallest: Option<&[u32]> = None;
        for (groups, name) in self.groups.iter().zip(names) {
            let Some(name) = name else { continue };
            let members = groups.get(name).map_or(&[][..], Group::rows);
            if smallest.is_none_or(|smallest| members.len() < smallest.len()) {
                smallest = Some(members);
            }
        }
        let record = |row: &u32| Arc::clone(&self.records[*row as usize]);
        match smallest {
            Some(members) => members.iter().map(record).collect(),
            None => self.records.clone(),
        }
    }
}

/// Whether the limit of this group evicts.
fn group_evicts(limits: &Limits, kind: usize, label: &Label) -> bool {
    let limit = match kind {
        PRINCIPAL => limits.of(LimitKind::Principal, label.name()),
        ORIGINATOR => limits.of(LimitKind::Originator, label.name()),
        HOST => None,
        _ => limits.of(LimitKind::Global, ""),
    };
    limit.is_some_and(Limit::evicts)
}
