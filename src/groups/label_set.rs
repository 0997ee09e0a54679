//! Labels by name.

use hashbrown::HashTable;

use crate::session::Label;
use crate::sync::Arc;

/// So many labels are in one set.
const FEW: usize = 4_096;

/// More are in this many sets. A set that grows moves all that it holds, while others wait.
const SETS: usize = 256;

/// A set of labels, each of another name. Names are hashed by the caller.
#[derive(Debug)]
pub(super) struct LabelSet(Vec<HashTable<Arc<Label>>>);

impl Default for LabelSet {
    fn default() -> Self {
        Self(vec![HashTable::new()])
    }
}

impl LabelSet {
    /// The label of the name with this hash and these bytes.
    pub(super) fn get(&self, hash: u64, name: &[u8]) -> Option<&Arc<Label>> {
        self.0[self.set_of(hash)].find(hash, |label| label.name().as_bytes() == name)
    }

    /// Adds a label. There is none of its name.
    pub(super) fn insert(&mut self, label: &Arc<Label>) {
        if self.0.len() == 1 && self.0[0].len() == FEW {
            let all = std::mem::take(&mut self.0[0]);
            self.0.resize_with(SETS, HashTable::new);
            for label in all {
                self.insert(&label);
            }
        }
        let set = self.set_of(label.hash());
        self.0[set].insert_unique(label.hash(), Arc::clone(label), |label| label.hash());
    }

    pub(super) fn remove(&mut self, label: &Label) {
        let set = self.set_of(label.hash());
        let set = &mut self.0[set];
        if let Ok(entry) = set.find_entry(label.hash(), |known| known.name() == label.name()) {
            entry.remove();
        }
        if set.capacity() > 16 && set.len() < set.capacity() / 8 {
            set.shrink_to(set.len() * 2, |label| label.hash());
        }
    }

    /// By bits of the hash that the sets themselves make little use of.
    fn set_of(&self, hash: u64) -> usize {
        (hash >> 40) as usize % self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::hash_of;

    #[test]
    fn labels_are_found_by_name_however_many_there_are() {
        let mut labels = LabelSet::default();
        let name = |n: usize| format!("user-{n}");
        let get = |labels: &LabelSet, n: usize| {
            let label = labels.get(hash_of(&name(n)), name(n).as_bytes());
            label.map(|label| label.name().to_owned())
        };
        for n in 0..10_000 {
            assert_eq!(get(&labels, n), None);
            labels.insert(&Arc::new(Label::new(&name(n))));
        }
        assert_eq!(labels.0.len(), SETS);
        let fullest = labels.0.iter().map(HashTable::len).max().unwrap();
        assert!(fullest < 200, "{fullest} of 10,000 in one of {SETS} sets");
        for n in (0..10_000).filter(|n| n % 3 == 0) {
            labels.remove(&Label::new(&name(n)));
        }
        for n in 0..10_000 {
            assert_eq!(get(&labels, n), (n % 3 != 0).then(|| name(n)));
        }
        for n in 0..10_000 {
            labels.remove(&Label::new(&name(n)));
        }
        let room: usize = labels.0.iter().map(HashTable::capacity).sum();
        assert!(room <= 16 * SETS, "room for {room} labels is kept");
    }
}
