//! Looking at a subscription from another thread, and waiting for it.

use std::fmt;
use std::task::Waker;
use std::time::Duration;

use super::error::BarrierError;
use crate::clock::{Clock, SystemClock};
use crate::event_log::EventHub;
use crate::event_log::{CursorId, SubscriptionInfo, Wakers};
use crate::sync::{Arc, Parker};

/// A handle to a subscription that another thread reads. From
/// [`Subscription::watcher`](crate::events::Subscription::watcher).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::events::Filter;
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let mut events = store.subscribe(Filter::all());
/// let watcher = events.watcher();
/// let reader = std::thread::spawn(move || while events.recv_timeout(Duration::MAX).is_ok() {});
/// store.create(NewSession::new(())).unwrap();
/// watcher.barrier(Duration::from_secs(60)).expect("the reader has dealt with it");
/// assert_eq!(watcher.info().unwrap().lag, 0);
///
/// store.close();
/// reader.join().unwrap();
/// assert!(watcher.info().is_none());
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone)]
pub struct SubscriptionWatcher {
    hub: Arc<EventHub>,
    id: CursorId,
}

impl SubscriptionWatcher {
    pub(super) fn new(hub: Arc<EventHub>, id: CursorId) -> Self {
        Self { hub, id }
    }

    /// Waits until the subscriber has dealt with everything that was published before this call, at
    /// most for `timeout`, in real time.
    ///
    /// An event is dealt with when the subscriber, having taken it, comes back for the next. What
    /// is published after this call has no part in it, however much that is: a subscriber that is
    /// overrun passes the barrier once it has been told of its loss. So a barrier takes as many
    /// calls of the subscriber as the ring has events, at most, and two. xenopsd's barriers had to
    /// queue behind everything. Do not wait in the subscriber's own thread.
    ///
    /// # Errors
    ///
    /// [`BarrierError`] if it did not come so far in time, or was dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::events::{BarrierError, Filter};
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let mut events = store.subscribe(Filter::all());
    /// let watcher = events.watcher();
    /// store.create(NewSession::new(())).unwrap();
    /// let behind = BarrierError::TimedOut { behind: 1 };
    /// assert_eq!(watcher.barrier(Duration::ZERO), Err(behind));
    ///
    /// let _event = events.try_recv().unwrap();
    /// assert_eq!(watcher.barrier(Duration::ZERO), Err(behind)); // it is being dealt with
    /// assert!(events.try_recv().unwrap().is_none());
    /// assert_eq!(watcher.barrier(Duration::ZERO), Ok(()));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn barrier(&self, timeout: Duration) -> Result<(), BarrierError> {
        let clock = SystemClock::new();
        let deadline = clock.now().saturating_add(timeout);
        let parker = Arc::new(Parker::default());
        let mut raised: Option<(u64, u64)> = None;
        loop {
            let left = deadline.since(clock.now());
            let mut wakers = Wakers::default();
            let mut log = self.hub.log();
            let position = raised.map(|(position, _)| position);
            let Some((behind, position)) = log.behind(self.id, position) else {
                return Err(BarrierError::Gone);
            };
            if behind == 0 {
                return Ok(());
            }
            if left.is_zero() {
                if let Some((_, barrier)) = raised {
                    log.lift(self.id, barrier, &mut wakers);
                }
                drop(log);
                self.hub.wake(wakers);
                return Err(BarrierError::TimedOut { behind });
            }
            if raised.is_none() {
                let waker = Waker::from(Arc::clone(&parker));
                raised = Some((position, log.raise_barrier(self.id, position, waker)));
            }
            drop(log);
            parker.park(left);
        }
    }

    /// How far the subscription is behind, and what it has lost. `None` once it is dropped.
    #[must_use]
    pub fn info(&self) -> Option<SubscriptionInfo> {
        self.hub.log().info(self.id)
    }
}

impl fmt::Debug for SubscriptionWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SubscriptionWatcher").field(&self.info()).finish()
    }
}
