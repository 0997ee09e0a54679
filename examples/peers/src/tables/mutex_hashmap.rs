//! The shape of MongoDB's cache of logical sessions: one map behind one mutex, which refuses when
//! it is full, and a scan of all to find who is idle.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::tenure::SessionId;

use crate::record::{PeerSession, Stopwatch, draw_id, mark_again};
use crate::table::{Abilities, Evicts, Idle, Login, Table};

type Map = HashMap<SessionId, Arc<PeerSession>>;

pub struct MutexHashMap {
    map: Mutex<Map>,
    cap: usize,
    pub clock: Stopwatch,
}

impl MutexHashMap {
    pub fn new(cap: usize) -> Self {
        Self { map: Mutex::default(), cap, clock: Stopwatch::start() }
    }

    /// Ends the sessions that were last active before `then`; returns how many.
    pub fn end_idle_since(&self, then: u64) -> usize {
        let mut map = self.lock();
        let before = map.len();
        map.retain(|_, session| session.last_active.load(Ordering::Relaxed) >= then);
        before - map.len()
    }

    fn lock(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table for MutexHashMap {
    const ABILITIES: Abilities = Abilities {
        evicts: Evicts::Refuses,
        hard_cap: true,
        idle: Idle::ByScan,
        lease: false,
        note: "one lock for all, held during the scan",
    };

    type Handle = Arc<PeerSession>;

    fn create(&self, login: Login<'_>) -> Option<SessionId> {
        let id = draw_id();
        let session = PeerSession::new(login, self.clock.now());
        let mut map = self.lock();
        if map.len() >= self.cap {
            return None;
        }
        map.insert(id, session);
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
