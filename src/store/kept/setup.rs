//! A store with a keeper that notes what it is told.

use std::time::Duration;

use super::super::builder::StoreBuilder;
use super::super::handle::SessionStore;
use crate::clock::ManualClock;
use crate::end::{EndReason, Tombstone};
use crate::id::SessionId;
use crate::session::NewSession;
use crate::sync::{Arc, Mutex};
use crate::table::Keeper;
use crate::tick::Tick;
use crate::timeouts::Timeouts;

pub(super) const IDLE: Duration = Duration::from_secs(60);
pub(super) const ABSOLUTE: Duration = Duration::from_secs(3_600);

/// What a keeper was told of a session with these data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Unloaded(SessionId, u32, Tick),
    Ended(SessionId, u32, EndReason),
    Rotated(SessionId, SessionId, u32),
}

/// A keeper that notes what it is told, and refuses to have sessions with these data unloaded.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) told: Mutex<Vec<Told>>,
    pub(super) refused: Mutex<Vec<u32>>,
}

impl Notes {
    /// What it was told since it was last asked.
    pub(super) fn take(&self) -> Vec<Told> {
        std::mem::take(&mut *self.told.lock())
    }
}

impl Keeper<u32> for Notes {
    fn unload(&self, id: SessionId, data: &u32, last_active: Tick) -> bool {
        let refuses = self.refused.lock().contains(data);
        if !refuses {
            self.told.lock().push(Told::Unloaded(id, *data, last_active));
        }
        !refuses
    }

    fn ended(&self, id: SessionId, data: &u32, tombstone: &Tombstone) {
        self.told.lock().push(Told::Ended(id, *data, tombstone.reason()));
    }

    fn rotated(&self, old: SessionId, new: SessionId, data: &u32) {
        self.told.lock().push(Told::Rotated(old, new, *data));
    }
}

/// A store with a keeper, and a clock that stands still.
pub(super) struct Kept {
    pub(super) store: SessionStore<u32>,
    pub(super) clock: ManualClock,
    pub(super) notes: Arc<Notes>,
}

impl Kept {
    pub(super) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// A store with these settings, besides timeouts.
    pub(super) fn with(set: impl FnOnce(StoreBuilder<u32>) -> StoreBuilder<u32>) -> Self {
        let (clock, notes) = (ManualClock::new(), Arc::new(Notes::default()));
        let builder = SessionStore::builder()
            .clock(clock.clone())
            .touch_resolution(Duration::ZERO)
            .timeouts(Timeouts::none().idle(IDLE).absolute(ABSOLUTE))
            .keeper(notes.clone());
        Self { store: set(builder).build().unwrap(), clock, notes }
    }

    /// Creates a session that no handle is held of.
    pub(super) fn create(&self, data: u32) -> SessionId {
        self.store.create(NewSession::new(data)).unwrap().id()
    }

    /// The data of the sessions that were unloaded since this was last asked.
    pub(super) fn unloaded(&self) -> Vec<u32> {
        let data = |told| match told {
            Told::Unloaded(_, data, _) => Some(data),
            _ => None,
        };
        self.notes.take().into_iter().filter_map(data).collect()
    }

    /// The counts balance, as they always do.
    pub(super) fn balances(&self) {
        let stats = self.store.stats();
        let (came, left) = (stats.created + stats.loaded, stats.ended.total() + stats.unloaded);
        assert_eq!(came, stats.live as u64 + left, "{stats:?}");
    }
}
