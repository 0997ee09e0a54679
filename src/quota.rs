//! Who belongs to which group, and the permits that let a session in.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use crate::age::{AgeIndex, shrink};
use crate::session::Label;
use crate::sync::Arc;

/// Leave to seat one session. Minted by admission alone, which has made sure of a place under every
/// limit; consumed by seating.
#[derive(Debug)]
#[must_use = "a permit holds a place until it is used"]
pub(crate) struct Permit {
    counted: bool,
}

impl Permit {
    /// For admission only.
    pub(crate) fn mint(counted: bool) -> Self {
        Self { counted }
    }

    /// Uses the permit up. Answers whether the session counts under the limits.
    pub(crate) fn redeem(self) -> bool {
        self.counted
    }
}

/// The live sessions of one principal, originator or host.
#[derive(Debug)]
pub(crate) struct Group {
    label: Arc<Label>,
    /// Slots of the store's list, in no order. A session's place in here is its seat.
    pub(crate) members: Vec<u32>,
    /// How many members count under the group's limit: all but the pinned.
    pub(crate) counted: usize,
    /// By last active; there is one where the group's limit evicts.
    pub(crate) ages: Option<AgeIndex>,
}

/// All groups of a kind. A group exists while it has members.
#[derive(Debug, Default)]
pub(crate) struct Groups(HashMap<ByName, Group>);

/// A label as a key: it is its name.
#[derive(Debug)]
struct ByName(Arc<Label>);

impl Groups {
    pub(crate) fn get(&self, name: &str) -> Option<&Group> {
        self.0.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Group> {
        self.0.get_mut(name)
    }

    /// The label of the group with this name, which is made if there is none yet. It then must get
    /// its first member next.
    pub(crate) fn label(&mut self, name: &str, evicts: bool) -> Arc<Label> {
        if let Some(group) = self.0.get(name) {
            return Arc::clone(&group.label);
        }
        let label = Arc::new(Label::new(name));
        let ages = evicts.then(AgeIndex::default);
        let group = Group { label: Arc::clone(&label), members: Vec::new(), counted: 0, ages };
        self.0.insert(ByName(Arc::clone(&label)), group);
        label
    }

    /// Frees the entry of a group that has lost its last member.
    pub(crate) fn remove_if_empty(&mut self, name: &str) {
        if self.0.get(name).is_some_and(|group| group.members.is_empty()) {
            self.0.remove(name);
            if self.0.capacity() > 64 && self.0.len() < self.0.capacity() / 8 {
                self.0.shrink_to(self.0.len() * 2);
            }
        }
    }

    /// Every label with the number of its sessions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<Label>, usize)> {
        self.0.values().map(|group| (&group.label, group.members.len()))
    }
}

impl Group {
    pub(crate) fn remove_member(&mut self, seat: usize) {
        self.members.swap_remove(seat);
        shrink(&mut self.members);
    }
}

impl Borrow<str> for ByName {
    fn borrow(&self) -> &str {
        self.0.name()
    }
}

impl Hash for ByName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name().hash(state);
    }
}

impl PartialEq for ByName {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for ByName {}
