//! Whose turn it is to change a session's data, on this node. Plain data, inside the node's lock.

use std::collections::{BTreeMap, HashMap};
use std::task::{Poll, Waker};

use crate::collection::CollectionError;
use crate::sync::ThreadId;

/// Those that change the data of sessions, and those that wait to.
#[derive(Default)]
pub(super) struct Turns {
    /// By the number of the session, and by when they came.
    queues: HashMap<u64, BTreeMap<u64, Place>>,
    next: u64,
    /// Threads that run a closure of the application's.
    in_closures: Vec<ThreadId>,
}

/// A place in the queue of a session.
#[derive(Default)]
struct Place {
    waker: Option<Waker>,
    /// What went wrong with the one that it waited for.
    failed: Option<CollectionError>,
}

impl Turns {
    /// Takes a place at the end of the queue of a session.
    pub(super) fn join(&mut self, session: u64) -> u64 {
        self.next += 1;
        self.queues.entry(session).or_default().insert(self.next, Place::default());
        self.next
    }

    /// Whether it is this one's turn, or what went wrong with the one before; else it is woken when
    /// that has changed. With it comes a waker, to be dropped outside the lock.
    pub(super) fn poll(
        &mut self,
        session: u64,
        number: u64,
        waker: Waker,
    ) -> (Poll<Result<(), CollectionError>>, Option<Waker>) {
        let queue = self.queues.entry(session).or_default();
        let place = queue.entry(number).or_default();
        let before = place.waker.replace(waker);
        if let Some(error) = place.failed.take() {
            return (Poll::Ready(Err(error)), before);
        }
        let is_first = queue.first_key_value().is_some_and(|(first, _)| *first == number);
        (if is_first { Poll::Ready(Ok(())) } else { Poll::Pending }, before)
    }

    /// The others in the queue have failed so. Returns their wakers, to be woken outside the lock.
    pub(super) fn fail(&mut self, session: u64, of: u64, error: &CollectionError) -> Vec<Waker> {
        let queue = self.queues.get_mut(&session);
        let others = queue.into_iter().flatten().filter(|(number, _)| **number != of);
        let failed = others.filter_map(|(_, place)| {
            place.failed = Some(error.clone());
            place.waker.take()
        });
        failed.collect()
    }

    /// Gives up a place. Returns its waker, to be dropped outside the lock, and that of the next,
    /// to be woken there.
    pub(super) fn leave(&mut self, session: u64, number: u64) -> [Option<Waker>; 2] {
        let Some(queue) = self.queues.get_mut(&session) else { return [None, None] };
        let own = queue.remove(&number).and_then(|place| place.waker);
        let next = queue.first_entry().and_then(|mut first| first.get_mut().waker.take());
        if queue.is_empty() {
            self.queues.remove(&session);
        }
        [own, next]
    }

    pub(super) fn is_in_closure(&self, thread: ThreadId) -> bool {
        self.in_closures.contains(&thread)
    }

    pub(super) fn enter_closure(&mut self, thread: ThreadId) {
        self.in_closures.push(thread);
    }

    pub(super) fn leave_closure(&mut self, thread: ThreadId) {
        if let Some(at) = self.in_closures.iter().position(|own| *own == thread) {
            self.in_closures.swap_remove(at);
        }
    }
}
