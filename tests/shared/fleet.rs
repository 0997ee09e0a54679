//! Nodes over one collection in memory, by one clock.

use std::time::Duration;

use tenure::collection::{HashKey, MemoryCollection, Policy};
use tenure::shared::{SharedBuilder, SharedSessions};
use tenure::{ManualClock, SessionStore};

pub(crate) type Node = SharedSessions<u32, MemoryCollection>;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// The idle timeout of the sessions.
pub(crate) const IDLE: Duration = Duration::from_secs(1_800);
/// A minute less.
pub(crate) const NEARLY_IDLE: Duration = Duration::from_secs(1_740);
/// How often nodes refresh.
pub(crate) const INTERVAL: Duration = Duration::from_secs(300);

pub(crate) struct Fleet {
    pub(crate) clock: ManualClock,
    pub(crate) collection: MemoryCollection,
}

impl Fleet {
    pub(crate) fn new() -> Self {
        Self::with(Policy::new(INTERVAL))
    }

    pub(crate) fn with(policy: Policy) -> Self {
        let clock = ManualClock::new();
        let collection = MemoryCollection::with_clock(policy, clock.clone());
        Self { clock, collection }
    }

    pub(crate) fn builder(&self) -> SharedBuilder<u32, MemoryCollection> {
        let store = SessionStore::builder().clock(self.clock.clone()).idle_timeout(IDLE);
        let salted = store.track_salt([3; 32]);
        SharedSessions::builder(self.collection.clone(), HashKey::new([7; 32])).store(salted)
    }

    pub(crate) fn node(&self) -> Node {
        self.builder().build().unwrap()
    }
}
