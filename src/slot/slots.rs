//! The map of keyed slots.

use std::collections::HashMap;
use std::hash::Hash;

use super::engine::Engine;
use super::login::TRIES;
use super::vacate::Attempted;
use crate::sync::{Arc, Swap};
use crate::tick::Tick;

type Slot<T> = Arc<Engine<T>>;

/// Slots by key. A change puts a changed copy in the place of the map, so no lock is held while the
/// application's keys are hashed, compared, cloned or dropped.
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

    /// The slot of this key, or a new one. If there are `max` already, one that is not in use is
    /// taken out of use: an empty one if there is one, else that which was asked for longest ago.
    /// `unused` says whether a slot was not asked for in a long time.
    pub(super) fn get_or_add(
        &self,
        key: &K,
        max: usize,
        now: Tick,
        unused: impl Fn(&Engine<T>) -> bool,
        make: impl Fn() -> Engine<T>,
    ) -> Result<Slot<T>, NoSlot> {
        let mut changed = 0;
        loop {
            let before = self.0.load();
            if let Some(slot) = before.get(key).filter(|slot| !slot.is_retired()) {
                return Ok(Arc::clone(slot));
            }
            let mut after = in_service(&before);
            if after.len() >= max {
                match make_room(&after, now, &unused) {
                    Attempted::Done => {}
                    Attempted::InUse if Arc::ptr_eq(&before, &self.0.load()) => {
                        return Err(NoSlot::AllInUse);
                    }
                    // Another thread was faster with one that was free: look again.
                    Attempted::InUse => continue,
                    // A hook that logs in anew when its session ends would keep this up for ever.
                    Attempted::Changed if changed == TRIES => return Err(NoSlot::Contended),
                    Attempted::Changed => {
                        changed += 1;
                        continue;
                    }
                }
                after.retain(|_, slot| !slot.is_retired());
            }
            let slot = Arc::new(make());
            after.insert(key.clone(), Arc::clone(&slot));
            if self.0.replace(&before, Arc::new(after)).is_ok() {
                return Ok(slot);
            }
        }
    }

    /// Takes those slots out of use that are `unused`, unless they are in use. Returns how many.
    pub(super) fn retire(&self, unused: impl Fn(&Engine<T>) -> bool) -> usize {
        let candidates = self.all();
        let retired = candidates
            .iter()
            .filter(|slot| unused(slot) && slot.retire_if_free(true) == Attempted::Done)
            .count();
        loop {
            let before = self.0.load();
            if retired == 0 || self.0.replace(&before, Arc::new(in_service(&before))).is_ok() {
                return retired;
            }
        }
    }
}

/// Why there is no slot for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSlot {
    /// There are as many as there may be, all in use.
    AllInUse,
    /// Each that was emptied to make room was filled again at once.
    Contended,
}

/// Takes one slot out of use: an empty one, else that which was asked for longest ago.
fn make_room<K, T>(
    slots: &HashMap<K, Slot<T>>,
    now: Tick,
    unused: impl Fn(&Engine<T>) -> bool,
) -> Attempted {
    let mut oldest_first: Vec<_> = slots.values().collect();
    // Once for each: other threads go on asking while this sorts. Of those that were asked for
    // within one tick, the session that was created first goes.
    let age = |slot: &&Slot<T>| (slot.is_occupied(), slot.last_asked(now), slot.number());
    oldest_first.sort_by_cached_key(age);
    let mut attempts = oldest_first.into_iter().map(|slot| slot.retire_if_free(unused(slot)));
    attempts.find(|attempted| *attempted != Attempted::InUse).unwrap_or(Attempted::InUse)
}

/// A copy of the map without the slots that are out of use.
fn in_service<K: Clone + Eq + Hash, T>(slots: &HashMap<K, Slot<T>>) -> HashMap<K, Slot<T>> {
    let kept = slots.iter().filter(|(_, slot)| !slot.is_retired());
    kept.map(|(key, slot)| (key.clone(), Arc::clone(slot))).collect()
}
