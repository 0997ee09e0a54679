//! The floor once more, on a map whose reads take no lock.

use std::sync::Arc;

use ::tenure::SessionId;
use papaya::HashMap;

use crate::record::{PeerSession, Stopwatch, draw_id, mark_again};
use crate::table::{Abilities, Evicts, Idle, Login, Table};

pub struct Papaya {
    map: HashMap<SessionId, Arc<PeerSession>>,
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
        note: "keeps the same as the others, and that is all",
    };

    type Handle = Arc<PeerSession>;

    fn create(&self, login: Login<'_>) -> Option<SessionId> {
        let id = draw_id();
        let session = PeerSession::new(login, self.clock.now());
        self.map.pin().insert(id, session);
        Some(id)
    }

    fn touch(&self, id: &SessionId) -> Option<Arc<PeerSession>> {
        let record = self.map.pin().get(id).map(Arc::clone)?;
        record.mark(self.clock.now());
        Some(record)
    }

    fn lease(&self, id: &SessionId) -> bool {
        mark_again(self.touch(id), &self.clock)
    }

    fn len(&self) -> usize {
        self.map.len()
    }
}
