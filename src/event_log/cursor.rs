//! How far a subscriber has read.

use std::task::Waker;

use super::filter::Filter;

/// What a store knows of a subscription.
///
/// # Examples
///
/// ```
/// use tenure::events::Filter;
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().event_ring(2).build()?;
/// let events = store.subscribe(Filter::all());
/// for n in 0..5 {
///     store.create(NewSession::new(n)).unwrap();
/// }
/// let info = events.info();
/// assert_eq!((info.lag, info.lost, info.waiting), (2, 3, false));
/// assert_eq!(store.subscriptions().len(), 1);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SubscriptionInfo {
    /// Its number in the store. No other has it.
    pub id: u64,
    /// What it wants.
    pub filter: Filter,
    /// How many events were published, wanted or not, from the first on that it wants and has not
    /// taken; 0 if it has taken everything that it wants.
    pub lag: u64,
    /// How many wanted events it has lost in all, since it was too slow for the ring.
    pub lost: u64,
    /// Whether a thread or task waits on it for the next event. A task that has dropped its future
    /// counts until the next call or event.
    pub waiting: bool,
}

/// Wakers that come out of the log. They are application code, their drops too: deal with them once
/// its lock is released.
#[derive(Debug, Default)]
#[must_use = "somebody waits to be woken"]
pub(crate) struct Wakers {
    pub(crate) to_wake: Vec<Waker>,
    /// Nothing waits by these any more.
    pub(super) to_drop: Vec<Waker>,
}

/// How far a subscriber has read the events that its topic wants.
///
/// Its place counts those alone: see [`Topic`](super::topic::Topic).
#[derive(Debug)]
pub(super) struct Cursor {
    /// The place of the first event that it has not taken.
    pub(super) next: u64,
    /// The number of the first of the events that it took last, while it has not come back for
    /// more.
    pub(super) in_hand: Option<u64>,
    /// The number of the first event that was overwritten before it was taken, while the subscriber
    /// has not been told.
    pub(super) missed: Option<u64>,
    /// How many it lost, those not counted that it has not been told of.
    pub(super) lost: u64,
    /// Its session has ended, so it does not read on.
    pub(super) done: bool,
    barriers: Vec<Barrier>,
}

/// A thread that waits until the subscriber has dealt with all before `position`.
#[derive(Debug)]
pub(super) struct Barrier {
    pub(super) id: u64,
    pub(super) position: u64,
    pub(super) waker: Waker,
}

impl Cursor {
    pub(super) const fn new(next: u64) -> Self {
        Self { next, in_hand: None, missed: None, lost: 0, done: false, barriers: Vec::new() }
    }

    pub(super) fn raise(&mut self, barrier: Barrier) {
        self.barriers.push(barrier);
    }

    pub(super) fn lift(&mut self, id: u64, wakers: &mut Wakers) {
        let lifted = self.barriers.extract_if(.., |barrier| barrier.id == id);
        wakers.to_drop.extend(lifted.map(|barrier| barrier.waker));
    }

    /// Lets go those that wait for what it has dealt with: all before `dealt_with`.
    pub(super) fn release(&mut self, dealt_with: u64, wakers: &mut Wakers) {
        let passed = self.barriers.extract_if(.., |barrier| barrier.position <= dealt_with);
        wakers.to_wake.extend(passed.map(|barrier| barrier.waker));
    }
}
