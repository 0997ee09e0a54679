//! Which session has which id.

use std::hash::{Hash, Hasher};

use dashmap::DashMap;

use crate::id::{IdFold, SessionId};
use crate::session::Record;
use crate::sync::{Arc, Ordering, fence};

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
        let (id, hash) = self.hashed(id);
        let shard = self.0.shards()[self.0.determine_shard(hash)].read();
        shard
            .get(hash as u64, |(record, _)| record.has(id))
            .map(|(record, _)| Arc::clone(&record.0))
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

    /// Takes the record out if there are no more than `own` pointers to it. A lookup clones inside
    /// the shard's lock: if it is taken out, no thread but the caller's has it any more, or gets it
    /// except by upgrading a weak pointer.
    pub(crate) fn remove_unshared(&self, record: &Arc<Record<T>>, own: usize) -> bool {
        let (id, hash) = self.hashed(&record.key());
        let mut shard = self.0.shards()[self.0.determine_shard(hash)].write();
        if Arc::strong_count(record) > own {
            return false;
        }
        // Drops of pointers release: what those threads did to the session is seen from here on.
        fence(Ordering::Acquire);
        drop(shard.remove_entry(hash as u64, |(record, _)| record.has(id)));
        true
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

/// `DashMap`'s raw interface beside its public one, which the raw one must agree with.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::id::TrackSalt;
    use crate::session::{Begun, Context, FreshRecord, Names, NewRecord};
    use crate::tick::Tick;
    use crate::timeouts::{Deadlines, Timeouts};

    /// Some in each of the 64 shards.
    const MANY: u128 = 10_000;

    fn filled() -> (Directory<()>, Vec<Arc<Record<()>>>) {
        let clock = Box::new(ManualClock::new());
        let context = Arc::new(Context::new(clock, TrackSalt::new([0; 32], 0), 0, None));
        let directory = Directory::new(None, IdFold::random().unwrap());
        let record = |number: u128| {
            let (id, context) = (SessionId::from_bytes(number.to_be_bytes()), Arc::clone(&context));
            let new = NewRecord { id, pinned: false, privileged: false, context, data: () };
            let deadlines = Deadlines::new(Timeouts::none(), Tick::ZERO);
            let (created, names) = (Tick::ZERO, Names::default());
            let begun = Begun { number: 0, created, last_active: created, deadlines, names };
            FreshRecord::new(new).begin(begun)
        };
        let records: Vec<_> = (0..MANY).map(record).collect();
        for record in &records {
            directory.insert(Arc::clone(record));
        }
        (directory, records)
    }

    fn map_has(directory: &Directory<()>, record: &Arc<Record<()>>) -> bool {
        directory.0.contains_key(&ById(Arc::clone(record)))
    }

    #[test]
    fn map_hashes_and_places_records_as_the_directory_does() {
        let (directory, records) = filled();
        for record in records {
            let (id, hash) = directory.hashed(&record.key());
            let shard = directory.0.determine_shard(hash);
            let key = ById(Arc::clone(&record));
            assert_eq!(directory.0.hash_usize(&key), hash);
            assert_eq!(directory.0.determine_map(&key), shard);
            let found =
                directory.0.shards()[shard].read().find(hash as u64, |(key, _)| key.has(id));
            assert!(found.is_some());
            assert!(Arc::ptr_eq(&directory.get(&record.key()).unwrap(), &record));
        }
        let shards = directory.0.shards();
        assert_eq!(shards.len(), SHARDS);
        assert!(shards.iter().all(|shard| !shard.read().is_empty()));
        assert_eq!(shards.iter().map(|shard| shard.read().len() as u128).sum::<u128>(), MANY);
    }

    #[test]
    fn map_loses_what_is_removed_from_a_shard_and_nothing_else() {
        let (directory, records) = filled();
        for (gone, left) in records.iter().zip(&records[1..]).step_by(2) {
            directory.remove(gone);
            assert!(!map_has(&directory, gone) && directory.get(&gone.key()).is_none());
            assert!(map_has(&directory, left));
        }
        assert_eq!(directory.0.len() as u128, MANY / 2);
    }

    #[test]
    fn map_finds_all_after_its_shards_gave_memory_back() {
        let (directory, records) = filled();
        let (gone, left) = records.split_at(records.len() * 9 / 10);
        for record in gone {
            directory.remove(record);
        }
        let before = directory.0.capacity();
        for shard in 0..directory.shards() {
            directory.shrink(shard);
        }
        assert!(directory.0.capacity() < before / 2, "{before} and {}", directory.0.capacity());
        assert!(left.iter().all(|record| map_has(&directory, record)));
        assert!(gone.iter().all(|record| !map_has(&directory, record)));
        for record in gone {
            directory.insert(Arc::clone(record));
        }
        assert!(records.iter().all(|record| directory.get(&record.key()).is_some()));
    }
}
