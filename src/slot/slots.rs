//! The map of keyed slots.

use std::collections::HashMap;
use std::hash::Hash;

use super::engine::Engine;
use crate::sync::{Arc, Swap};

type Slot<T> = Arc<Engine<T>>;

/// Slots by key. A change puts a changed copy in the place of the map, so no lock is held while the
/// host's keys are hashed, compared, cloned or dropped.
pub(super) struct Slots<K, T>(Swap<HashMap<K, Slot<T>>>);

impl<K, T> Slots<K, T> {
    pub(super) fn new() -> Self {
        Self(Swap::new(HashMap::new()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.look(HashMap::len)
    }

    pub(super) fn all(&self) -> Vec<Slot<T>> {
        self.0.load().values().map(Arc::clone).collect()
    }
}

impl<K: Clone + Eq + Hash, T> Slots<K, T> {
    pub(super) fn get(&self, key: &K) -> Option<Slot<T>> {
        self.0.load().get(key).map(Arc::clone)
    }

    /// The slot of this key, or a new one. If there are `max` already, the one that is not in use
    /// and was not asked for longest is taken out, and answered too. `None` if all are in use.
    pub(super) fn get_or_add(
        &self,
        key: &K,
        max: usize,
        make: impl Fn() -> Engine<T>,
    ) -> Option<(Slot<T>, Option<Slot<T>>)> {
        loop {
            let before = self.0.load();
            if let Some(slot) = before.get(key) {
                return Some((Arc::clone(slot), None));
            }
            let (mut after, mut gone) = ((*before).clone(), None);
            if after.len() >= max {
                let free = before.iter().filter(|(_, slot)| !slot.in_use());
                let (oldest, _) = free.min_by_key(|(_, slot)| slot.last_asked())?;
                gone = after.remove(oldest);
            }
            let slot = Arc::new(make());
            after.insert(key.clone(), Arc::clone(&slot));
            if self.0.replace(&before, Arc::new(after)) {
                return Some((slot, gone));
            }
        }
    }

    /// Takes out the slots that are `unused`.
    pub(super) fn remove(&self, unused: impl Fn(&Engine<T>) -> bool) -> Vec<Slot<T>> {
        loop {
            let before = self.0.load();
            let (mut after, mut gone) = ((*before).clone(), Vec::new());
            after.retain(|_, slot| {
                let goes = unused(slot);
                if goes {
                    gone.push(Arc::clone(slot));
                }
                !goes
            });
            if gone.is_empty() || self.0.replace(&before, Arc::new(after)) {
                return gone;
            }
        }
    }
}
