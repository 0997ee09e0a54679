//! A subscription as a stream.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use tenure::events::{Event, EventError, Filter, Subscription};

use crate::common::plain;
use crate::tools::{Woken, crowd, followed, ring};

fn poll(events: &mut Subscription, waker: &Arc<Woken>) -> Poll<Option<Result<Event, EventError>>> {
    let waker = Waker::from(Arc::clone(waker));
    Pin::new(events).poll_next(&mut Context::from_waker(&waker))
}

/// All that it says, to its end.
fn said(events: &mut Subscription) -> Vec<Result<u64, EventError>> {
    let waker = Arc::new(Woken::default());
    std::iter::from_fn(|| match poll(events, &waker) {
        Poll::Ready(item) => item.map(|item| item.map(|event| event.sequence())),
        Poll::Pending => panic!("the stream goes on"),
    })
    // A stream that never ends fails the test instead of hanging it.
    .take(100)
    .collect()
}

#[test]
fn a_stream_goes_on_until_the_store_closes() {
    let (store, mut events) = followed();
    let waker = Arc::new(Woken::default());
    assert!(poll(&mut events, &waker).is_pending());
    crowd(&store, "alice", 2);
    assert_eq!(waker.times(), 1);
    for _ in 0..2 {
        assert!(matches!(poll(&mut events, &waker), Poll::Ready(Some(Ok(_)))));
    }
    assert!(poll(&mut events, &waker).is_pending());
    let _ = store.close();
    assert_eq!(waker.times(), 2);
    let said = said(&mut events);
    assert_eq!((said.len(), said[2]), (3, Err(EventError::Closed)));
    assert!(matches!(poll(&mut events, &waker), Poll::Ready(None)), "its end is the end");
}

#[test]
fn a_loss_does_not_end_it() {
    let store = ring(2).build().unwrap();
    let mut events = store.subscribe(Filter::all());
    crowd(&store, "alice", 5);
    let _ = store.close();
    let said = said(&mut events);
    assert_eq!(said.len(), 4);
    assert_eq!(said[0], Err(EventError::EventsLost { missed: 8 }));
    assert_eq!(said[3], Err(EventError::Closed));
}

#[test]
fn the_end_of_its_session_ends_it() {
    let (store, events) = followed();
    let session = store.create(plain()).unwrap();
    let mut events = events.until_end_of(&session);
    let waker = Arc::new(Woken::default());
    assert!(matches!(poll(&mut events, &waker), Poll::Ready(Some(Ok(_)))));
    assert!(poll(&mut events, &waker).is_pending());
    let _ = store.end(session.id());
    assert!(waker.times() > 0);
    assert_eq!(said(&mut events), [Err(EventError::SessionEnded(session.tombstone().unwrap()))]);
    assert_eq!(said(&mut events), []);
    // The other ways to read go on saying so.
    assert!(matches!(events.try_recv(), Err(EventError::SessionEnded(_))));
}

#[test]
fn a_finished_stream_goes_on_with_another_session() {
    let (store, events) = followed();
    let first = store.create(plain()).unwrap();
    let mut events = events.until_end_of(&first);
    let _ = store.end(first.id());
    assert_eq!(said(&mut events).len(), 1);
    let second = store.create(plain()).unwrap();
    let mut events = events.until_end_of(&second);
    let waker = Arc::new(Woken::default());
    let mut taken = 0;
    while let Poll::Ready(Some(Ok(_))) = poll(&mut events, &waker) {
        taken += 1;
    }
    assert_eq!(taken, 3, "one was created and ended, the other created");
    assert!(poll(&mut events, &waker).is_pending());
    let _ = store.end(second.id());
    assert_eq!(said(&mut events).len(), 1);
}

#[test]
fn a_finished_stream_goes_on_with_a_resync() {
    for moves in [false, true] {
        let (store, mut events) = followed();
        let other = ring(9).build().unwrap();
        let waker = Arc::new(Woken::default());
        let _ = store.close();
        assert_eq!(said(&mut events), [Err(EventError::Closed)]);
        let _ = if moves { other.resync(&mut events) } else { store.resync(&mut events) };
        if moves {
            assert!(poll(&mut events, &waker).is_pending());
            crowd(&other, "alice", 1);
            assert!(matches!(poll(&mut events, &waker), Poll::Ready(Some(Ok(_)))));
        } else {
            // The store is closed still, which it says once more.
            assert_eq!(said(&mut events), [Err(EventError::Closed)]);
        }
    }
}
