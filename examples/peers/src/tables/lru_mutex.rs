//! The usual way to have exact order: `lru::LruCache` behind a mutex. An idle timeout would have to
//! be written by hand.

use std::hash::RandomState;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::tenure::SessionId;
use lru::LruCache;

use crate::record::{PeerSession, Stopwatch, draw_id, mark_again};
use crate::table::{Abilities, Evicts, Idle, Login, Table};

pub struct LruMutex {
    cache: Mutex<LruCache<SessionId, Arc<PeerSession>, RandomState>>,
    clock: Stopwatch,
}

impl LruMutex {
    pub fn new(cap: usize) -> Self {
        let cap = NonZeroUsize::new(cap).expect("a cap of one at least");
        let cache = Mutex::new(LruCache::with_hasher(cap, RandomState::new()));
        Self { cache, clock: Stopwatch::start() }
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<SessionId, Arc<PeerSession>, RandomState>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table for LruMutex {
    const ABILITIES: Abilities = Abilities {
        evicts: Evicts::Oldest,
        hard_cap: true,
        idle: Idle::No,
        lease: false,
        note: "one lock for all, lookups too",
    };

    type Handle = Arc<PeerSession>;

    fn create(&self, login: Login<'_>) -> Option<SessionId> {
        let id = draw_id();
        let session = PeerSession::new(login, self.clock.now());
        let evicted = self.lock().push(id, session);
        // Freed when the lock is released.
        drop(evicted);
        Some(id)
    }

    fn touch(&self, id: &SessionId) -> Option<Arc<PeerSession>> {
        let session = self.lock().get(id).map(Arc::clone)?;
        session.mark(self.clock.now());
        Some(session)
    }

    fn lease(&self, id: &SessionId) -> bool {
        mark_again(self.touch(id), &self.clock)
    }

    fn len(&self) -> usize {
        self.lock().len()
    }
}
