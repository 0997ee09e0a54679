//! Waiting for the end of a session without blocking a thread.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::context::Context as StoreContext;
use super::end_cell::EndCell;
use super::ending::drop_record;
use super::record::Record;
use crate::end::Tombstone;
use crate::sync::{Arc, Weak};

/// A future of the end of a session. Needs no particular runtime, and does not keep the session's
/// data in memory.
///
/// From [`Session::ended`](crate::Session::ended). A session past its deadline ends when an
/// operation notices: keep the reaper going, or nothing will wake this future.
///
/// # Examples
///
/// ```
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
/// use tenure::{EndReason, NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// let mut ended = pin!(session.ended());
///
/// // What `session.ended().await` does:
/// let mut task = Context::from_waker(Waker::noop());
/// assert!(ended.as_mut().poll(&mut task).is_pending());
/// store.end(&session.id());
/// let Poll::Ready(tombstone) = ended.as_mut().poll(&mut task) else { panic!("it has ended") };
/// assert_eq!(tombstone.reason(), EndReason::LoggedOut);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "a future does nothing until it is awaited"]
pub struct UntilEnded<T> {
    record: Weak<Record<T>>,
    cell: Arc<EndCell>,
    number: u64,
    store: Arc<StoreContext>,
}

impl<T> UntilEnded<T> {
    pub(crate) fn new(record: &Arc<Record<T>>) -> Self {
        let cell = Arc::default();
        let number = record.with_cold(|cold| cold.wait(&cell));
        let store = Arc::clone(&record.context);
        Self { record: Arc::downgrade(record), cell, number, store }
    }

    /// Where the end is told.
    pub(crate) fn cell(&self) -> &Arc<EndCell> {
        &self.cell
    }
}

impl<T> Future for UntilEnded<T> {
    type Output = Tombstone;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Tombstone> {
        self.cell.poll(task)
    }
}

impl<T> Drop for UntilEnded<T> {
    fn drop(&mut self) {
        if let Some(record) = self.record.upgrade() {
            drop(record.with_cold(|cold| cold.stop_waiting(self.number)));
            drop_record(record);
        }
        // It may panic, and another panic may be unwinding.
        self.store.run_application_code(|| drop(self.cell.take_waker()));
    }
}

impl<T> fmt::Debug for UntilEnded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilEnded").finish_non_exhaustive()
    }
}
