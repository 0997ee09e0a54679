//! All groups of a kind.

use super::group::{Ages, Group};
use super::labels::Labels;
use crate::age::shrink;
use crate::session::Label;
use crate::sync::Arc;

/// All groups of a kind. A group exists while it has members, and its label knows its place.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    labels: Labels,
    /// Without gaps.
    list: Vec<Group>,
    /// The seat in its group, by the slot of the session. As long as the last slot asks for that is
    /// in a group.
    seats: Vec<u32>,
}

impl Groups {
    pub(crate) fn get(&self, name: &str) -> Option<&Group> {
        self.labels.get(name).and_then(|label| self.of(label))
    }

    /// The label of this name, of the group that there is or of one to come.
    pub(crate) fn label(&self, name: &str) -> Arc<Label> {
        let known = self.labels.get(name);
        known.map_or_else(|| Arc::new(Label::new(name)), Arc::clone)
    }

    /// The group of this label.
    pub(crate) fn of(&self, label: &Label) -> Option<&Group> {
        label.place().and_then(|place| self.list.get(place))
    }

    fn of_mut(&mut self, label: &Label) -> Option<&mut Group> {
        label.place().and_then(|place| self.list.get_mut(place))
    }

    /// The group of this label, and the seat in it of the session at this slot.
    pub(crate) fn seat(&mut self, label: &Label, slot: usize) -> Option<(&mut Group, usize)> {
        let seat = *self.seats.get(slot)? as usize;
        Some((self.of_mut(label)?, seat))
    }

    /// Makes the session at this slot a member of the group, which is made if there is none: `evicts`
    /// tells whether its limit does.
    pub(crate) fn join(
        &mut self,
        label: &Arc<Label>,
        evicts: impl FnOnce() -> bool,
        slot: u32,
        counted: bool,
        ages: &impl Ages,
    ) {
        let seat = if let Some(group) = self.of_mut(label) {
            group.push(slot, counted, ages)
        } else {
            label.set_place(Some(narrow(self.list.len())));
            self.labels.insert(label);
            self.list.push(Group::new(label, evicts(), slot, counted));
            0
        };
        self.set_seat(slot as usize, narrow(seat));
    }

    /// Takes the session at this slot out of its group.
    pub(crate) fn leave(&mut self, label: &Label, slot: usize, counted: bool, ages: &impl Ages) {
        let Some((group, seat)) = self.seat(label, slot) else { return };
        if group.slots().len() == 1 {
            self.remove(label);
        } else if let Some(moved) = group.swap_remove(seat, counted, ages) {
            self.set_seat(moved as usize, narrow(seat));
        }
    }

    /// Works out anew what the index of the group knows of the session at this slot.
    pub(crate) fn rebound(&mut self, label: &Label, slot: usize, ages: &impl Ages) {
        // Without an index, whose seat it is need not be looked up.
        if self.of(label).is_some_and(|group| group.ages().is_some())
            && let Some((group, seat)) = self.seat(label, slot)
        {
            group.rebound(seat, ages);
        }
    }

    /// The session at the slot `from` is at the slot `to` from now on; `label` is its own, if it is
    /// in a group.
    pub(crate) fn renumber(&mut self, label: Option<&Label>, from: usize, to: usize) {
        if let Some((group, seat)) = label.and_then(|label| self.seat(label, from)) {
            group.put(seat, narrow(to));
            self.set_seat(to, narrow(seat));
        }
    }

    /// There are no slots from this one on any more.
    pub(crate) fn truncate(&mut self, slots: usize) {
        self.seats.truncate(slots);
        shrink(&mut self.seats);
    }

    /// Every label with the number of its sessions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<Label>, usize)> {
        self.list.iter().map(|group| (group.label(), group.slots().len()))
    }

    fn set_seat(&mut self, slot: usize, seat: u32) {
        if self.seats.len() <= slot {
            self.seats.resize(slot + 1, 0);
        }
        self.seats[slot] = seat;
    }

    /// Frees the entry of a group that loses its last member.
    fn remove(&mut self, label: &Label) {
        let Some(place) = label.place() else { return };
        label.set_place(None);
        self.list.swap_remove(place);
        shrink(&mut self.list);
        if let Some(moved) = self.list.get(place) {
            moved.label().set_place(Some(narrow(place)));
        }
        self.labels.remove(label.name());
    }
}

/// A slot, a seat or a place, in the 32 bits that the lists keep of it. Four billion sessions need
/// more memory than a machine has.
pub(crate) fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
