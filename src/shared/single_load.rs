//! One load of a session at a time: others wait for it.

use std::task::{Context, Poll};

use super::keeper::Desk;
use super::misses::Miss;
use super::pending::Loading;
use crate::collection::RecordKey;
use crate::end::Tombstone;
use crate::tick::Tick;

/// What one that wants to load a session is to do.
pub(super) enum Joined<'a> {
    /// Load it.
    Lead(UnderWay<'a>),
    /// Wait, and look again.
    Wait(Waiting<'a>),
    /// It was looked for a moment ago, or it ended here.
    Missed(Miss),
}

/// Says that a load is under way. Dropping it lets those that wait go on.
#[must_use = "the load is over when this is dropped"]
pub(super) struct UnderWay<'a> {
    desk: &'a Desk,
    key: RecordKey,
}

/// Waits until the load of a session is over.
pub(super) struct Waiting<'a> {
    desk: &'a Desk,
    key: RecordKey,
    /// Which load it waits for.
    load: u64,
    /// Where its waker is.
    at: Option<u64>,
}

impl<'a> UnderWay<'a> {
    pub(super) fn join(desk: &'a Desk, key: RecordKey, now: Tick) -> Joined<'a> {
        let mut node = desk.lock();
        let pending = node.ends.get(&key).and_then(|end| end.tombstone);
        if let Some(tombstone) = pending.or_else(|| node.recent.ended(key)) {
            return Joined::Missed(Miss::Ended(tombstone));
        }
        if let Some(loading) = node.loads.get(&key) {
            return Joined::Wait(Waiting { desk, key, load: loading.number, at: None });
        }
        if let Some(miss) = node.misses.find(key, now) {
            return Joined::Missed(miss);
        }
        node.next_load += 1;
        let loading = Loading { number: node.next_load, ..Loading::default() };
        node.loads.insert(key, loading);
        Joined::Lead(Self { desk, key })
    }

    /// The session was not in the collection, which was asked then.
    pub(super) fn missed(&self, miss: Miss, since: Tick) {
        self.desk.lock().misses.note(self.key, miss, since);
    }

    /// How the session has ended since the load began, as far as this node knows, and whether the
    /// collection knows it.
    pub(super) fn ended(&self) -> Option<(Tombstone, bool)> {
        let node = self.desk.lock();
        let pending = || node.ends.get(&self.key).and_then(|end| Some((end.tombstone?, false)));
        node.loads.get(&self.key).and_then(|loading| loading.ended).or_else(pending)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let loading = self.desk.lock().loads.remove(&self.key);
        // Application code: outside the lock.
        for waker in loading.into_iter().flat_map(|loading| loading.waiters.into_values()) {
            waker.wake();
        }
    }
}

impl Waiting<'_> {
    pub(super) fn poll(&mut self, task: &mut Context<'_>) -> Poll<()> {
        // Cloned, and dropped, outside the lock: wakers are application code.
        let waker = task.waker().clone();
        let mut node = self.desk.lock();
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
                Poll::Ready(())
            }
        }
    }
}

/// One that waits no longer leaves nothing behind.
impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(at) = self.at else { return };
        let mut node = self.desk.lock();
        let loading = node.loads.get_mut(&self.key).filter(|loading| loading.number == self.load);
        let waker = loading.and_then(|loading| loading.waiters.remove(&at));
        drop(node);
        drop(waker);
    }
}
