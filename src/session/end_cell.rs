//! Where a waiter for the end of a session is told of it.

use std::task::{Context, Poll, Waker};

use crate::end::Tombstone;
use crate::sync::Mutex;

/// Shared by a session and one who waits for its end. The lock is a leaf.
#[derive(Debug, Default)]
pub(crate) struct EndCell(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    tombstone: Option<Tombstone>,
    waker: Option<Waker>,
}

impl EndCell {
    /// The session has ended. The caller must [`wake`](EndCell::wake) soon.
    pub(super) fn tell(&self, tombstone: Tombstone) {
        self.0.lock().tombstone = Some(tombstone);
    }

    /// Hold no lock: wakers are application code.
    pub(super) fn wake(&self) {
        if let Some(waker) = self.take_waker() {
            waker.wake();
        }
    }

    /// The waker, to be dropped with care.
    pub(super) fn take_waker(&self) -> Option<Waker> {
        self.0.lock().waker.take()
    }

    pub(crate) fn poll(&self, task: &mut Context<'_>) -> Poll<Tombstone> {
        // A waker is application code: clone it before the lock, drop the old one after it.
        let waker = task.waker().clone();
        let mut told = self.0.lock();
        let (answer, unused) = match told.tombstone {
            Some(tombstone) => (Poll::Ready(tombstone), Some(waker)),
            None => (Poll::Pending, told.waker.replace(waker)),
        };
        drop(told);
        drop(unused);
        answer
    }
}
