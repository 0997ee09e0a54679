//! Where one who drains sessions is told that their leases are back.

use std::task::{Context, Poll, Waker};

use crate::sync::Mutex;

/// Shared by one who drains sessions and those of them that are in use. The lock is a leaf.
#[derive(Debug, Default)]
pub(crate) struct DrainCell(Mutex<Out>);

#[derive(Debug, Default)]
struct Out {
    /// How many of the sessions are in use.
    sessions: usize,
    waker: Option<Waker>,
}

impl DrainCell {
    /// One more of the sessions is in use.
    pub(super) fn add(&self) {
        self.0.lock().sessions += 1;
    }

    /// The last lease of one of the sessions is back. Hold no lock: wakers are application code.
    pub(super) fn returned(&self) {
        let waker = {
            let mut out = self.0.lock();
            out.sessions -= 1;
            if out.sessions == 0 { out.waker.take() } else { None }
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The waker, to be dropped with care.
    pub(crate) fn take_waker(&self) -> Option<Waker> {
        self.0.lock().waker.take()
    }

    /// Ready once none of the sessions is in use.
    pub(crate) fn poll(&self, task: &mut Context<'_>) -> Poll<()> {
        // A waker is application code: clone it before the lock, drop the old one after it.
        let waker = task.waker().clone();
        let mut out = self.0.lock();
        let (answer, unused) = match out.sessions {
            0 => (Poll::Ready(()), Some(waker)),
            _ => (Poll::Pending, out.waker.replace(waker)),
        };
        drop(out);
        drop(unused);
        answer
    }
}
