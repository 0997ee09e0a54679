//! Blocking, polling, and what ends a wait.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use tenure::events::{EventError, EventKind, Filter, SubscriptionWatcher};
use tenure::{EndAs, EndReason, Tombstone};

use EventKind::{Created, Ended};

use crate::common::{of, plain, spin_until, within_a_minute};
use crate::tools::{Woken, crowd, followed, kinds, poll, rest, ring, until_closed};

const LONG: Duration = Duration::MAX;

fn waits(watcher: &SubscriptionWatcher) {
    spin_until(|| watcher.info().is_some_and(|info| info.waiting));
}

#[test]
fn what_is_there_comes_at_once_and_nothing_takes_as_long_as_asked() {
    within_a_minute(|| {
        let (store, mut events) = followed();
        assert!(events.recv_timeout(Duration::ZERO).unwrap().is_none());
        assert!(events.recv_timeout(Duration::from_millis(2)).unwrap().is_none());
        assert!(!events.info().waiting, "nobody waits any more");
        crowd(&store, "alice", 2);
        assert!(events.recv_timeout(Duration::ZERO).unwrap().is_some());
        assert!(events.recv_timeout(LONG).unwrap().is_some());
        assert!(events.recv_timeout(Duration::ZERO).unwrap().is_none());
    });
}

#[test]
fn a_future_is_woken_by_an_event_and_takes_none_when_it_is_dropped() {
    let (store, mut events) = followed();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let task = &mut Context::from_waker(&waker);
    for _ in 0..3 {
        let mut dropped = pin!(events.recv());
        assert!(dropped.as_mut().poll(task).is_pending());
    }
    crowd(&store, "alice", 2);
    assert_eq!(woken.times(), 1, "by the last of them, for the first event");
    drop(events.recv());
    store.close();
    let mut kinds = Vec::new();
    let closed = loop {
        match pin!(events.recv()).poll(task) {
            Poll::Ready(Ok(event)) => kinds.push(event.kind()),
            other => break other,
        }
    };
    assert_eq!(kinds, [Created, Created, Ended, Ended]);
    assert_eq!(closed, Poll::Ready(Err(EventError::Closed)));
}

#[test]
fn a_wait_is_ended_by_a_wanted_event_alone() {
    within_a_minute(|| {
        let store = ring(4).build().unwrap();
        let mut events = store.subscribe(Filter::all().principal("bob"));
        let watcher = events.watcher();
        thread::scope(|scope| {
            let waiter =
                scope.spawn(move || events.recv_timeout(LONG).map(|event| (event, events)));
            waits(&watcher);
            for _ in 0..20 {
                crowd(&store, "alice", 1);
                assert!(watcher.info().unwrap().waiting, "woken for nothing");
            }
            assert_eq!(watcher.info().unwrap().lag, 0);
            let bob = store.create(of("bob")).unwrap();
            let (event, events) = waiter.join().unwrap().unwrap();
            assert_eq!(crate::tools::track(&event.unwrap()), bob.track_id());
            assert!(!events.info().waiting);
        });
    });
}

#[test]
fn a_close_and_the_drop_of_the_store_end_a_wait() {
    within_a_minute(|| {
        for close in [true, false] {
            let (store, mut events) = followed();
            let watcher = events.watcher();
            thread::scope(|scope| {
                let waiter = scope.spawn(move || (events.recv_timeout(LONG), events));
                waits(&watcher);
                if close {
                    let _ = store.close();
                    let (answer, mut events) = waiter.join().unwrap();
                    assert_eq!(answer.unwrap_err(), EventError::Closed);
                    assert_eq!(events.recv_timeout(LONG).unwrap_err(), EventError::Closed);
                    let mut late = store.subscribe(Filter::all());
                    assert_eq!(late.recv_timeout(LONG).unwrap_err(), EventError::Closed);
                } else {
                    drop(store);
                    assert_eq!(waiter.join().unwrap().0.unwrap_err(), EventError::Closed);
                }
            });
        }
    });
}

#[test]
fn the_ends_come_before_the_close() {
    let (store, mut events) = followed();
    crowd(&store, "alice", 3);
    drop(store);
    let taken = until_closed(&mut events);
    assert_eq!(taken.len(), 6);
    assert!(taken[3..].iter().all(|event| event.reason() == Some(EndReason::StoreClosed)));
    assert!(until_closed(&mut events).is_empty());
    assert_eq!(said(&mut events), [EventError::Closed; 4]);
}

#[test]
fn of_the_wakers_the_last_is_woken_once() {
    let (store, mut events) = followed();
    let wakers = [(); 3].map(|()| Arc::new(Woken::default()));
    for waker in &wakers {
        assert!(poll(&mut events, waker).is_pending());
    }
    assert!(events.info().waiting);
    let times = || wakers.each_ref().map(|waker| waker.times());
    assert_eq!(times(), [0, 0, 0]);
    crowd(&store, "alice", 5);
    assert_eq!(times(), [0, 0, 1]);
    assert!(!events.info().waiting);
    assert_eq!(rest(&mut events).len(), 5);
    crowd(&store, "alice", 5);
    assert_eq!(times(), [0, 0, 1], "nobody waits");
    for _ in 0..5 {
        assert!(poll(&mut events, &wakers[0]).is_ready());
    }
    assert!(poll(&mut events, &wakers[0]).is_pending());
    let _ = store.close();
    assert_eq!(times(), [1, 0, 1]);
    // What was replaced is let go of.
    assert_eq!(Arc::strong_count(&wakers[1]), 1);
}

/// Each way to read, as what it says in place of an event.
fn said(events: &mut tenure::events::Subscription) -> Vec<EventError> {
    let Poll::Ready(polled) = poll(events, &Arc::new(Woken::default())) else {
        panic!("there is something to say");
    };
    vec![
        events.try_recv().unwrap_err(),
        events.recv_timeout(LONG).unwrap_err(),
        events.recv_batch(3, LONG).unwrap_err(),
        polled.unwrap_err(),
    ]
}

#[test]
fn the_end_of_its_session_comes_first_and_again() {
    within_a_minute(|| {
        let store = ring(2).build().unwrap();
        let session = store.create(plain()).unwrap();
        // A filter that wants nothing of that session.
        let filter = Filter::all().principal("bob");
        let mut events = store.subscribe(filter).until_end_of(&session);
        crowd(&store, "bob", 1);
        assert_eq!(kinds(&rest(&mut events)), [EventKind::Created]);
        crowd(&store, "bob", 9);
        let _ = store.end_as(session.id(), EndAs::killed());
        let tombstone = session.tombstone().expect("it was killed");
        for _ in 0..3 {
            assert_eq!(said(&mut events), [EventError::SessionEnded(tombstone); 4]);
        }
        let _ = store.close();
        assert_eq!(said(&mut events), [EventError::SessionEnded(tombstone); 4]);
        assert!(!events.info().waiting, "nobody waits");
    });
}

#[test]
fn the_end_of_its_session_ends_a_wait() {
    within_a_minute(|| {
        for polled in [false, true] {
            let (store, events) = followed();
            let session = store.create(plain()).unwrap();
            let mut events = events.until_end_of(&session);
            let watcher = events.watcher();
            drop(rest(&mut events));
            let ended = |tombstone: Option<Tombstone>| EventError::SessionEnded(tombstone.unwrap());
            if polled {
                let waker = Arc::new(Woken::default());
                assert!(poll(&mut events, &waker).is_pending());
                let _ = store.end(session.id());
                assert!(waker.times() >= 1);
                assert_eq!(said(&mut events), [ended(session.tombstone()); 4]);
                continue;
            }
            thread::scope(|scope| {
                // It wants no events, so nothing else can wake it.
                let mut events = store.subscribe(Filter::all().kinds([])).until_end_of(&session);
                let watcher = events.watcher();
                let waiter = scope.spawn(move || events.recv_timeout(LONG));
                waits(&watcher);
                let _ = store.end(session.id());
                assert_eq!(waiter.join().unwrap().unwrap_err(), ended(session.tombstone()));
            });
            drop(watcher);
        }
    });
}

#[test]
fn a_session_that_has_ended_before_ends_it_at_once() {
    let (store, events) = followed();
    let session = store.create(plain()).unwrap();
    let _ = store.end(session.id());
    let mut events = events.until_end_of(&session);
    let ended = EventError::SessionEnded(session.tombstone().unwrap());
    assert_eq!(said(&mut events), [ended; 4]);
    assert_eq!(
        ended.to_string(),
        format!("the session of the subscription {}", session.tombstone().unwrap())
    );
}

#[test]
fn a_subscription_may_be_bound_anew() {
    let (store, events) = followed();
    let session = store.create(plain()).unwrap();
    let mut events = events.until_end_of(&session);
    drop(rest(&mut events));
    let _ = store.end(session.id());
    assert!(events.try_recv().is_err());
    let other = store.create(plain()).unwrap();
    let mut events = events.until_end_of(&other);
    assert_eq!(kinds(&rest(&mut events)), [EventKind::Ended, EventKind::Created]);
    // Rotating it is no end of it.
    store.rotate(other.id()).unwrap();
    assert_eq!(kinds(&rest(&mut events)), [EventKind::Rotated]);
}
