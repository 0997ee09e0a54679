//! The list of all live sessions, ordered where an order is needed. Plain data: the store's lock
//! guards it.

use std::collections::HashMap;
use std::mem;

use super::held::Held;
use super::ranking::{ByActivity, ByDeadline, deadline_bound};
use super::scope::{GroupKind, GroupLabels, PerKind, Scope};
use crate::end::LimitKind;
use crate::groups::{Group, Groups, Permit, narrow};
use crate::limits::{Limit, Limits};
use crate::min_index::{MinIndex, NEVER, UnnumberedMinIndex, shrink};
use crate::session::{Label, Name, Names, Record};
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
    pub(crate) deadlines: UnnumberedMinIndex,
    pub(crate) groups: PerKind<Groups>,
    /// The label of the class of ordinary sessions, where places are kept for others.
    pub(crate) ordinary: Option<Arc<Label>>,
    /// The sessions in use that an index came across, by creation number. No index finds them until
    /// they are free again.
    pub(crate) parked: HashMap<u64, Arc<Record<T>>>,
    /// Those of the parked that are not in use, and may not be unloaded yet.
    pub(super) held: Held,
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
            deadlines: UnnumberedMinIndex::default(),
            groups: PerKind::default(),
            ordinary,
            parked: HashMap::new(),
            held: Held::default(),
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
        &self.groups[GroupKind::Principal]
    }

    pub(crate) fn originators(&self) -> &Groups {
        &self.groups[GroupKind::Originator]
    }

    /// How many sessions count in this scope: all but the pinned.
    pub(crate) fn counted(&self, scope: Scope<'_>) -> usize {
        match scope {
            Scope::All => self.counted,
            Scope::Group(kind, label) => self.groups[kind].of(label).map_or(0, Group::counted),
        }
    }

    pub(crate) fn labels<'a>(&'a self, record: &'a Record<T>) -> GroupLabels<'a> {
        GroupLabels::of(record, self.ordinary.as_ref())
    }

    /// The labels of a new session: those of the groups that there are, and of groups to come.
    pub(crate) fn names(&self, names: &Names<Name>) -> Names<Arc<Label>> {
        let label =
            |kind, name: &Option<Name>| name.as_ref().map(|name| self.groups[kind].label(name));
        let Names { principal, originator, host } = names;
        Names {
            principal: label(GroupKind::Principal, principal),
            originator: label(GroupKind::Originator, originator),
            host: label(GroupKind::Host, host),
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
        let activity = ByActivity(&self.records);
        if let Some(ages) = &mut self.ages {
            ages.push(&activity);
        }
        self.deadlines.push(&ByDeadline(&self.records));
        for (kind, label) in GroupLabels::of(record, self.ordinary.as_ref()).each() {
            let evicts = || group_evicts(limits, kind, label);
            self.groups[kind].join(label, evicts, narrow(row), counted, &activity);
        }
    }

    /// Puts a session into the place of the one at this row, which was evicted for it: a place in
    /// each index, and in each group that both belong to. Both count under the limits. The caller
    /// has another pointer to the evicted one.
    fn replace(&mut self, row: usize, record: &Arc<Record<T>>, limits: &Limits) {
        record.set_row(narrow(row));
        let evicted = mem::replace(&mut self.records[row], Arc::clone(record));
        self.forget_parked(&evicted);
        let Self { records, ages, deadlines, groups, ordinary, .. } = self;
        let old = GroupLabels::of(&evicted, ordinary.as_ref());
        let new = GroupLabels::of(record, ordinary.as_ref());
        let activity = ByActivity(records);
        if let Some(ages) = ages {
            ages.set(row, &activity);
        }
        // The index keeps the bound of the evicted one if that is low enough: it is refreshed when
        // it comes due, like one that a touch has left behind. Until then, equal bounds there may
        // be in the order of those who left.
        let (was, deadline) = (evicted.word.load(), deadline_bound(record, record.word.load()));
        if was.parked() || deadline == NEVER || deadline < deadline_bound(&evicted, was) {
            deadlines.set(row, &ByDeadline(records));
        }
        for (kind, groups) in groups.iter_mut() {
            match (old[kind], new[kind]) {
                (Some(old), Some(new)) if Arc::ptr_eq(old, new) => {
                    groups.rebound(new, row, &activity);
                }
                (old, new) => {
                    if let Some(old) = old {
                        groups.leave(old, row, true);
                    }
                    if let Some(new) = new {
                        let evicts = || group_evicts(limits, kind, new);
                        groups.join(new, evicts, narrow(row), true, &activity);
                    }
                }
            }
        }
    }

    /// Takes a session off the list, and out of every index. The caller has another pointer to the
    /// record, so this drops none of its data.
    pub(crate) fn remove(&mut self, record: &Arc<Record<T>>) {
        let (row, counted) = (record.row(), !record.pinned());
        self.counted -= usize::from(counted);
        self.forget_parked(record);
        let Self { records, ages, deadlines, groups, ordinary, .. } = self;
        for (kind, label) in GroupLabels::of(record, ordinary.as_ref()).each() {
            groups[kind].leave(label, row, counted);
        }
        records.swap_remove(row);
        shrink(records);
        // The one that has come here from the end, if there is one, is known by this row from now
        // on.
        let moved = records.get(row);
        let its = moved.map(|moved| GroupLabels::of(moved, ordinary.as_ref())).unwrap_or_default();
        for (kind, groups) in groups.iter_mut() {
            groups.renumber(its[kind].map(|label| &**label), records.len(), row);
            groups.truncate(records.len());
        }
        if let Some(moved) = moved {
            moved.set_row(narrow(row));
        }
        if let Some(ages) = ages {
            ages.swap_remove(row);
        }
        deadlines.swap_remove(row);
    }

    fn forget_parked(&mut self, record: &Record<T>) {
        if !self.parked.is_empty() {
            self.parked.remove(&record.number());
            self.held.remove(record.number());
        } else if self.parked.capacity() > 64 {
            self.parked.shrink_to_fit();
        }
    }
}

/// Whether the limit of this group evicts.
fn group_evicts(limits: &Limits, kind: GroupKind, label: &Label) -> bool {
    let limit = match kind {
        GroupKind::Principal => limits.of(LimitKind::Principal, label.name()),
        GroupKind::Originator => limits.of(LimitKind::Originator, label.name()),
        GroupKind::Host => None,
        GroupKind::Ordinary => limits.of(LimitKind::Global, ""),
    };
    limit.is_some_and(Limit::evicts)
}
