//! `quick_cache`'s synchronous cache. It knows no time, so nothing in it can idle out.

use std::hash::RandomState;
use std::sync::Arc;

use ::tenure::SessionId;
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use crate::record::{PeerSession, Stopwatch, draw_id, mark_again};
use crate::table::{Abilities, Evicts, Idle, Login, Table};

pub struct QuickCache {
    cache: Cache<SessionId, Arc<PeerSession>, UnitWeighter, RandomState>,
    clock: Stopwatch,
}

impl QuickCache {
    pub fn new(cap: usize) -> Self {
        let hasher = RandomState::new();
        let lifecycle = DefaultLifecycle::default();
        let cache = Cache::with(cap, cap as u64, UnitWeighter, hasher, lifecycle);
        Self { cache, clock: Stopwatch::start() }
    }
}

impl Table for QuickCache {
    const ABILITIES: Abilities = Abilities {
        evicts: Evicts::Approximately,
        hard_cap: true,
        idle: Idle::No,
        lease: false,
        note: "the cap is split among its shards: some evict before the whole is full",
    };

    type Handle = Arc<PeerSession>;

    fn create(&self, login: Login<'_>) -> Option<SessionId> {
        let id = draw_id();
        self.cache.insert(id, PeerSession::new(login, self.clock.now()));
        Some(id)
    }

    fn touch(&self, id: &SessionId) -> Option<Arc<PeerSession>> {
        let session = self.cache.get(id)?;
        session.mark(self.clock.now());
        Some(session)
    }

    fn lease(&self, id: &SessionId) -> bool {
        mark_again(self.touch(id), &self.clock)
    }

    fn len(&self) -> usize {
        self.cache.len()
    }
}
