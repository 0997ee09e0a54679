//! The list of all live sessions, ordered where an order is needed. Plain data: the store's lock
//! guards it.

use std::collections::HashMap;

use super::entry::{
    CLASS, Entry, HOST, KINDS, ORDINARY, ORIGINATOR, PRINCIPAL, Scope, age_bound, deadline_bound,
    label, narrow, number, number_of_member,
};
use crate::age::{AgeIndex, shrink};
use crate::end::LimitKind;
use crate::limits::Limits;
use crate::quota::{Groups, Permit};
use crate::session::{Names, NewSession, Record};
use crate::sync::Arc;

/// Every live session, without gaps: a session's place is its slot.
pub(crate) struct Roll<T> {
    pub(super) entries: Vec<Entry<T>>,
    /// How many count under the limits: all but the pinned.
    counted: usize,
    /// By last active; there is one where the global limit evicts.
    pub(super) ages: Option<AgeIndex>,
    /// By deadline.
    pub(super) deadlines: AgeIndex,
    pub(super) groups: [Groups; KINDS],
    /// The sessions in use that an index came across, by creation number. No index finds them until
    /// they are free again.
    pub(super) parked: HashMap<u64, Arc<Record<T>>>,
}

impl<T> Roll<T> {
    pub(crate) fn new(limits: &Limits) -> Self {
        let evicts = limits.of(LimitKind::Global, "").is_some_and(|limit| limit.evicts());
        Self {
            entries: Vec::new(),
            counted: 0,
            ages: evicts.then(AgeIndex::default),
            deadlines: AgeIndex::default(),
            groups: Default::default(),
            parked: HashMap::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn last(&self) -> Option<&Arc<Record<T>>> {
        self.entries.last().map(|entry| &entry.record)
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
            Scope::Group(kind, name) => {
                self.groups[kind].get(name).map_or(0, |group| group.counted)
            }
        }
    }

    /// The labels of a new session, whose groups are made where they are missing. The session must
    /// be seated next.
    pub(crate) fn names(&mut self, new: &NewSession<T>, limits: &Limits) -> Names {
        if limits.reserved() > 0 && !new.privileged {
            let evicts = limits.of(LimitKind::Global, "").is_some_and(|limit| limit.evicts());
            self.groups[CLASS].label(ORDINARY, evicts);
        }
        let mut label = |kind: usize, limit: Option<LimitKind>, name: &Option<String>| {
            let name = name.as_deref()?;
            let limit = limit.and_then(|limit| limits.of(limit, name));
            Some(self.groups[kind].label(name, limit.is_some_and(|limit| limit.evicts())))
        };
        Names {
            principal: label(PRINCIPAL, Some(LimitKind::Principal), &new.principal),
            originator: label(ORIGINATOR, Some(LimitKind::Originator), &new.originator),
            host: label(HOST, None, &new.host),
        }
    }

    /// Puts a session on the list.
    pub(crate) fn seat(&mut self, permit: Permit, record: &Arc<Record<T>>) {
        let counted = usize::from(permit.redeem());
        let Self { entries, ages, deadlines, groups, .. } = self;
        let slot = entries.len();
        let slot_number = narrow(slot);
        let seen = record.word.load();
        record.set_slot(slot_number);
        entries.push(Entry { record: Arc::clone(record), seats: [0; KINDS] });
        for (kind, groups) in groups.iter_mut().enumerate() {
            let Some(group) = label(record, kind).and_then(|name| groups.get_mut(name)) else {
                continue;
            };
            entries[slot].seats[kind] = narrow(group.members.len());
            group.members.push(slot_number);
            group.counted += counted;
            if let Some(ages) = &mut group.ages {
                let members = &group.members;
                ages.push(age_bound(record, seen), |seat| number_of_member(entries, members, seat));
            }
        }
        self.counted += counted;
        if let Some(ages) = ages {
            ages.push(age_bound(record, seen), |slot| number(entries, slot));
        }
        deadlines.push(deadline_bound(record, seen), |slot| number(entries, slot));
    }

    /// Takes a session off the list, and out of every index. The caller has another pointer to the
    /// record, so this drops none of its data.
    pub(crate) fn remove(&mut self, record: &Arc<Record<T>>) {
        let slot = record.slot();
        let counted = usize::from(!record.pinned);
        self.counted -= counted;
        self.parked.remove(&record.number);
        if self.parked.is_empty() && self.parked.capacity() > 64 {
            self.parked.shrink_to_fit();
        }
        for kind in 0..KINDS {
            if let Some(name) = label(record, kind) {
                self.leave_group(kind, name, slot, counted);
            }
        }
        self.entries.swap_remove(slot);
        shrink(&mut self.entries);
        self.renumber(slot);
        let Self { entries, ages, deadlines, .. } = self;
        if let Some(ages) = ages {
            ages.swap_remove(slot, |slot| number(entries, slot));
        }
        deadlines.swap_remove(slot, |slot| number(entries, slot));
    }

    fn leave_group(&mut self, kind: usize, name: &str, slot: usize, counted: usize) {
        let Self { entries, groups, .. } = self;
        let Some(group) = groups[kind].get_mut(name) else {
            return;
        };
        let seat = entries[slot].seats[kind];
        group.counted -= counted;
        group.remove_member(seat as usize);
        if let Some(moved) = group.members.get(seat as usize) {
            entries[*moved as usize].seats[kind] = seat;
        }
        if let Some(ages) = &mut group.ages {
            let members = &group.members;
            ages.swap_remove(seat as usize, |seat| number_of_member(entries, members, seat));
        }
        groups[kind].remove_if_empty(name);
    }

    /// Tells everybody that the session at this slot, if there is one, has come here from another.
    fn renumber(&mut self, slot: usize) {
        let Some(entry) = self.entries.get(slot) else {
            return;
        };
        let slot_number = narrow(slot);
        entry.record.set_slot(slot_number);
        for (kind, groups) in self.groups.iter_mut().enumerate() {
            let group = label(&entry.record, kind).and_then(|name| groups.get_mut(name));
            if let Some(group) = group {
                group.members[entry.seats[kind] as usize] = slot_number;
            }
        }
    }

    /// The sessions of the smallest group that these names single out; all where they name none.
    pub(crate) fn members(&self, names: [Option<&str>; 3]) -> Vec<Arc<Record<T>>> {
        let mut smallest: Option<&[u32]> = None;
        for (groups, name) in self.groups.iter().zip(names) {
            let Some(name) = name else { continue };
            let members = groups.get(name).map_or(&[][..], |group| &group.members);
            if smallest.is_none_or(|smallest| members.len() < smallest.len()) {
                smallest = Some(members);
            }
        }
        let record = |slot: usize| Arc::clone(&self.entries[slot].record);
        match smallest {
            Some(members) => members.iter().map(|slot| record(*slot as usize)).collect(),
            None => (0..self.entries.len()).map(record).collect(),
        }
    }
}
