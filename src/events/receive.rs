//! Receiving events: at once, blocking, and from asynchronous code.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::error::EventError;
use super::subscription::Subscription;
use crate::clock::{Clock, SystemClock};
use crate::event_log::Event;
use crate::sync::{Arc, Parker};

impl Subscription {
    /// The next event, if there is one already. Does not wait.
    ///
    /// # Errors
    ///
    /// [`EventError`] says what there is in place of an event.
    pub fn try_recv(&mut self) -> Result<Option<Event>, EventError> {
        match self.poll_own(&mut Context::from_waker(Waker::noop())) {
            Some(tombstone) => Err(EventError::SessionEnded(tombstone)),
            None => self.read(true, None),
        }
    }

    /// The next event. Blocks the thread until there is one, at most for `timeout`, in real time;
    /// `None` if there is none by then.
    ///
    /// # Errors
    ///
    /// [`EventError`] says what there is in place of an event.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<Event>, EventError> {
        if let Some(event) = self.try_recv()? {
            return Ok(Some(event));
        }
        let clock = SystemClock::new();
        let deadline = clock.now().saturating_add(timeout);
        let parker = Arc::new(Parker::default());
        let waker = Waker::from(Arc::clone(&parker));
        loop {
            if let Poll::Ready(read) = self.poll_recv(&mut Context::from_waker(&waker)) {
                return read.map(Some);
            }
            let left = deadline.since(clock.now());
            if left.is_zero() {
                return self.try_recv();
            }
            parker.park(left);
        }
    }

    /// The next event, for asynchronous code. Needs no particular runtime.
    ///
    /// Cancel-safe: a future that is dropped before it is ready has taken no event.
    ///
    /// # Errors
    ///
    /// [`EventError`] says what there is in place of an event.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    /// use tenure::events::{EventKind, Filter};
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let mut events = store.subscribe(Filter::all());
    /// let mut received = pin!(async { events.recv().await.unwrap().kind() });
    ///
    /// // What an executor does:
    /// let mut task = Context::from_waker(Waker::noop());
    /// assert!(received.as_mut().poll(&mut task).is_pending());
    /// store.create(NewSession::new(())).unwrap();
    /// assert_eq!(received.as_mut().poll(&mut task), Poll::Ready(EventKind::Created));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub async fn recv(&mut self) -> Result<Event, EventError> {
        poll_fn(|task| self.poll_recv(task)).await
    }

    /// The next event, for futures and streams of your own; [`recv`](Self::recv) otherwise. Of the
    /// tasks that poll, the last is woken, unless another call on the subscription comes in
    /// between: poll last.
    ///
    /// # Errors
    ///
    /// [`EventError`] says what there is in place of an event.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::{Context, Poll, Waker};
    /// use tenure::events::Filter;
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let mut events = store.subscribe(Filter::all());
    /// let mut task = Context::from_waker(Waker::noop());
    /// assert!(events.poll_recv(&mut task).is_pending());
    /// store.create(NewSession::new(())).unwrap();
    /// assert!(matches!(events.poll_recv(&mut task), Poll::Ready(Ok(_))));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn poll_recv(&mut self, task: &mut Context<'_>) -> Poll<Result<Event, EventError>> {
        if let Some(tombstone) = self.poll_own(task) {
            return Poll::Ready(Err(EventError::SessionEnded(tombstone)));
        }
        match self.read(true, Some(task.waker().clone())) {
            Ok(Some(event)) => Poll::Ready(Ok(event)),
            Ok(None) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}
