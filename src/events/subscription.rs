//! A subscriber's end of the events.

use std::any::Any;
use std::fmt;
use std::task::{Context, Poll, Waker};

use super::error::EventError;
use super::watcher::SubscriptionWatcher;
use crate::end::Tombstone;
use crate::event_log::EventHub;
use crate::event_log::{CursorId, Event, EventToken, Read, SubscriptionInfo, Wakers};
use crate::session::{EndCell, Session};
use crate::sync::Arc;

/// Hands out the events of a store, in order.
///
/// From [`subscribe`](crate::SessionStore::subscribe). Dropping it frees it. It does not keep the
/// store alive.
///
/// # Examples
///
/// A thread that follows the store until it closes:
///
/// ```
/// use std::time::Duration;
/// use tenure::events::{EventError, Filter};
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let mut events = store.subscribe(Filter::all());
/// let follower = std::thread::spawn(move || {
///     let mut seen = 0;
///     loop {
///         match events.recv_timeout(Duration::from_secs(60)) {
///             Ok(Some(_event)) => seen += 1,
///             Ok(None) => {} // nothing for a minute
///             Err(EventError::EventsLost { .. }) => {} // look at the store as a whole
///             Err(_) => return seen,
///         }
///     }
/// });
/// store.create(NewSession::new(())).unwrap();
/// store.close();
/// assert_eq!(follower.join().unwrap(), 2); // created and ended
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "dropping a subscription frees it"]
pub struct Subscription {
    pub(super) hub: Arc<EventHub>,
    pub(super) id: CursorId,
    pub(super) own: Option<Own>,
    /// Whether the stream has said its last word.
    #[cfg(feature = "stream")]
    pub(super) done: bool,
}

/// The session that a subscription is bound to.
pub(super) struct Own {
    cell: Arc<EndCell>,
    /// Gives the place among those who wait up when it is dropped.
    _waiting: Box<dyn Any + Send + Sync>,
}

impl Subscription {
    pub(super) fn new(hub: Arc<EventHub>, id: CursorId) -> Self {
        Self {
            hub,
            id,
            own: None,
            #[cfg(feature = "stream")]
            done: false,
        }
    }

    /// Binds the subscription to a session, such as that of the client who waits for the events:
    /// from the moment that the session ends, every call returns [`EventError::SessionEnded`] at
    /// once, before anything that is yet to be read, and a call that waits is woken. The filter has
    /// no part in it. Only the last session counts that it is bound to.
    ///
    /// It does not keep the session's data in memory, so the session's data may hold it. A session
    /// past its deadline ends when an operation notices: keep the reaper going.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::events::{EventError, Filter};
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(())).unwrap();
    /// let mut events = store.subscribe(Filter::all()).until_end_of(&session);
    /// store.end(&session.id());
    /// assert!(matches!(events.try_recv(), Err(EventError::SessionEnded(_))));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn until_end_of<T: Send + Sync + 'static>(mut self, session: &Session<T>) -> Self {
        self.set_done(false);
        self.reopen();
        let ended = session.ended();
        self.own = Some(Own { cell: Arc::clone(ended.cell()), _waiting: Box::new(ended) });
        self
    }

    /// The place after everything that was taken so far, for
    /// [`subscribe_from`](crate::SessionStore::subscribe_from).
    #[must_use]
    pub fn token(&self) -> EventToken {
        self.hub.log().position(self.id)
    }

    /// How far the subscription is behind, and what it has lost.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "it cannot")]
    pub fn info(&self) -> SubscriptionInfo {
        let info = self.hub.log().info(self.id);
        info.expect("a subscription is known until it is dropped")
    }

    /// A handle for other threads, to look at the subscription and to wait for it.
    #[must_use]
    pub fn watcher(&self) -> SubscriptionWatcher {
        SubscriptionWatcher::new(Arc::clone(&self.hub), self.id)
    }

    /// What the stream said last holds no longer.
    #[cfg_attr(not(feature = "stream"), allow(clippy::unused_self))]
    pub(super) fn reopen(&mut self) {
        #[cfg(feature = "stream")]
        {
            self.done = false;
        }
    }

    /// Whether, and how, the session that it is bound to has ended.
    pub(super) fn poll_own(&self, task: &mut Context<'_>) -> Option<Tombstone> {
        let Poll::Ready(tombstone) = self.own.as_ref()?.cell.poll(task) else { return None };
        self.set_done(true);
        Some(tombstone)
    }

    /// Whether the session that it is bound to has ended.
    fn set_done(&self, done: bool) {
        let mut wakers = Wakers::default();
        self.hub.log().set_done(self.id, done, &mut wakers);
        self.hub.wake(wakers);
    }

    /// Reads on. `afresh` if the subscriber has dealt with what it took before. If there is
    /// nothing, `waker` is woken once there is something.
    pub(super) fn read(
        &mut self,
        afresh: bool,
        waker: Option<Waker>,
    ) -> Result<Option<Event>, EventError> {
        let mut wakers = Wakers::default();
        let read = self.hub.log().read(self.id, afresh, waker, &mut wakers);
        self.hub.wake(wakers);
        match read {
            Read::Event(event) => Ok(Some(event)),
            Read::Missed(missed) => Err(EventError::EventsLost { missed }),
            Read::Nothing { closed: false } => Ok(None),
            Read::Nothing { closed: true } => Err(EventError::Closed),
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.free(self.id);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subscription").field(&self.info()).finish()
    }
}
