//! New ids of sessions that the collection does not know yet.

use std::collections::HashMap;

use crate::collection::RecordKey;
use crate::id::SessionId;

/// An id, and the key of the record under it.
pub(super) type KeyedId = (RecordKey, SessionId);

/// A rotation that is to be told next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rotation {
    /// The id that the session has now.
    pub(super) id: SessionId,
    pub(super) from: KeyedId,
    pub(super) to: KeyedId,
    /// Whether it was sent before.
    pub(super) again: bool,
}

/// What a session is called.
#[derive(Debug)]
struct Names {
    now: SessionId,
    /// What it was called before, the oldest first.
    former: Vec<KeyedId>,
    /// Whether the loss of the oldest was sent.
    sent: bool,
}

/// By the key that a session has now. By its oldest id the collection knows it, or will.
#[derive(Default)]
pub(super) struct Rotations {
    names: HashMap<RecordKey, Names>,
    /// By each key that it had before, the key that a session has now.
    now: HashMap<RecordKey, RecordKey>,
}

impl Rotations {
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether the collection knows the session that has this key now by another.
    pub(super) fn is_pending(&self, key: RecordKey) -> bool {
        self.names.contains_key(&key)
    }

    /// The keys that sessions have now, in order.
    pub(super) fn keys(&self) -> Vec<RecordKey> {
        let mut keys: Vec<_> = self.names.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    pub(super) fn add(&mut self, old: KeyedId, new: KeyedId) {
        let none = Names { now: new.1, former: Vec::new(), sent: false };
        let mut names = self.names.remove(&old.0).unwrap_or(none);
        names.now = new.1;
        names.former.push(old);
        self.now.extend(names.former.iter().map(|(key, _)| (*key, new.0)));
        self.names.insert(new.0, names);
    }

    /// The key by which the collection knows the session that has this one now.
    pub(super) fn collection_key(&self, key: RecordKey) -> RecordKey {
        self.names.get(&key).and_then(|names| names.former.first()).map_or(key, |(first, _)| *first)
    }

    /// The id that a session has now that had this key, and the key that it had next.
    pub(super) fn holder(&self, key: RecordKey) -> Option<(SessionId, RecordKey)> {
        let now = self.now.get(&key)?;
        let names = self.names.get(now)?;
        let at = names.former.iter().position(|(former, _)| *former == key)?;
        Some((names.now, names.former.get(at + 1).map_or(*now, |(next, _)| *next)))
    }

    /// The next rotation to send for the session that has this key now. When it is requested once
    /// more, it counts as sent.
    pub(super) fn next(&mut self, key: RecordKey) -> Option<Rotation> {
        let names = self.names.get_mut(&key)?;
        let again = std::mem::replace(&mut names.sent, true);
        let to = names.former.get(1).copied().unwrap_or((key, names.now));
        Some(Rotation { id: names.now, from: *names.former.first()?, to, again })
    }

    /// The collection has acknowledged that the session has lost this id.
    pub(super) fn acknowledged(&mut self, key: RecordKey, from: RecordKey) {
        let Some(names) = self.names.get_mut(&key) else { return };
        if names.former.first().is_some_and(|(first, _)| *first == from) {
            names.former.remove(0);
            names.sent = false;
            self.now.remove(&from);
        }
        if names.former.is_empty() {
            self.names.remove(&key);
        }
    }

    /// Forgets the session that has this key now. Returns the ids that it had.
    pub(super) fn take(&mut self, key: RecordKey) -> Vec<KeyedId> {
        let former = self.names.remove(&key).map_or_else(Vec::new, |names| names.former);
        for (key, _) in &former {
            self.now.remove(key);
        }
        former
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(n: u8) -> KeyedId {
        (RecordKey::from_bytes([n; 16]), SessionId::from_bytes([n; 16]))
    }

    #[test]
    fn rotations_of_a_session_are_told_one_after_the_other() {
        let mut rotations = Rotations::default();
        rotations.add(named(1), named(2));
        rotations.add(named(2), named(3));
        let now = named(3).0;
        assert_eq!((rotations.len(), rotations.collection_key(now)), (1, named(1).0));
        assert_eq!(rotations.holder(named(1).0), Some((named(3).1, named(2).0)));
        assert_eq!(rotations.holder(named(2).0), Some((named(3).1, named(3).0)));
        assert_eq!(rotations.holder(now), None);
        let next = Rotation { id: named(3).1, from: named(1), to: named(2), again: false };
        assert_eq!(rotations.next(now), Some(next));
        rotations.acknowledged(now, named(2).0);
        assert_eq!(rotations.next(now), Some(Rotation { again: true, ..next }));
        rotations.acknowledged(now, named(1).0);
        assert_eq!(rotations.next(now), Some(Rotation { from: named(2), to: named(3), ..next }));
        rotations.acknowledged(now, named(2).0);
        assert!(rotations.is_empty() && rotations.collection_key(now) == now);
        rotations.add(named(3), named(4));
        assert_eq!(rotations.take(named(4).0), [named(3)]);
        assert!(rotations.names.is_empty() && rotations.now.is_empty());
    }
}
