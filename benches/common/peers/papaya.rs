//! The floor once more, on a map whose reads take no lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::tenure::SessionId;
use papaya::HashMap;

use crate::common::Bare;
use crate::common::record::{Stopwatch, draw_id};
use crate::common::table::{Abilities, Evicts, Idle, Login, Table};

pub struct Papaya {
    map: HashMap<SessionId, Arc<Bare>>,
    clock: Stopwatch,
}

impl Papaya {
    pub fn new() -> Self {
        Self { map: HashMap::new(), clock: Stopwatch::start() }
    }
}

impl Table for Papaya {
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
        self.map.pin().insert(id, Arc::new(bare));
        Some(id)
    }

    fn touch(&self, id: &SessionId) -> Option<Arc<Bare>> {
        let record = self.map.pin().get(id).map(Arc::clone)?;
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
