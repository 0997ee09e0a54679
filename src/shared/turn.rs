//! One change of a session's data at a time on this node: the others wait for their turn, in the
//! order in which they came. Against each other they would only fail, and try again.

use std::task::{Context, Poll, Waker};

use super::keeper::LockedNode;
use crate::collection::CollectionError;
use crate::sync::{ThreadId, current_thread};

/// A place in the queue of a session. Dropping it lets the next go on.
#[must_use = "the turn is over when this is dropped"]
pub(super) struct Turn<'a> {
    locked: &'a LockedNode,
    session: u64,
    number: u64,
}

impl<'a> Turn<'a> {
    /// A place at the end of the queue. `None` for a closure that changes data itself: it must not
    /// wait for the change that it is part of.
    pub(super) fn join(locked: &'a LockedNode, session: u64) -> Option<Self> {
        let thread = current_thread().id();
        let mut node = locked.lock();
        if node.turns.is_in_closure(thread) {
            return None;
        }
        let number = node.turns.join(session);
        Some(Self { locked, session, number })
    }

    /// Waits until it is this one's turn. The error says what went wrong with the one before.
    pub(super) fn poll(&self, task: &mut Context<'_>) -> Poll<Result<(), CollectionError>> {
        // Cloned, and dropped, outside the lock: wakers are application code.
        let waker = task.waker().clone();
        let (polled, _before) = self.locked.lock().turns.poll(self.session, self.number, waker);
        polled
    }

    /// The collection has failed: those that have waited for this turn would wait as long again,
    /// each.
    pub(super) fn fail(&self, error: &CollectionError) {
        let error = match error {
            CollectionError::InDoubt { reason } => CollectionError::not_applied(reason.as_str()),
            error => error.clone(),
        };
        let wakers = self.locked.lock().turns.fail(self.session, self.number, &error);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let [_own, next] = self.locked.lock().turns.leave(self.session, self.number);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

/// Says that this thread runs a closure of the application's.
pub(super) struct InClosure<'a> {
    locked: &'a LockedNode,
    thread: ThreadId,
}

impl<'a> InClosure<'a> {
    pub(super) fn enter(locked: &'a LockedNode) -> Self {
        let thread = current_thread().id();
        locked.lock().turns.enter_closure(thread);
        Self { locked, thread }
    }
}

impl Drop for InClosure<'_> {
    fn drop(&mut self) {
        self.locked.lock().turns.leave_closure(self.thread);
    }
}
