//! What is in the file, byte by byte, and that the memory says the same.

use std::collections::BTreeMap;

use redb::{ReadableDatabase, ReadableTable};

use super::setup::{KEYS, key, policy};
use crate::collection::error::CollectionError;
use crate::collection::redb::handle::RedbCollection;
use crate::collection::redb::load::load;
use crate::collection::redb::tables::{BODIES, ENDS, HEADS, META};

/// Everything in the tables, but the time and the number of commits.
pub(super) type Contents = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

/// What is in the file, after a look whether the memory agrees.
pub(super) fn contents(collection: &RedbCollection) -> Result<Contents, CollectionError> {
    collection.with_state(|state, tick| {
        state.ready(tick)?;
        let synced = state.is_synced();
        let (_, open) = state.ready(tick)?;
        let (fresh, about) = load(&open.db, policy(), 0)?;
        assert!(about.is_some());
        if synced {
            assert_eq!(fresh.meta(), open.records.meta());
        }
        assert_eq!(fresh.live(), open.records.live());
        for number in 0..KEYS {
            assert_eq!(fresh.get(key(number)), open.records.get(key(number)), "{number}");
        }
        let read = open.db.begin_read().unwrap();
        let mut all = Contents::new();
        for entry in read.open_table(META).unwrap().iter().unwrap() {
            let (name, value) = entry.unwrap();
            if !["time", "commits"].contains(&name.value()) {
                let name = name.value().as_bytes().to_vec();
                all.insert(("meta", name), value.value().to_le_bytes().to_vec());
            }
        }
        for entry in read.open_table(HEADS).unwrap().iter().unwrap() {
            let (key, value) = entry.unwrap();
            all.insert(("heads", key.value().to_vec()), value.value().to_vec());
        }
        for (name, table) in [("bodies", BODIES), ("ends", ENDS)] {
            for entry in read.open_table(table).unwrap().iter().unwrap() {
                let (key, value) = entry.unwrap();
                all.insert((name, key.value().to_vec()), value.value().to_vec());
            }
        }
        let keys = |table| all.keys().filter(move |(name, _)| *name == table).map(|(_, key)| key);
        assert!(keys("heads").eq(keys("bodies")), "each head has its body");
        Ok(all)
    })
}
