//! What waits for the end of a session, and what is known of it afterwards.

use std::collections::BTreeMap;
use std::mem;

use super::drain_cell::DrainCell;
use super::end_cell::EndCell;
use crate::end::Tombstone;
use crate::id::Origin;
use crate::sync::Arc;

/// A closure of the application's that runs once, when the session `S` has ended.
pub(crate) type Hook<S> = Box<dyn FnOnce(&S, &Tombstone) + Send>;

/// The rarely used part of a session. Most sessions live and die without one.
pub(crate) struct Cold<S> {
    pub(crate) tombstone: Option<Tombstone>,
    /// What the track id is known by, once that is not the session's id.
    pub(crate) origin: Option<Origin>,
    hooks: Vec<Hook<S>>,
    waiters: BTreeMap<u64, Arc<EndCell>>,
    next_waiter: u64,
    /// Where the return of the last lease is told, once the session has ended.
    drains: Vec<Arc<DrainCell>>,
}

impl<S> Default for Cold<S> {
    fn default() -> Self {
        Self {
            tombstone: None,
            origin: None,
            hooks: Vec::new(),
            waiters: BTreeMap::new(),
            next_waiter: 0,
            drains: Vec::new(),
        }
    }
}

/// What waits for the end of a session `S`.
pub(crate) struct Waiting<S> {
    pub(super) hooks: Vec<Hook<S>>,
    pub(super) cells: Vec<Arc<EndCell>>,
}

impl<S> Cold<S> {
    /// Whether a hook or a waiter waits for the end.
    pub(crate) fn is_awaited(&self) -> bool {
        !self.hooks.is_empty() || !self.waiters.is_empty()
    }

    pub(crate) fn add_hook(&mut self, hook: Hook<S>) {
        self.hooks.push(hook);
    }

    /// Notes how the session has ended, and takes out all that has to happen now.
    pub(crate) fn end(&mut self, tombstone: Tombstone) -> Waiting<S> {
        self.tombstone = Some(tombstone);
        let cells: Vec<_> = mem::take(&mut self.waiters).into_values().collect();
        for cell in &cells {
            cell.tell(tombstone);
        }
        Waiting { hooks: mem::take(&mut self.hooks), cells }
    }

    /// Registers a waiter, unless the session has ended. Returns the number by which to
    /// [stop](Cold::stop_waiting).
    pub(crate) fn wait(&mut self, cell: &Arc<EndCell>) -> u64 {
        if let Some(tombstone) = self.tombstone {
            cell.tell(tombstone);
        } else {
            self.next_waiter += 1;
            self.waiters.insert(self.next_waiter, Arc::clone(cell));
        }
        self.next_waiter
    }

    /// Returns what is to be dropped outside the lock.
    pub(crate) fn stop_waiting(&mut self, number: u64) -> Option<Arc<EndCell>> {
        self.waiters.remove(&number)
    }

    /// Registers one that drains the session, which is in use. Returns false if it was before.
    pub(super) fn drain_into(&mut self, cell: &Arc<DrainCell>) -> bool {
        let new = !self.drains.iter().any(|own| Arc::ptr_eq(own, cell));
        if new {
            cell.add();
            self.drains.push(Arc::clone(cell));
        }
        new
    }

    /// Returns what is to be dropped outside the lock.
    pub(super) fn stop_draining(&mut self, cell: &Arc<DrainCell>) -> Option<Arc<DrainCell>> {
        let at = self.drains.iter().position(|own| Arc::ptr_eq(own, cell))?;
        Some(self.drains.swap_remove(at))
    }

    /// Takes out all that are to be told.
    pub(super) fn take_drains(&mut self) -> Vec<Arc<DrainCell>> {
        mem::take(&mut self.drains)
    }
}
