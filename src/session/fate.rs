//! What waits for the end of a session, and what is known of it afterwards.

use std::collections::BTreeMap;
use std::mem;
use std::task::Waker;

use crate::end::Tombstone;
use crate::id::TrackId;

/// A host's closure that runs once, when the session `S` has ended.
pub(crate) type Hook<S> = Box<dyn FnOnce(&S, &Tombstone) + Send>;

/// The rarely used part of a session. Most sessions live and die without one.
pub(crate) struct Fate<S> {
    pub(crate) tombstone: Option<Tombstone>,
    /// The track id, once the first id is gone.
    pub(crate) track: Option<TrackId>,
    hooks: Vec<Hook<S>>,
    waiters: BTreeMap<u64, Waker>,
    next_waiter: u64,
}

impl<S> Default for Fate<S> {
    fn default() -> Self {
        Self {
            tombstone: None,
            track: None,
            hooks: Vec::new(),
            waiters: BTreeMap::new(),
            next_waiter: 0,
        }
    }
}

impl<S> Fate<S> {
    pub(crate) fn add_hook(&mut self, hook: Hook<S>) {
        self.hooks.push(hook);
    }

    /// Takes out all that has to happen now that the session has ended.
    pub(crate) fn take(&mut self) -> (Vec<Hook<S>>, BTreeMap<u64, Waker>) {
        (mem::take(&mut self.hooks), mem::take(&mut self.waiters))
    }

    /// Registers `waker`, under the number it had before if it had one. Answers the number, and
    /// the waker that this one takes the place of, to be dropped outside the lock.
    pub(crate) fn wait(&mut self, number: Option<u64>, waker: Waker) -> (u64, Option<Waker>) {
        let number = number.unwrap_or_else(|| {
            self.next_waiter += 1;
            self.next_waiter
        });
        (number, self.waiters.insert(number, waker))
    }

    pub(crate) fn stop_waiting(&mut self, number: u64) -> Option<Waker> {
        self.waiters.remove(&number)
    }
}
