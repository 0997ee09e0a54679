//! Which session has which id.

use std::hash::{Hash, Hasher};

use dashmap::DashMap;

use crate::id::{IdFold, SessionId};
use crate::session::Record;
use crate::sync::Arc;

/// Live records by id. Looking up takes the read lock of one shard and clones an `Arc`.
///
/// A record knows its id, so the map holds pointers alone, 9 bytes an entry in place of 25. A map
/// that is to be asked for what it does not hold, an id, is asked shard by shard. No method holds a
/// shard's lock while it calls another, and none drops the last pointer to a record inside one.
pub(crate) struct Directory<T>(DashMap<ById<T>, (), IdFold>);

/// How many shards there are at least: more than most machines have processors.
const SHARDS: usize = 64;

/// How many shards there are at most: each takes two cache lines.
const MOST_SHARDS: usize = 1_024;

/// How many sessions a shard is made for. When it grows or gives memory back it does so at once,
/// and others wait: with this many, for about a millisecond.
const SHARD: usize = 4_096;

/// A record as a key: it is its id, which stands still while the record is in the map.
struct ById<T>(Arc<Record<T>>);

impl<T> Directory<T> {
    /// A directory for about this many sessions, if that is known.
    pub(crate) fn new(expected: Option<usize>, fold: IdFold) -> Self {
        let shards = expected.map_or(SHARDS, |sessions| {
            (sessions / SHARD).clamp(1, MOST_SHARDS).next_power_of_two().max(SHARDS)
        });
        Self(DashMap::with_hasher_and_shard_amount(fold, shards))
    }

    pub(crate) fn get(&self, id: &SessionId) -> Option<Arc<Record<T>>> {
        self.look(id, Arc::clone)
    }

    pub(crate) fn holds(&self, id: &SessionId) -> bool {
        self.look(id, |_| ()).is_some()
    }

    /// Looks at the record of this id inside the read lock of its shard.
    fn look<R>(&self, id: &SessionId, look: impl FnOnce(&Arc<Record<T>>) -> R) -> Option<R> {
        let (id, hash) = self.hashed(id);
        let shard = self.0.shards()[self.0.determine_shard(hash)].read();
        shard.get(hash as u64, |(record, _)| record.has(id)).map(|(record, _)| look(&record.0))
    }

    pub(crate) fn insert(&self, record: Arc<Record<T>>) {
        self.0.insert(ById(record), ());
    }

    /// Takes the record out. The caller has another pointer to it, so this drops none of its data.
    pub(crate) fn remove(&self, record: &Arc<Record<T>>) {
        let (id, hash) = self.hashed(&record.key());
        let mut shard = self.0.shards()[self.0.determine_shard(hash)].write();
        drop(shard.remove_entry(hash as u64, |(record, _)| record.has(id)));
    }

    /// How many shards there are.
    pub(crate) fn shards(&self) -> usize {
        self.0.shards().len()
    }

    /// Gives back the memory that this shard does not use. It is locked for a moment.
    pub(crate) fn shrink(&self, shard: usize) {
        let mut shard = self.0.shards()[shard].write();
        let sessions = shard.len();
        shard.shrink_to(sessions, |(record, _)| self.0.hash_usize(record) as u64);
    }

    fn hashed(&self, id: &SessionId) -> ([u64; 2], usize) {
        let halves = id.halves();
        let hash = self.0.hasher().hash_halves(halves);
        // As `DashMap` does; on machines of 32 bits it goes by the low half.
        #[allow(clippy::cast_possible_truncation)]
        (halves, hash as usize)
    }
}

impl<T> ById<T> {
    fn has(&self, id: [u64; 2]) -> bool {
        self.0.key_halves() == id
    }
}

impl<T> Hash for ById<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [high, low] = self.0.key_halves();
        state.write_u128(u128::from(high) << 64 | u128::from(low));
    }
}

impl<T> PartialEq for ById<T> {
    fn eq(&self, other: &Self) -> bool {
        self.has(other.0.key_halves())
    }
}

impl<T> Eq for ById<T> {}
