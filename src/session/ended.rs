//! Waiting for the end of a session without blocking a thread.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::record::Record;
use crate::end::Tombstone;
use crate::sync::Arc;

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
        Self { record, waiting: None }
    }
}

impl<T> Future for Ended<T> {
    type Output = Tombstone;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Tombstone> {
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

impl<T> fmt::Debug for Ended<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ended").finish_non_exhaustive()
    }
}
