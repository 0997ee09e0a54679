//! The end of a session, and what follows from it.

use super::cold::Hook;
use super::context::Context;
use super::end_cell::EndCell;
use super::record::Record;
use super::word::{Changed, Seen};
use crate::end::Tombstone;
use crate::sync::Arc;

/// A session that has just ended, and what is to be done about it once every lock is released.
#[must_use = "the hooks of an ended session must run"]
pub(crate) struct Ending<T> {
    record: Arc<Record<T>>,
    pub(crate) tombstone: Tombstone,
    hooks: Vec<Hook<Arc<Record<T>>>>,
    waiters: Vec<Arc<EndCell>>,
}

impl<T> Ending<T> {
    /// Ends the session, unless its word is no longer what was `seen`. Under the store's lock.
    ///
    /// `unlink` takes the record out of all that the store keeps, and answers how many pointers to it
    /// the store will let go of yet, before anybody can ask for the tombstone.
    pub(crate) fn of(
        record: Arc<Record<T>>,
        seen: Seen,
        tombstone: Tombstone,
        unlink: impl FnOnce(&Arc<Record<T>>) -> usize,
    ) -> Result<Self, Changed> {
        let mut cold = record.lock_cold();
        record.word.end(seen)?;
        let left = unlink(&record);
        // With the store's own references gone, nobody can come by a handle but through a handle.
        let told = cold.is_some() || Arc::strong_count(&record) > 1 + left;
        let (hooks, waiters) =
            if told { cold.get_or_insert_default().end(tombstone) } else { Default::default() };
        drop(cold);
        record.forget_touched();
        Ok(Self { record, tombstone, hooks, waiters })
    }

    pub(crate) fn record(&self) -> &Arc<Record<T>> {
        &self.record
    }

    /// Runs the hooks, wakes the waiters, lets go of the session. Hold no lock: all of it is host
    /// code, the drop of the session's data included.
    pub(crate) fn deliver(self, context: &Context) {
        let Self { record, tombstone, hooks, waiters } = self;
        for hook in hooks {
            context.run_application_code(|| hook(&record, &tombstone));
        }
        for waiter in waiters {
            context.run_application_code(|| waiter.wake());
        }
        context.run_application_code(|| drop(record));
    }
}

/// The sessions that an operation has ended, in order. Most end one or none.
pub(crate) struct Endings<T> {
    first: Option<Ending<T>>,
    more: Vec<Ending<T>>,
}

impl<T> Default for Endings<T> {
    fn default() -> Self {
        Self { first: None, more: Vec::new() }
    }
}

impl<T> Endings<T> {
    pub(crate) fn push(&mut self, ending: Ending<T>) {
        if self.first.is_none() {
            self.first = Some(ending);
        } else {
            self.more.push(ending);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Ending<T>> {
        self.first.iter().chain(&self.more)
    }

    /// Deals with each. Hold no lock.
    pub(crate) fn deliver(self, context: &Context) {
        self.first.into_iter().chain(self.more).for_each(|ending| ending.deliver(context));
    }
}

/// Drops a pointer to a record that may be the last one, and with it the application's data. Hold no lock.
pub(crate) fn drop_record<T>(record: Arc<Record<T>>) {
    let context = Arc::clone(&record.context);
    context.run_application_code(|| drop(record));
}
