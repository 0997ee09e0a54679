//! Who belongs to which group, and the permits that let a session in.

mod group;
mod label_set;
mod permit;

use crate::min_index::{Ranking, shrink};
use crate::session::{Label, Name, hash_of};
use crate::sync::Arc;
pub(crate) use group::Group;
use label_set::LabelSet;
pub(crate) use permit::Permit;

/// All groups of a kind. A group exists while it has members, and its label knows its place.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    labels: LabelSet,
    /// Without gaps.
    list: Vec<Group>,
    /// The seat in its group, by the row of the session. As long as the last row asks for that is
    /// in a group.
    seats: Vec<u32>,
}

impl Groups {
    pub(crate) fn get(&self, name: &str) -> Option<&Group> {
        self.labels.get(hash_of(name), name.as_bytes()).and_then(|label| self.of(label))
    }

    /// The label of this name, of the group that there is or of one to come.
    pub(crate) fn label(&self, name: &Name) -> Arc<Label> {
        let known = self.labels.get(name.hash(), name.as_bytes());
        known.map_or_else(|| Arc::new(Label::of(name)), Arc::clone)
    }

    /// The group of this label.
    pub(crate) fn of(&self, label: &Label) -> Option<&Group> {
        label.place().and_then(|place| self.list.get(place))
    }

    fn of_mut(&mut self, label: &Label) -> Option<&mut Group> {
        label.place().and_then(|place| self.list.get_mut(place))
    }

    /// The group of this label, and the seat in it of the session at this row.
    pub(crate) fn seat(&mut self, label: &Label, row: usize) -> Option<(&mut Group, usize)> {
        let seat = *self.seats.get(row)? as usize;
        Some((self.of_mut(label)?, seat))
    }

    /// Makes the session at this row a member of the group, which is made if there is none:
    /// `evicts` tells whether its limit does.
    pub(crate) fn join(
        &mut self,
        label: &Arc<Label>,
        evicts: impl FnOnce() -> bool,
        row: u32,
        counted: bool,
        ranking: &impl Ranking,
    ) {
        let seat = if let Some(group) = self.of_mut(label) {
            group.push(row, counted, ranking)
        } else {
            label.set_place(Some(narrow(self.list.len())));
            self.labels.insert(label);
            self.list.push(Group::new(label, evicts(), row, counted));
            0
        };
        self.set_seat(row as usize, narrow(seat));
    }

    /// Takes the session at this row out of its group.
    pub(crate) fn leave(&mut self, label: &Label, row: usize, counted: bool) {
        let Some((group, seat)) = self.seat(label, row) else { return };
        if group.rows().len() == 1 {
            self.remove(label);
        } else if let Some(moved) = group.swap_remove(seat, counted) {
            self.set_seat(moved as usize, narrow(seat));
        }
    }

    /// Works out anew what the index of the group knows of the session at this row.
    pub(crate) fn rebound(&mut self, label: &Label, row: usize, ranking: &impl Ranking) {
        // Without an index, whose seat it is need not be looked up.
        if self.of(label).is_some_and(|group| group.ages().is_some())
            && let Some((group, seat)) = self.seat(label, row)
        {
            group.rebound(seat, ranking);
        }
    }

    /// The session at the row `from` is at the row `to` from now on; `label` is its own, if it is
    /// in a group.
    pub(crate) fn renumber(&mut self, label: Option<&Label>, from: usize, to: usize) {
        if let Some((group, seat)) = label.and_then(|label| self.seat(label, from)) {
            group.put(seat, narrow(to));
            self.set_seat(to, narrow(seat));
        }
    }

    /// There are no rows from this one on any more.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.seats.truncate(rows);
        shrink(&mut self.seats);
    }

    /// Every label with the number of its sessions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<Label>, usize)> {
        self.list.iter().map(|group| (group.label(), group.rows().len()))
    }

    fn set_seat(&mut self, row: usize, seat: u32) {
        if self.seats.len() <= row {
            self.seats.resize(row + 1, 0);
        }
        self.seats[row] = seat;
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
        self.labels.remove(label);
    }
}

/// A row, a seat or a place, in the 32 bits that the lists keep of it. Four billion sessions need
/// more memory than a machine has.
pub(crate) fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
