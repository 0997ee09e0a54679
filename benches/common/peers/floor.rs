//! What nothing can beat by much: a sharded map to the least record that can be touched. It keeps
//! neither names nor data, limits nothing and times nothing out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::tenure::SessionId;
use dashmap::DashMap;

use crate::common::Bare;
use crate::common::record::{Stopwatch, draw_id};
use crate::common::table::{Abilities, Evicts, Idle, Login, Table};

pub struct Floor {
    pub map: DashMap<SessionId, Arc<Bare>>,
    pub clock: Stopwatch,
}

impl Floor {
    pub fn new() -> Self {
        Self { map: DashMap::new(), clock: Stopwatch::start() }
    }
}

impl Table for Floor {
    const ABILITIES: Abilities = Abilities {
        evicts: Evicts::No,
        hard_cap: false,
        idle: Idle::No,
        lease: false,
        note: "its record is a time and nothing else",
    };

    type Handle = Arc<Bare>;

    fn create(&self, _: Login<'_>) -> Option<SessionId> {
        let id = draw_id();
        let bare = Bare { last_active: AtomicU64::new(self.clock.now()) };
        self.map.insert(id, Arc::new(bare));
        Some(id)
    }

    fn touch(&self, id: &SessionId) -> Option<Arc<Bare>> {
        let record = self.map.get(id).map(|entry| Arc::clone(entry.value()))?;
        record.last_active.store(self.clock.now(), Ordering::Relaxed);
        Some(record)
    }

    fn lease(&self, id: &SessionId) -> bool {
        let record = self.touch(id);
        if let Some(record) = &record {
            record.last_active.store(self.clock.now(), Ordering::Relaxed);
        }
        record.is_some()
    }

    fn len(&self) -> usize {
        self.map.len()
    }
}
