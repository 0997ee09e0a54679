//! mini-moka's synchronous cache.

use std::sync::Arc;

use ::tenure::SessionId;
use mini_moka::sync::{Cache, ConcurrentCacheExt};

use crate::record::{IDLE, PeerSession, draw_id};
use crate::table::{Abilities, Evicts, Idle, Login, Table};

pub struct MiniMoka(Cache<SessionId, Arc<PeerSession>>);

impl MiniMoka {
    pub fn new(cap: usize) -> Self {
        Self(Cache::builder().max_capacity(cap as u64).time_to_idle(IDLE).build())
    }
}

impl Table for MiniMoka {
    const ABILITIES: Abilities = Abilities {
        evicts: Evicts::Approximately,
        hard_cap: false,
        idle: Idle::Yes,
        lease: false,
        note: "drops a new session if the old ones are more popular",
    };

    type Handle = Arc<PeerSession>;

    fn create(&self, login: Login<'_>) -> Option<SessionId> {
        let id = draw_id();
        // The cache keeps the times.
        self.0.insert(id, PeerSession::new(login, 0));
        Some(id)
    }

    fn touch(&self, id: &SessionId) -> Option<Arc<PeerSession>> {
        self.0.get(id)
    }

    /// Only another `get` restarts the idle time.
    fn lease(&self, id: &SessionId) -> bool {
        let session = self.0.get(id);
        session.is_some() && self.0.get(id).is_some()
    }

    fn len(&self) -> usize {
        usize::try_from(self.0.entry_count()).unwrap_or(usize::MAX)
    }

    fn settle(&self) {
        self.0.sync();
    }
}
