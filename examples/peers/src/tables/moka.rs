//! moka's synchronous cache, with its default policy (`TinyLFU`) or the least recently used going
//! first.

use std::sync::Arc;
use std::time::Duration;

use ::tenure::SessionId;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::record::{IDLE, PeerSession, draw_id};
use crate::table::{Abilities, Evicts, Idle, Login, Table};

pub struct Moka<const LRU: bool>(pub Cache<SessionId, Arc<PeerSession>>);

impl<const LRU: bool> Moka<LRU> {
    pub fn new(cap: usize) -> Self {
        let policy = if LRU { EvictionPolicy::lru() } else { EvictionPolicy::tiny_lfu() };
        let builder = Cache::builder().max_capacity(cap as u64).eviction_policy(policy);
        Self(builder.time_to_idle(IDLE).build())
    }

    /// Without a cap, and with another idle timeout.
    pub fn unlimited(idle: Duration) -> Self {
        Self(Cache::builder().time_to_idle(idle).build())
    }
}

impl<const LRU: bool> Table for Moka<LRU> {
    const ABILITIES: Abilities = Abilities {
        evicts: Evicts::Approximately,
        hard_cap: false,
        idle: Idle::Yes,
        lease: false,
        note: if LRU {
            "evicts after the fact, in the order of its read log, which drops reads under load"
        } else {
            "drops a new session if the old ones are more popular"
        },
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
        self.0.run_pending_tasks();
    }
}
