//! Waiting for the leases of sessions that have ended.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::bulk::BulkEnd;
use crate::clock::{Clock, SystemClock};
use crate::session::{Context as StoreContext, DrainCell, Record, drop_record};
use crate::sync::{Arc, Parker, Weak};

/// Sessions that have ended, until their last leases are back. From [`SessionStore::drain`].
///
/// A future, of any runtime, and cancel-safe: what is waited for can be waited for again. There is
/// no timer here, so put it into your runtime's timeout, by reference, to ask afterwards how many
/// leases are still out. Threads [`wait`](Self::wait). Dropping it stops the waiting, and brings
/// nothing back.
///
/// It keeps no session's data in memory, and not the store.
///
/// [`SessionStore::drain`]: crate::SessionStore::drain
///
/// # Examples
///
/// ```
/// use std::pin::Pin;
/// use std::task::{Context, Poll, Waker};
/// use tenure::{EndAs, NewSession, Selector, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// let lease = store.acquire(&session).unwrap();
/// let mut draining = store.drain_as(&Selector::all(), EndAs::killed());
/// assert!(session.is_ended());
///
/// // What `(&mut draining).await` does:
/// let mut task = Context::from_waker(Waker::noop());
/// assert!(Pin::new(&mut draining).poll(&mut task).is_pending());
/// assert_eq!(draining.leases(), 1);
/// drop(lease);
/// let Poll::Ready(drained) = Pin::new(&mut draining).poll(&mut task) else { panic!() };
/// assert_eq!((drained.ended, drained.leases), (1, 0));
/// # use std::future::Future;
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "the sessions have ended; this waits for their leases"]
pub struct Draining<T> {
    outcome: BulkEnd,
    in_use: Vec<Weak<Record<T>>>,
    cell: Arc<DrainCell>,
    store: Arc<StoreContext>,
}

/// What became of sessions that were to end, and to be no longer in use.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{NewSession, Selector, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// store.create(NewSession::new(())).unwrap();
/// store.create(NewSession::new(()).pinned()).unwrap();
/// let drained = store.drain(&Selector::all()).wait(Duration::from_secs(1));
/// assert_eq!((drained.ended, drained.kept, drained.leases), (1, 1, 0));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// How many the call ended. Those that had expired, or had ended before, are not among them.
    pub ended: usize,
    /// How many were meant, but are pinned and go on.
    pub kept: usize,
    /// How many leases are still out. Of the sessions that go on, none counts.
    pub leases: usize,
}

impl<T> Draining<T> {
    /// Waits for those of the sessions that have ended and are in use.
    pub(super) fn new<'a>(
        store: &Arc<StoreContext>,
        outcome: BulkEnd,
        sessions: impl Iterator<Item = &'a Arc<Record<T>>>,
    ) -> Self
    where
        T: 'a,
    {
        let cell = Arc::default();
        let in_use = sessions.filter(|record| record.drain_into(&cell)).map(Arc::downgrade);
        Self { outcome, in_use: in_use.collect(), cell, store: Arc::clone(store) }
    }

    /// How many sessions the call ended.
    pub fn ended(&self) -> BulkEnd {
        self.outcome
    }

    /// How many leases of the sessions are out at this moment.
    pub fn leases(&self) -> usize {
        let leases = |record: &Weak<Record<T>>| {
            let record = record.upgrade()?;
            let leases = record.word.load().leases();
            drop_record(record);
            usize::try_from(leases).ok()
        };
        self.in_use.iter().filter_map(leases).sum()
    }

    /// Blocks the thread until the last lease is back, at most for `timeout`, in real time. Returns
    /// how many are still out.
    pub fn wait(&mut self, timeout: Duration) -> Drained {
        let clock = SystemClock::new();
        let deadline = clock.now().saturating_add(timeout);
        let parker = Arc::new(Parker::default());
        let waker = Waker::from(Arc::clone(&parker));
        while self.cell.poll(&mut Context::from_waker(&waker)).is_pending() {
            let left = deadline.since(clock.now());
            if left.is_zero() {
                break;
            }
            parker.park(left);
        }
        self.drained()
    }

    fn drained(&self) -> Drained {
        let BulkEnd { ended, kept } = self.outcome;
        Drained { ended, kept, leases: self.leases() }
    }
}

impl<T> Future for Draining<T> {
    type Output = Drained;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Drained> {
        self.cell.poll(task).map(|()| self.drained())
    }
}

impl<T> Drop for Draining<T> {
    fn drop(&mut self) {
        for record in self.in_use.iter().filter_map(Weak::upgrade) {
            record.stop_draining(&self.cell);
            drop_record(record);
        }
        // It may panic, and another panic may be unwinding.
        self.store.run_application_code(|| drop(self.cell.take_waker()));
    }
}

impl<T> fmt::Debug for Draining<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (outcome, leases) = (&self.outcome, self.leases());
        let mut shown = f.debug_struct("Draining");
        shown.field("outcome", outcome).field("leases", &leases).finish_non_exhaustive()
    }
}
