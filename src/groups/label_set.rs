//! Labels by name.

// Of a label, only its name is hashed and compared, and that never changes.
#![allow(clippy::mutable_key_type)]

use std::collections::HashSet;

use crate::session::{ByName, Label};
use crate::sync::Arc;

/// So many labels are in one set.
const FEW: usize = 4_096;

/// More are in this many sets. A set that grows moves all that it holds, while others wait.
const SETS: usize = 256;

/// A set of labels, each of another name.
#[derive(Debug)]
pub(super) struct LabelSet(Vec<HashSet<ByName>>);

impl Default for LabelSet {
    fn default() -> Self {
        Self(vec![HashSet::new()])
    }
}

impl LabelSet {
    pub(super) fn get(&self, name: &str) -> Option<&Arc<Label>> {
        self.0[self.set_of(name)].get(name).map(|label| &label.0)
    }

    pub(super) fn insert(&mut self, label: &Arc<Label>) {
        if self.0.len() == 1 && self.0[0].len() == FEW {
            let all = std::mem::take(&mut self.0[0]);
            self.0.resize_with(SETS, HashSet::new);
            for label in all {
                self.insert(&label.0);
            }
        }
        let set = self.set_of(label.name());
        self.0[set].insert(ByName(Arc::clone(label)));
    }

    pub(super) fn remove(&mut self, name: &str) {
        let set = self.set_of(name);
        let set = &mut self.0[set];
        set.remove(name);
        if set.capacity() > 16 && set.len() < set.capacity() / 8 {
            set.shrink_to(set.len() * 2);
        }
    }

    fn set_of(&self, name: &str) -> usize {
        if self.0.len() == 1 {
            return 0;
        }
        // FNV-1a (Fowler, Noll and Vo). A client that chooses names which meet in one set gains no
        // more than that it grows in longer steps: the set itself hashes with a secret.
        let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        let hash = name.bytes().fold(0x811c_9dc5, fold);
        (hash ^ hash >> 16) as usize % self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_by_name_however_many_there_are() {
        let mut labels = LabelSet::default();
        let name = |n: usize| format!("user-{n}");
        for n in 0..10_000 {
            assert!(labels.get(&name(n)).is_none());
            labels.insert(&Arc::new(Label::new(&name(n))));
        }
        assert_eq!(labels.0.len(), SETS);
        let fullest = labels.0.iter().map(HashSet::len).max().unwrap();
        assert!(fullest < 200, "{fullest} of 10,000 in one of {SETS} sets");
        for n in (0..10_000).filter(|n| n % 3 == 0) {
            labels.remove(&name(n));
        }
        for n in 0..10_000 {
            let found = labels.get(&name(n)).map(|label| label.name().to_owned());
            assert_eq!(found, (n % 3 != 0).then(|| name(n)));
        }
        for n in 0..10_000 {
            labels.remove(&name(n));
        }
        let room: usize = labels.0.iter().map(HashSet::capacity).sum();
        assert!(room <= 16 * SETS, "room for {room} labels is kept");
    }
}
