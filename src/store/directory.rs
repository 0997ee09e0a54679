//! Which session has which id.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

use dashmap::DashMap;

use crate::id::SessionId;
use crate::session::Record;
use crate::sync::Arc;

/// Live records by id. Looking up takes the read lock of one shard and clones an `Arc`.
///
/// A record knows its id, so the map holds pointers alone, 9 bytes an entry in place of 25. No
/// method holds a shard's lock while it calls another, and none drops the last pointer to a record
/// inside one.
pub(crate) struct Directory<T>(DashMap<ById<T>, ()>);

/// A record as a key: it is its id, which stands still while the record is in the map.
struct ById<T>(Arc<Record<T>>);

/// What has an id. The map is asked by id and holds records; this is the key that both can be.
trait HasId {
    fn halves(&self) -> [u64; 2];
}

impl<T> Directory<T> {
    pub(crate) fn new() -> Self {
        Self(DashMap::new())
    }

    pub(crate) fn get(&self, id: &SessionId) -> Option<Arc<Record<T>>> {
        self.0.get(id as &dyn HasId).map(|entry| Arc::clone(&entry.key().0))
    }

    pub(crate) fn holds(&self, id: &SessionId) -> bool {
        self.0.contains_key(id as &dyn HasId)
    }

    pub(crate) fn insert(&self, record: Arc<Record<T>>) {
        self.0.insert(ById(record), ());
    }

    /// Takes the record out. The caller has another pointer to it, so this drops none of its data.
    pub(crate) fn remove(&self, record: &Arc<Record<T>>) {
        self.0.remove(&record.key() as &dyn HasId);
    }

    /// Gives memory back when nearly all of it is unused. Each shard is locked for a moment.
    pub(crate) fn shrink(&self, live: usize) {
        let capacity = self.0.capacity();
        if capacity > 4_096 && live < capacity / 8 {
            self.0.shrink_to_fit();
        }
    }
}

impl HasId for SessionId {
    fn halves(&self) -> [u64; 2] {
        Self::halves(self)
    }
}

impl<T> HasId for ById<T> {
    fn halves(&self) -> [u64; 2] {
        self.0.key_halves()
    }
}

impl<'a, T: 'a> Borrow<dyn HasId + 'a> for ById<T> {
    fn borrow(&self) -> &(dyn HasId + 'a) {
        self
    }
}

impl Hash for dyn HasId + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As one number: as bytes, their count would be hashed too.
        let [high, low] = self.halves();
        state.write_u128(u128::from(high) << 64 | u128::from(low));
    }
}

impl PartialEq for dyn HasId + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.halves() == other.halves()
    }
}

impl Eq for dyn HasId + '_ {}

impl<T> Hash for ById<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self as &dyn HasId).hash(state);
    }
}

impl<T> PartialEq for ById<T> {
    fn eq(&self, other: &Self) -> bool {
        self.halves() == other.halves()
    }
}

impl<T> Eq for ById<T> {}
