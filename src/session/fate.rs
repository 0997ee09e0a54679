//! What waits for the end of a session, and what is known of it afterwards.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, Waker};

use super::record::Record;
use crate::end::Tombstone;
use crate::id::TrackId;
use crate::sync::Arc;

/// A host's closure that runs once, when the session `S` has ended.
pub(crate) type Hook<S> = Box<dyn FnOnce(&S, &Tombstone) + Send>;

/// The rarely used part of a session. Most sessions live and die without one.
pub(crate) struct Fate<S> {
    pub(crate) tombstone: Option<Tombstone>,
    /// The track id, once the first id is gone.
    pub(crate) track: Option<TrackId>,
    hooks: Vec<Hook<S>>,
    waiters: Vec<(u64, Waker)>,
    next_waiter: u64,
}

impl<S> Default for Fate<S> {
    fn default() -> Self {
        Self {
            tombstone: None,
            track: None,
            hooks: Vec::new(),
            waiters: Vec::new(),
            next_waiter: 0,
        }
    }
}

impl<S> Fate<S> {
    pub(crate) fn add_hook(&mut self, hook: Hook<S>) {
        self.hooks.push(hook);
    }

    /// Takes out all that has to happen now that the session has ended.
    pub(crate) fn take(&mut self) -> (Vec<Hook<S>>, Vec<(u64, Waker)>) {
        (mem::take(&mut self.hooks), mem::take(&mut self.waiters))
    }

    /// Registers `waker`, under the number it had before if it had one. Answers the number, and
    /// the waker that this one takes the place of, to be dropped outside the lock.
    fn wait(&mut self, number: Option<u64>, waker: Waker) -> (u64, Option<Waker>) {
        let known = self
            .waiters
            .iter_mut()
            .find(|(known, _)| Some(*known) == number);
        if let Some((number, old)) = known {
            return (*number, Some(mem::replace(old, waker)));
        }
        let number = self.next_waiter;
        self.next_waiter += 1;
        self.waiters.push((number, waker));
        (number, None)
    }

    fn stop_waiting(&mut self, number: u64) -> Option<Waker> {
        let at = self
            .waiters
            .iter()
            .position(|(known, _)| *known == number)?;
        Some(self.waiters.swap_remove(at).1)
    }
}

/// A future of the end of a session. Needs no particular runtime.
///
/// From [`Session::ended`](crate::Session::ended). A session past its deadline ends when somebody
/// notices: keep the reaper going, or nothing will wake this future.
#[must_use = "a future does nothing until it is awaited"]
pub struct Ended<T> {
    record: Arc<Record<T>>,
    waiting: Option<u64>,
}

impl<T> Ended<T> {
    pub(crate) fn new(record: Arc<Record<T>>) -> Self {
        Self {
            record,
            waiting: None,
        }
    }
}

impl<T> Future for Ended<T> {
    type Output = Tombstone;

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Tombstone> {
        // A waker is host code: clone it before the lock, drop the old one after it.
        let waker = task.waker().clone();
        let waiting = self.waiting;
        let registered = self.record.with_fate(|fate| match fate.tombstone {
            Some(tombstone) => Err((tombstone, waker)),
            None => Ok(fate.wait(waiting, waker)),
        });
        match registered {
            Ok((number, _old)) => {
                self.waiting = Some(number);
                Poll::Pending
            }
            Err((tombstone, _unused)) => Poll::Ready(tombstone),
        }
    }
}

impl<T> Drop for Ended<T> {
    fn drop(&mut self) {
        if let Some(number) = self.waiting {
            drop(self.record.with_fate(|fate| fate.stop_waiting(number)));
        }
    }
}

impl<T> std::fmt::Debug for Ended<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ended").finish_non_exhaustive()
    }
}
