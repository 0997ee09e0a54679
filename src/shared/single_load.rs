//! One load of a session at a time: others wait for it.

use std::task::{Context, Poll};

use super::keeper::LockedNode;
use super::misses::Miss;
use super::pending::Loading;
use crate::collection::{CollectionError, RecordKey};
use crate::end::Tombstone;
use crate::sync::{Arc, OnceLock};
use crate::tick::Tick;

/// What a caller that needs a session which is not in memory does next.
pub(super) enum Joined<'a> {
    /// Load it.
    Lead(UnderWay<'a>),
    /// Wait, and look again unless that load failed.
    Wait(Waiting<'a>),
    /// It was looked for a moment ago, or it ended here.
    Missed(Miss),
}

/// Marks a load as under way until it is dropped, which wakes those that wait for it.
#[must_use = "the load is over when this is dropped"]
pub(super) struct UnderWay<'a> {
    locked: &'a LockedNode,
    key: RecordKey,
}

/// Waits until the load of a session is over.
pub(super) struct Waiting<'a> {
    locked: &'a LockedNode,
    key: RecordKey,
    /// Which load it waits for.
    load: u64,
    /// Where its failure will be.
    failure: Arc<OnceLock<CollectionError>>,
    /// Where its waker is.
    at: Option<u64>,
}

impl<'a> UnderWay<'a> {
    pub(super) fn join(locked: &'a LockedNode, key: RecordKey, now: Tick) -> Joined<'a> {
        let mut node = locked.lock();
        let pending = node.ends.get(&key).and_then(|end| end.tombstone);
        if let Some(tombstone) = pending.or_else(|| node.recent.ended(key)) {
            return Joined::Missed(Miss::Ended(tombstone));
        }
        if let Some(loading) = node.loads.get(&key) {
            let (load, failure) = (loading.number, Arc::clone(&loading.failure));
            return Joined::Wait(Waiting { locked, key, load, failure, at: None });
        }
        if let Some(miss) = node.misses.find(key, now) {
            return Joined::Missed(miss);
        }
        node.next_load += 1;
        let loading = Loading { number: node.next_load, ..Loading::default() };
        node.loads.insert(key, loading);
        Joined::Lead(Self { locked, key })
    }

    /// The session was not in the collection, which was asked then.
    pub(super) fn missed(&self, miss: Miss, since: Tick) {
        self.locked.lock().misses.note(self.key, miss, since);
    }

    /// The collection could not be asked: those that wait for this load are told so, and need not
    /// find that out one after the other.
    pub(super) fn failed(&self, error: &CollectionError) {
        let node = self.locked.lock();
        if let Some(loading) = node.loads.get(&self.key) {
            loading.failure.get_or_init(|| error.clone());
        }
    }

    /// How the session has ended since the load began, as far as this node knows, and whether the
    /// collection knows it.
    pub(super) fn ended(&self) -> Option<(Tombstone, bool)> {
        let node = self.locked.lock();
        let pending = || node.ends.get(&self.key).and_then(|end| Some((end.tombstone?, false)));
        node.loads.get(&self.key).and_then(|loading| loading.ended).or_else(pending)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let loading = self.locked.lock().loads.remove(&self.key);
        // Application code: outside the lock.
        for waker in loading.into_iter().flat_map(|loading| loading.waiters.into_values()) {
            waker.wake();
        }
    }
}

impl Waiting<'_> {
    /// Returns why the load failed, if the collection could not be asked.
    pub(super) fn poll(&mut self, task: &mut Context<'_>) -> Poll<Option<CollectionError>> {
        // Cloned, and dropped, outside the lock: wakers are application code.
        let waker = task.waker().clone();
        let mut node = self.locked.lock();
        match node.loads.get_mut(&self.key) {
            Some(loading) if loading.number == self.load => {
                let last = || loading.waiters.last_key_value().map_or(0, |(last, _)| last + 1);
                let at = *self.at.get_or_insert_with(last);
                let before = loading.waiters.insert(at, waker);
                drop(node);
                drop(before);
                Poll::Pending
            }
            _ => {
                drop(node);
                Poll::Ready(self.failure.get().cloned())
            }
        }
    }
}

/// One that waits no longer leaves nothing behind.
impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(at) = self.at else { return };
        let mut node = self.locked.lock();
        let loading = node.loads.get_mut(&self.key).filter(|loading| loading.number == self.load);
        let waker = loading.and_then(|loading| loading.waiters.remove(&at));
        drop(node);
        drop(waker);
    }
}
