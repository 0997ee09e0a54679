//! Waiting until a subscriber has dealt with everything.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tenure::events::{BarrierError, EventError, Filter, SubscriptionWatcher};

use crate::common::{add_one, of, spin_until, within_a_minute};
use crate::tools::{crowd, followed, rest, ring};

/// How far it is to a barrier from here.
fn behind(watcher: &SubscriptionWatcher) -> u64 {
    match watcher.barrier(Duration::ZERO) {
        Ok(()) => 0,
        Err(BarrierError::TimedOut { behind }) => {
            assert!(behind > 0);
            behind
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_barrier_counts_down_as_events_are_dealt_with() {
    let (store, mut events) = followed();
    let watcher = events.watcher();
    assert_eq!(behind(&watcher), 0, "nothing was published");
    crowd(&store, "alice", 4);
    for left in [4, 4, 3, 2, 1] {
        // What was taken last is in hand until it comes back.
        assert_eq!(behind(&watcher), left);
        let _ = events.try_recv().unwrap();
    }
    assert_eq!(behind(&watcher), 0);
    // One who comes back and finds nothing has nothing in hand, and stays so.
    assert!(events.try_recv().unwrap().is_none());
    assert_eq!(behind(&watcher), 0);
}

#[test]
fn the_unwanted_count_until_they_are_passed_by() {
    let store = ring(100).build().unwrap();
    let mut events = store.subscribe(Filter::all().principal("bob"));
    let watcher = events.watcher();
    crowd(&store, "alice", 9);
    assert_eq!(behind(&watcher), 0, "passed by without being read");
    crowd(&store, "bob", 1);
    crowd(&store, "alice", 5);
    assert_eq!(behind(&watcher), 6);
    assert!(events.try_recv().unwrap().is_some());
    assert_eq!(behind(&watcher), 6);
    crowd(&store, "bob", 1);
    crowd(&store, "alice", 3);
    assert!(events.try_recv().unwrap().is_some());
    assert_eq!(behind(&watcher), 4);
    assert!(events.try_recv().unwrap().is_none());
    assert_eq!(behind(&watcher), 0);
}

#[test]
fn a_loss_is_dealt_with_once_it_was_told() {
    let store = ring(3).build().unwrap();
    let mut events = store.subscribe(Filter::all());
    let watcher = events.watcher();
    crowd(&store, "alice", 10);
    assert_eq!(behind(&watcher), 10, "it was not told yet");
    assert_eq!(events.try_recv().unwrap_err(), EventError::EventsLost { missed: 7 });
    assert_eq!(behind(&watcher), 10, "it may resynchronise now");
    assert!(events.try_recv().unwrap().is_some());
    assert_eq!(behind(&watcher), 3);
    crowd(&store, "alice", 10);
    let _ = store.resync(&mut events);
    assert_eq!(behind(&watcher), 0, "a snapshot deals with all before it");
}

#[test]
fn who_waits_is_told_that_the_subscriber_is_gone() {
    within_a_minute(|| {
        let (store, events) = followed();
        crowd(&store, "alice", 1);
        let watcher = events.watcher();
        let (started, gone) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    add_one(&started);
                    assert_eq!(watcher.barrier(Duration::MAX), Err(BarrierError::Gone));
                    add_one(&gone);
                });
            }
            spin_until(|| started.load(Ordering::Relaxed) == 4);
            assert_eq!(gone.load(Ordering::Relaxed), 0);
            drop(events);
        });
        assert_eq!(watcher.barrier(Duration::ZERO), Err(BarrierError::Gone));
        assert_eq!(watcher.barrier(Duration::MAX), Err(BarrierError::Gone));
        assert!(watcher.info().is_none());
    });
}

#[test]
fn a_barrier_of_its_own_thread_only_times_out() {
    let (store, events) = followed();
    let watcher = events.watcher();
    crowd(&store, "alice", 2);
    let late = Err(BarrierError::TimedOut { behind: 2 });
    for _ in 0..3 {
        assert_eq!(watcher.barrier(Duration::from_millis(1)), late);
    }
    // The store may close in the meantime: its end is one more thing to deal with.
    let _ = store.close();
    assert_eq!(behind(&watcher), 4);
    let mut events = events;
    assert_eq!(crate::tools::until_closed(&mut events).len(), 4);
    assert_eq!(watcher.clone().barrier(Duration::MAX), Ok(()));
}

/// The barriers of a quiet time: a subscriber that blocks has dealt with everything.
#[test]
fn a_subscriber_that_waits_for_more_lets_barriers_pass() {
    within_a_minute(|| {
        let (store, mut events) = followed();
        let watcher = events.watcher();
        thread::scope(|scope| {
            scope.spawn(move || while events.recv_timeout(Duration::MAX).is_ok() {});
            for number in 0..200 {
                store.create(of("alice")).unwrap();
                assert_eq!(watcher.barrier(Duration::MAX), Ok(()), "{number}");
                // It came back for more before that, and there was nothing.
                let info = watcher.info().unwrap();
                assert_eq!((info.lag, info.lost), (0, 0));
            }
            let _ = store.close();
        });
    });
}

/// The unwanted alone let a barrier pass that waits for one who has read all before them.
#[test]
fn a_barrier_is_let_go_by_whoever_brings_the_subscriber_there() {
    within_a_minute(|| {
        for _ in 0..50 {
            let (store, mut events) = followed();
            crowd(&store, "alice", 3);
            let watcher = events.watcher();
            thread::scope(|scope| {
                let barriers = [(); 3].map(|()| scope.spawn(|| watcher.barrier(Duration::MAX)));
                assert_eq!(rest(&mut events).len(), 3);
                assert!(barriers.into_iter().all(|barrier| barrier.join().unwrap().is_ok()));
            });
        }
    });
}

#[test]
fn errors_say_what_happened() {
    let late = BarrierError::TimedOut { behind: 3 };
    assert_eq!(late.to_string(), "the subscriber is still 3 events before the barrier");
    assert_eq!(BarrierError::Gone.to_string(), "the subscription is gone");
    let lost = EventError::EventsLost { missed: 3 };
    assert_eq!(lost.to_string(), "3 events were lost: they came faster than they were taken");
    assert_eq!(EventError::Closed.to_string(), "the store is closed");
}
