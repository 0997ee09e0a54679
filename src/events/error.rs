//! What a subscriber is told in place of an event.

use crate::end::Tombstone;

/// Why there is no event.
///
/// # Examples
///
/// ```
/// use tenure::events::{EventError, Filter};
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().event_ring(2).build()?;
/// let mut events = store.subscribe(Filter::all());
/// for n in 0..5 {
///     store.create(NewSession::new(n)).unwrap();
/// }
/// assert_eq!(events.try_recv().unwrap_err(), EventError::EventsLost { missed: 3 });
/// assert!(events.try_recv().unwrap().is_some()); // the oldest that is kept
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The subscriber was too slow, and events that it wanted are gone. It is told once; the next
    /// call goes on with the oldest event that is kept. A subscriber that keeps a table of the
    /// sessions [resynchronises](crate::SessionStore::resync) first.
    #[error("{missed} events were lost: they came faster than they were taken")]
    EventsLost {
        /// How many that pass the filter.
        missed: u64,
    },
    /// The session that the subscription is [bound to](crate::events::Subscription::until_end_of)
    /// has ended. Every later call says the same.
    #[error("the session of the subscription {0}")]
    SessionEnded(Tombstone),
    /// The store was closed, and every event before that was taken. Every later call says the same.
    #[error("the store is closed")]
    Closed,
}

/// Why a barrier was not passed.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::SessionStore;
/// use tenure::events::{BarrierError, Filter};
///
/// let store = SessionStore::<()>::builder().build()?;
/// let events = store.subscribe(Filter::all());
/// let watcher = events.watcher();
/// drop(events);
/// assert_eq!(watcher.barrier(Duration::ZERO), Err(BarrierError::Gone));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BarrierError {
    /// The subscriber has not come so far in time.
    #[error("the subscriber is still {behind} events before the barrier")]
    TimedOut {
        /// How many events it has yet to deal with, those that it does not want among them.
        behind: u64,
    },
    /// The subscription was dropped.
    #[error("the subscription is gone")]
    Gone,
}
