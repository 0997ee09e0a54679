//! The end of a session, and what follows from it.

use super::cold::Waiting;
use super::context::Context;
use super::record::{MaybeCold, Record};
use super::word::{Changed, Seen};
use crate::end::Tombstone;
use crate::sync::{Arc, MutexGuard};

/// A session that has just ended, and what is to be done about it once every lock is released.
#[must_use = "the hooks of an ended session must run"]
pub(crate) struct Ending<T> {
    record: Arc<Record<T>>,
    pub(crate) tombstone: Tombstone,
    waiting: Option<Waiting<Arc<Record<T>>>>,
}

/// A session that has ended just now, with its cold part still locked: a thread that asks how it
/// ended waits for [`finish`](UnfinishedEnd::finish).
#[must_use = "the end of a session must be finished"]
pub(crate) struct UnfinishedEnd<'a, T> {
    record: &'a Arc<Record<T>>,
    cold: MutexGuard<'a, MaybeCold<T>>,
}

impl<'a, T> UnfinishedEnd<'a, T> {
    /// Locks the cold part of the session and ends it, unless its word is no longer what was
    /// `seen`.
    pub(crate) fn begin(record: &'a Arc<Record<T>>, seen: Seen) -> Result<Self, Changed> {
        let cold = record.lock_cold();
        record.word.end(seen)?;
        Ok(Self { record, cold })
    }

    /// Notes the tombstone for those that hold a handle, if there are any: of the pointers to the
    /// record that there are now, `own` are the store's, which go before the tombstone can be asked
    /// for.
    pub(crate) fn finish(
        mut self,
        tombstone: Tombstone,
        own: usize,
    ) -> Option<Waiting<Arc<Record<T>>>> {
        // The directory has lost the record, so new handles come from handles alone.
        let held = self.cold.is_some() || Arc::strong_count(self.record) > own;
        let waiting = held.then(|| self.cold.get_or_insert_default().end(tombstone));
        drop(self.cold);
        self.record.forget_touched();
        waiting
    }
}

impl<T> Ending<T> {
    pub(crate) fn new(
        record: Arc<Record<T>>,
        tombstone: Tombstone,
        waiting: Option<Waiting<Arc<Record<T>>>>,
    ) -> Self {
        Self { record, tombstone, waiting }
    }

    pub(crate) fn record(&self) -> &Arc<Record<T>> {
        &self.record
    }

    /// Runs the hooks, wakes the waiters, drops the session. Hold no lock: all of it is application
    /// code, the drop of the session's data included.
    pub(crate) fn deliver(self, context: &Context) {
        let Self { record, tombstone, waiting } = self;
        if let Some(Waiting { hooks, cells }) = waiting {
            for hook in hooks {
                context.run_application_code(|| hook(&record, &tombstone));
            }
            for cell in cells {
                context.run_application_code(|| cell.wake());
            }
        }
        if std::mem::needs_drop::<T>() {
            context.run_application_code(|| drop(record));
        }
    }
}

/// The sessions that an operation has ended, in order. Most end one or none.
pub(crate) struct Endings<T> {
    first: Option<Ending<T>>,
    more: Vec<Ending<T>>,
    /// Sessions that have left memory without an end.
    unloaded: Vec<Arc<Record<T>>>,
}

impl<T> Default for Endings<T> {
    fn default() -> Self {
        Self { first: None, more: Vec::new(), unloaded: Vec::new() }
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

    /// Drops this pointer, perhaps the last one, with the rest.
    pub(crate) fn drop_later(&mut self, record: Arc<Record<T>>) {
        self.unloaded.push(record);
    }

    /// Deals with each. Hold no lock.
    pub(crate) fn deliver(self, context: &Context) {
        self.unloaded.into_iter().for_each(drop_record);
        self.first.into_iter().chain(self.more).for_each(|ending| ending.deliver(context));
    }
}

/// Drops a pointer to a record that may be the last one, and with it the application's data. Hold
/// no lock.
pub(crate) fn drop_record<T>(record: Arc<Record<T>>) {
    // The application's part of a record is its data.
    if std::mem::needs_drop::<T>() {
        let context = Arc::clone(&record.context);
        context.run_application_code(|| drop(record));
    }
}
