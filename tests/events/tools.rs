//! What the tests of events share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use tenure::events::{Event, EventError, EventKind, Filter, Subscription};
use tenure::{Limit, Limits, Session, SessionStore, StoreBuilder, Timeouts, TrackId};

use crate::common::{Store, of};

/// A store without limits and timeouts that keeps so many events.
pub(crate) fn ring(events: usize) -> StoreBuilder<u32> {
    let builder = SessionStore::builder().limits(Limits::none()).timeouts(Timeouts::none());
    builder.event_ring(events)
}

/// One whose sessions push each other out at this number.
pub(crate) fn capped(at: usize) -> StoreBuilder<u32> {
    ring(1_000).limits(Limits::none().global(Limit::evict_oldest(at)))
}

/// A store with a ring that is large enough, and one who subscribes to all.
pub(crate) fn followed() -> (Store, Subscription) {
    let store = ring(1_000).build().unwrap();
    let events = store.subscribe(Filter::all());
    (store, events)
}

/// Creates so many sessions of this principal: one event each.
pub(crate) fn crowd(store: &Store, principal: &str, count: usize) -> Vec<Session<u32>> {
    (0..count).map(|_| store.create(of(principal)).unwrap()).collect()
}

/// The one event that there is.
pub(crate) fn one(events: &mut Subscription) -> Event {
    let taken = rest(events);
    assert_eq!(taken.len(), 1, "{taken:?}");
    taken.into_iter().next().expect("it has one")
}

/// All events that there are now. None may be missing.
pub(crate) fn rest(events: &mut Subscription) -> Vec<Event> {
    std::iter::from_fn(|| events.try_recv().expect("nothing is lost")).collect()
}

/// All events until the store closed.
pub(crate) fn until_closed(events: &mut Subscription) -> Vec<Event> {
    let mut taken = Vec::new();
    loop {
        match events.try_recv() {
            Ok(event) => taken.push(event.expect("the store is closed")),
            Err(error) => {
                assert_eq!(error, EventError::Closed);
                return taken;
            }
        }
    }
}

pub(crate) fn kinds(taken: &[Event]) -> Vec<EventKind> {
    taken.iter().map(Event::kind).collect()
}

pub(crate) fn numbers(taken: &[Event]) -> Vec<u64> {
    taken.iter().map(Event::sequence).collect()
}

/// The session that an event is about.
pub(crate) fn track(event: &Event) -> TrackId {
    event.session().expect("it is about a session").track_id()
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Woken(AtomicUsize);

impl Woken {
    pub(crate) fn times(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls once, to be woken by this waker.
pub(crate) fn poll<W: Wake + Send + Sync + 'static>(
    events: &mut Subscription,
    waker: &Arc<W>,
) -> Poll<Result<Event, EventError>> {
    events.poll_recv(&mut Context::from_waker(&Waker::from(Arc::clone(waker))))
}
