//! What was looked for in the collection, and was not there.

use std::collections::HashMap;
use std::time::Duration;

use crate::collection::RecordKey;
use crate::end::Tombstone;
use crate::tick::Tick;

/// For how long *missing* is believed: the session may be put in at any moment.
const MISSING: Duration = Duration::from_secs(1);
/// For how long *ended* is believed. It stays true: this bounds memory.
const ENDED: Duration = Duration::from_secs(60);
/// The most that are remembered.
const MOST: usize = 10_000;

/// Why a session was not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    Missing,
    Ended(Tombstone),
}

/// Misses by key, each believed for a time.
#[derive(Default)]
pub(super) struct Misses(HashMap<RecordKey, (Tick, Miss)>);

impl Misses {
    pub(super) fn note(&mut self, key: RecordKey, miss: Miss, now: Tick) {
        if self.0.len() >= MOST {
            self.0.retain(|_, (until, _)| *until > now);
            // Not for a few places: then each of the next would look at all.
            if self.0.len() > MOST / 2 {
                self.0.clear();
            }
        }
        let believed = if miss == Miss::Missing { MISSING } else { ENDED };
        self.0.insert(key, (now.saturating_add(believed), miss));
    }

    pub(super) fn find(&mut self, key: RecordKey, now: Tick) -> Option<Miss> {
        let (until, miss) = *self.0.get(&key)?;
        if until > now {
            return Some(miss);
        }
        self.0.remove(&key);
        None
    }

    pub(super) fn forget(&mut self, key: RecordKey) {
        self.0.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u32) -> RecordKey {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        RecordKey::from_bytes(bytes)
    }

    #[test]
    fn a_miss_is_believed_for_a_second() {
        let mut misses = Misses::default();
        let at = |millis| Tick::ZERO.saturating_add(Duration::from_millis(millis));
        misses.note(key(1), Miss::Missing, at(0));
        assert_eq!(misses.find(key(1), at(999)), Some(Miss::Missing));
        assert_eq!(misses.find(key(1), at(1_000)), None);
        assert!(misses.0.is_empty());
    }

    #[test]
    fn misses_are_bounded() {
        let mut misses = Misses::default();
        (0..25_000).for_each(|n| misses.note(key(n), Miss::Missing, Tick::ZERO));
        assert!(misses.0.len() <= MOST);
        assert_eq!(misses.find(key(24_999), Tick::ZERO), Some(Miss::Missing));
    }
}
