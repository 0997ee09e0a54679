//! A live table that needs no care: a subscription that resynchronises by itself.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::error::EventError;
use super::subscription::Subscription;
use super::update::Update;
use crate::event_log::{Event, Filter};
use crate::session::{Session, SessionInfo};
use crate::store::SessionStore;

/// Resynchronises a subscription with its store, if there still is one.
type Resync = Box<dyn Fn(&mut Subscription) -> Option<Vec<SessionInfo>> + Send + Sync>;

/// A snapshot of the live sessions and the events since, for a table that is kept: as a
/// [`Subscription`] that [resynchronises](SessionStore::resync) by itself.
///
/// The first [`Update`] is a snapshot. Where events were lost, since they came faster than they
/// were taken, a fresh snapshot comes in their place. So a follower that takes what comes has the
/// list of the store whenever nothing is left to take, however slow it is and however small the
/// ring.
///
/// Events that are about no session come too if the filter wants them, and may be missing after a
/// loss. A filter of [kinds](Filter::kinds) that leaves out `Created` or `Ended` makes no table;
/// with a collection `Loaded` and `Unloaded` belong to it too.
///
/// It does not keep the store open. Dropping it frees it.
///
/// # Examples
///
/// A thread that follows the store until it closes:
///
/// ```
/// use tenure::events::{Filter, Update};
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// store.create(NewSession::new(())).unwrap();
/// let watch = store.watch(Filter::all());
/// let follower = std::thread::spawn(move || {
///     let (mut snapshots, mut events) = (0, 0);
///     for update in watch {
///         match update {
///             Update::Snapshot(live) => snapshots += live.len(),
///             Update::Event(_) => events += 1,
///         }
///     }
///     (snapshots, events)
/// });
/// store.create(NewSession::new(())).unwrap();
/// store.close();
/// assert_eq!(follower.join().unwrap(), (1, 3)); // created, and two ended
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "dropping it frees it"]
pub struct Watch {
    pub(super) events: Subscription,
    /// The snapshot that is to be taken before any event.
    first: Option<Vec<SessionInfo>>,
    resync: Resync,
    /// Whether the store was gone when events had been lost.
    gone: bool,
}

impl<T: Send + Sync + 'static> SessionStore<T> {
    /// The live sessions that `filter` wants, and the events since, with a fresh snapshot after a
    /// loss. For those who only want a live table: see [`Watch`].
    pub fn watch(&self, filter: Filter) -> Watch {
        let (first, events) = self.subscribe_with_snapshot(filter);
        let store = self.downgrade();
        let resync =
            move |events: &mut Subscription| store.upgrade().map(|store| store.resync(events));
        Watch { events, first: Some(first), resync: Box::new(resync), gone: false }
    }
}

impl Watch {
    /// Binds it to a session, as [`Subscription::until_end_of`] does.
    pub fn until_end_of<T: Send + Sync + 'static>(mut self, session: &Session<T>) -> Self {
        self.events = self.events.until_end_of(session);
        self
    }

    /// The next update, if there is one already. Does not wait.
    ///
    /// # Errors
    ///
    /// [`EventError::Closed`] or [`EventError::SessionEnded`].
    pub fn try_recv(&mut self) -> Result<Option<Update>, EventError> {
        if let Some(first) = self.before_events(&mut Context::from_waker(Waker::noop())) {
            return first.map(Some);
        }
        let read = self.events.try_recv();
        self.update(read)
    }

    /// The next update. Blocks the thread until there is one, at most for `timeout`, in real time;
    /// `None` if there is none by then.
    ///
    /// # Errors
    ///
    /// [`EventError::Closed`] or [`EventError::SessionEnded`].
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<Update>, EventError> {
        if let Some(update) = self.try_recv()? {
            return Ok(Some(update));
        }
        let read = self.events.recv_timeout(timeout);
        self.update(read)
    }

    /// The next update, for asynchronous code. Needs no particular runtime. Cancel-safe: a future
    /// that is dropped before it is ready has taken nothing.
    ///
    /// # Errors
    ///
    /// [`EventError::Closed`] or [`EventError::SessionEnded`].
    pub async fn recv(&mut self) -> Result<Update, EventError> {
        poll_fn(|task| self.poll_recv(task)).await
    }

    /// The next update, for futures and streams of your own; as [`Subscription::poll_recv`].
    ///
    /// # Errors
    ///
    /// [`EventError::Closed`] or [`EventError::SessionEnded`].
    pub fn poll_recv(&mut self, task: &mut Context<'_>) -> Poll<Result<Update, EventError>> {
        if let Some(first) = self.before_events(task) {
            return Poll::Ready(first);
        }
        self.events
            .poll_recv(task)
            .map(|read| read.map(Update::Event).or_else(|error| self.make_up_for(error)))
    }

    /// The subscription behind it: how far it is behind, its token, its watcher for barriers.
    pub fn subscription(&self) -> &Subscription {
        &self.events
    }

    /// What comes before all events: the end of the session that it is bound to, the first
    /// snapshot, the end of all if there is no store.
    fn before_events(&mut self, task: &mut Context<'_>) -> Option<Result<Update, EventError>> {
        if let Some(tombstone) = self.events.poll_own(task) {
            return Some(Err(EventError::SessionEnded(tombstone)));
        }
        let first = self.first.take().map(|live| Ok(Update::Snapshot(live)));
        first.or_else(|| self.gone.then_some(Err(EventError::Closed)))
    }

    /// The update that makes of what was read.
    fn update(
        &mut self,
        read: Result<Option<Event>, EventError>,
    ) -> Result<Option<Update>, EventError> {
        match read {
            Ok(event) => Ok(event.map(Update::Event)),
            Err(error) => self.make_up_for(error).map(Some),
        }
    }

    /// A fresh snapshot, if what came in place of an event is a loss.
    fn make_up_for(&mut self, error: EventError) -> Result<Update, EventError> {
        let EventError::EventsLost { .. } = error else { return Err(error) };
        let live = (self.resync)(&mut self.events);
        // Without a store no session is live, and the events in the ring are of sessions that no
        // snapshot has.
        self.gone = live.is_none();
        Ok(Update::Snapshot(live.unwrap_or_default()))
    }
}

/// The updates of a [`Watch`], each waited for; `None` once the store is closed, or the session has
/// ended that the watch is bound to. Blocks the thread.
///
/// # Examples
///
/// ```
/// use tenure::SessionStore;
/// use tenure::events::{Filter, Update};
///
/// let store = SessionStore::<()>::builder().build()?;
/// let mut updates = store.watch(Filter::all()).into_iter();
/// assert!(matches!(updates.next(), Some(Update::Snapshot(live)) if live.is_empty()));
/// store.close();
/// assert!(updates.next().is_none());
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Debug)]
pub struct Updates(Watch);

impl IntoIterator for Watch {
    type Item = Update;
    type IntoIter = Updates;

    fn into_iter(self) -> Updates {
        Updates(self)
    }
}

impl Iterator for Updates {
    type Item = Update;

    fn next(&mut self) -> Option<Update> {
        loop {
            if let Some(update) = self.0.recv_timeout(Duration::MAX).ok()? {
                return Some(update);
            }
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.events.info()).finish()
    }
}
