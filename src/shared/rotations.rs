//! Ids that sessions were given here, of which the collection is yet to be told.

use std::collections::HashMap;

use crate::collection::RecordKey;
use crate::id::SessionId;

/// An id, and the key of the record under it.
pub(super) type Named = (RecordKey, SessionId);

/// A rotation that is to be told next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rotation {
    /// The id that the session has now.
    pub(super) id: SessionId,
    pub(super) from: Named,
    pub(super) to: Named,
}

/// By the key that a session has now: its id, and those that it had, the oldest first. By the
/// oldest the collection knows it, or will.
#[derive(Default)]
pub(super) struct Rotations(HashMap<RecordKey, (SessionId, Vec<Named>)>);

impl Rotations {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the collection knows the session that has this key now by another.
    pub(super) fn is_pending(&self, key: RecordKey) -> bool {
        self.0.contains_key(&key)
    }

    /// The keys that sessions have now, in order.
    pub(super) fn keys(&self) -> Vec<RecordKey> {
        let mut keys: Vec<_> = self.0.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    pub(super) fn add(&mut self, old: Named, new: Named) {
        let mut former = self.take(old.0);
        former.push(old);
        self.0.insert(new.0, (new.1, former));
    }

    /// The key by which the collection knows the session that has this one now.
    pub(super) fn told_as(&self, key: RecordKey) -> RecordKey {
        self.0.get(&key).and_then(|(_, former)| former.first()).map_or(key, |(first, _)| *first)
    }

    /// What is to be told next of the session that has this key now.
    pub(super) fn next(&self, key: RecordKey) -> Option<Rotation> {
        let (id, former) = self.0.get(&key)?;
        let to = former.get(1).copied().unwrap_or((key, *id));
        Some(Rotation { id: *id, from: *former.first()?, to })
    }

    /// The collection was told that the session has lost this id.
    pub(super) fn told(&mut self, key: RecordKey, from: RecordKey) {
        let Some((_, former)) = self.0.get_mut(&key) else { return };
        if former.first().is_some_and(|(first, _)| *first == from) {
            former.remove(0);
        }
        if former.is_empty() {
            self.0.remove(&key);
        }
    }

    /// Forgets the session that has this key now. Returns the ids that it had.
    pub(super) fn take(&mut self, key: RecordKey) -> Vec<Named> {
        self.0.remove(&key).map_or_else(Vec::new, |(_, former)| former)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(n: u8) -> Named {
        (RecordKey::from_bytes([n; 16]), SessionId::from_bytes([n; 16]))
    }

    #[test]
    fn rotations_of_a_session_are_told_one_after_the_other() {
        let mut rotations = Rotations::default();
        rotations.add(named(1), named(2));
        rotations.add(named(2), named(3));
        let now = named(3).0;
        assert_eq!((rotations.len(), rotations.told_as(now)), (1, named(1).0));
        let next = Rotation { id: named(3).1, from: named(1), to: named(2) };
        assert_eq!(rotations.next(now), Some(next));
        rotations.told(now, named(2).0);
        assert_eq!(rotations.next(now), Some(next));
        rotations.told(now, named(1).0);
        assert_eq!(rotations.next(now), Some(Rotation { from: named(2), to: named(3), ..next }));
        rotations.told(now, named(2).0);
        assert!(rotations.is_empty() && rotations.told_as(now) == now);
    }
}
