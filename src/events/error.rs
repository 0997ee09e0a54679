//! What a subscriber is told in place of an event.

use crate::end::Tombstone;

/// Why there is no event.
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
