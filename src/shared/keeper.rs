//! What a node notes when its store unloads, ends or rotates a session.

use super::data::{SharedData, Synced};
use super::node::Node;
use crate::collection::HashKey;
use crate::end::{EndReason, Tombstone};
use crate::id::SessionId;
use crate::sync::{Mutex, MutexGuard};
use crate::table::Keeper;
use crate::tick::Tick;

/// The node, behind a lock that is a leaf: nothing more is locked while it is held, and no
/// application code runs.
pub(super) struct LockedNode {
    pub(super) key: HashKey,
    node: Mutex<Node>,
}

impl LockedNode {
    pub(super) fn new(key: HashKey) -> Self {
        Self { key, node: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Node> {
        self.node.lock()
    }
}

impl<T: Send + Sync> Keeper<SharedData<T>> for LockedNode {
    fn unload(&self, id: SessionId, data: &SharedData<T>, last_active: Tick) -> bool {
        let synced = data.synced();
        if !synced.known {
            return false;
        }
        let mut node = self.lock();
        let untold = (last_active > synced.stored).then_some(last_active);
        if untold.is_none() && node.rotations.is_empty() {
            return true;
        }
        node.unload(self.key.record_key(id), untold)
    }

    fn ended(&self, id: SessionId, data: &SharedData<T>, tombstone: &Tombstone) {
        // A store that closes takes its sessions out of memory, not out of the collection.
        if tombstone.reason() == EndReason::StoreClosed {
            return;
        }
        let key = self.key.record_key(id);
        let mut node = self.lock();
        let synced = data.synced();
        let acknowledged = synced.ended || tombstone.reason() == EndReason::Replaced;
        node.end(key, id, *tombstone, Synced { ended: acknowledged, ..synced });
    }

    fn rotated(&self, old: SessionId, new: SessionId, data: &SharedData<T>) {
        let key = |id| (self.key.record_key(id), id);
        let (old, new) = (key(old), key(new));
        let mut node = self.lock();
        node.rotate(old, new, data.synced().may_be_known());
    }
}
