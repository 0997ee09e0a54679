//! Session tables side by side, and the loops that measure them: what the program `peers` and the
//! benches share.

#![allow(missing_docs, clippy::disallowed_methods)]
// For the programs and benches of this workspace alone.
#![allow(clippy::missing_panics_doc, clippy::len_without_is_empty, clippy::new_without_default)]

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use dashmap::DashMap;
use tenure::{Limit, Limits, NewSession, SessionId, SessionStore};

pub mod batch;
pub mod churn;
pub mod cursor;
pub mod random;
pub mod record;
pub mod table;
pub mod tables;
pub mod threads;

/// A store at its cap, and the ids of its sessions.
pub fn full_store(sessions: usize) -> (SessionStore<u64>, Vec<SessionId>) {
    let limits = Limits::none().global(Limit::evict_oldest(sessions));
    let store = SessionStore::builder().limits(limits).build().unwrap();
    let ids = (0..sessions as u64).map(|n| store.create(new_session(n)).unwrap().id()).collect();
    (store, ids)
}

pub fn new_session(n: u64) -> NewSession<u64> {
    NewSession::new(n).principal("alice").originator("bench")
}

/// What nothing can beat: a map of the same ids to the least record that can be touched.
pub fn bare_map(ids: &[SessionId]) -> DashMap<SessionId, Arc<Bare>> {
    let bare = |id: &SessionId| (*id, Arc::new(Bare { last_active: AtomicU64::new(0) }));
    ids.iter().map(bare).collect()
}

pub struct Bare {
    pub last_active: AtomicU64,
}
