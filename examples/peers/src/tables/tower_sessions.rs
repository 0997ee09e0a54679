//! The memory store of tower-sessions, which is meant for tests, driven on the calling thread. A
//! touch is what its middleware does: load a copy of the record, and save it with a new expiry.

use std::collections::HashMap;

use ::tenure::SessionId;
use pollster::block_on;
use time::OffsetDateTime;
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_memory_store::MemoryStore;

use crate::record::{IDLE, draw_id};
use crate::table::{Abilities, Evicts, Idle, Login, Table};

#[derive(Default)]
pub struct TowerSessions {
    store: MemoryStore,
    /// The store cannot be asked how many sessions it has.
    created: std::sync::atomic::AtomicUsize,
}

impl TowerSessions {
    pub fn new() -> Self {
        Self::default()
    }
}

impl Table for TowerSessions {
    const ABILITIES: Abilities = Abilities {
        evicts: Evicts::No,
        hard_cap: false,
        idle: Idle::Yes,
        lease: false,
        note: "one lock for all; refuses expired sessions but never frees them; a save brings an \
               ended session back",
    };

    type Handle = Record;

    fn create(&self, login: Login<'_>) -> Option<SessionId> {
        let data = HashMap::from([
            ("data".to_owned(), login.data.into()),
            ("principal".to_owned(), login.principal.into()),
            ("originator".to_owned(), login.originator.into()),
        ]);
        let mut record = Record { id: key(&draw_id()), data, expiry_date: expiry() };
        block_on(self.store.create(&mut record)).ok()?;
        self.created.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Some(SessionId::from_bytes(record.id.0.to_be_bytes()))
    }

    fn touch(&self, id: &SessionId) -> Option<Record> {
        let mut record = block_on(self.store.load(&key(id))).ok()??;
        record.expiry_date = expiry();
        block_on(self.store.save(&record)).ok()?;
        Some(record)
    }

    /// The middleware saves once, at the end of a request: that is its lease and its touch alike.
    fn lease(&self, id: &SessionId) -> bool {
        self.touch(id).is_some()
    }

    fn len(&self) -> usize {
        self.created.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Its ids are 128 bits too.
fn key(id: &SessionId) -> Id {
    Id(i128::from_be_bytes(*id.as_bytes()))
}

fn expiry() -> OffsetDateTime {
    OffsetDateTime::now_utc() + IDLE
}
