//! Barriers while publishers never pause.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tenure::TrackId;
use tenure::events::{BarrierError, EventError, EventKind, Filter};

use crate::common::{Store, add_one, factor, of, within_a_minute};
use crate::tools::{crowd, ring, track};

/// A subscriber that is always behind by the whole ring passes a barrier all the same. Were the
/// barrier to wait until it has caught up, or to move with what is published, it would never pass.
#[test]
fn a_flood_does_not_hold_up_a_barrier() {
    within_a_minute(|| {
        for size in [1, 4, 50] {
            let store = ring(size).build().unwrap();
            let mut events = store.subscribe(Filter::all());
            let watcher = events.watcher();
            crowd(&store, "alice", 2 * size);
            let passed = AtomicBool::new(false);
            thread::scope(|scope| {
                scope.spawn(|| {
                    assert_eq!(watcher.barrier(Duration::MAX), Ok(()));
                    passed.store(true, Ordering::SeqCst);
                });
                while !passed.load(Ordering::SeqCst) {
                    // Four events for each that is taken.
                    for _ in 0..2 {
                        let session = store.create(of("alice")).unwrap();
                        let _ = store.end(session.id());
                    }
                    let _ = events.try_recv();
                }
            });
        }
    });
}

/// As the documentation has it: as many calls as the ring has events, and two.
#[test]
fn a_barrier_takes_few_calls_of_the_subscriber() {
    for size in 1..=8_usize {
        for published in 0..=2 * size {
            for flood in [0, 1, size, 3 * size] {
                let store = ring(size).build().unwrap();
                let mut events = store.subscribe(Filter::all());
                let watcher = events.watcher();
                crowd(&store, "alice", published);
                let (end, mut calls) = (newest(&store), 0);
                let dealt_with = || match watcher.barrier(Duration::ZERO) {
                    Err(BarrierError::TimedOut { behind }) => newest(&store) - behind,
                    other => newest(&store) - other.map_or(u64::MAX, |()| 0),
                };
                while dealt_with() < end {
                    crowd(&store, "alice", flood);
                    let _ = events.try_recv();
                    calls += 1;
                }
                let case = format!("{calls} calls for {published} events in a ring of {size}");
                assert!(calls <= size.min(published) + 2, "{case}, {flood} more each time");
            }
        }
    }
}

/// The number of the event that comes next.
fn newest(store: &Store) -> u64 {
    let text = store.subscribe(Filter::all()).token().to_string();
    text.split_once('-').expect("a hyphen").1.parse().expect("a number")
}

/// What one thread of the flood does.
fn flood(store: &Store, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        if let Ok(session) = store.create(of("flood")) {
            let _ = store.end(session.id());
        }
    }
}

/// Four publishers, and three threads that ask for barriers. Each time, what a thread did before
/// has been dealt with, or been reported as lost.
#[test]
fn barriers_of_several_threads_in_a_flood() {
    const ASKERS: usize = 3;
    within_a_minute(|| {
        for size in [1, 16, 1 << 16] {
            let store = ring(size).build().unwrap();
            let mut events = store.subscribe(Filter::all());
            let watcher = events.watcher();
            let rounds = 60 * factor();
            let (dealt, losses) = (Mutex::new(HashSet::<TrackId>::new()), AtomicUsize::new(0));
            let (over, done) = (AtomicBool::new(false), AtomicUsize::new(0));
            thread::scope(|scope| {
                scope.spawn(|| {
                    // An event is dealt with when the next call begins.
                    loop {
                        match events.recv_timeout(Duration::MAX) {
                            Ok(Some(event)) => {
                                if event.kind() == EventKind::Created
                                    && event.session().unwrap().principal() == Some("asker")
                                {
                                    dealt.lock().unwrap().insert(track(&event));
                                }
                            }
                            Err(EventError::EventsLost { .. }) => add_one(&losses),
                            Ok(None) => panic!("for ever is over"),
                            Err(_) => break,
                        }
                    }
                });
                for _ in 0..4 {
                    scope.spawn(|| flood(&store, &over));
                }
                for _ in 0..ASKERS {
                    scope.spawn(|| {
                        for round in 0..rounds {
                            let before = losses.load(Ordering::SeqCst);
                            let mine = store.create(of("asker")).unwrap();
                            assert_eq!(watcher.barrier(Duration::MAX), Ok(()), "round {round}");
                            let told = dealt.lock().unwrap().contains(&mine.track_id());
                            let lost = losses.load(Ordering::SeqCst) > before;
                            assert!(told || lost, "round {round} in a ring of {size}");
                        }
                        add_one(&done);
                        if done.load(Ordering::Relaxed) == ASKERS {
                            over.store(true, Ordering::Relaxed);
                            let _ = store.close();
                        }
                    });
                }
            });
            println!("barriers: a ring of {size}, {} losses", losses.into_inner());
        }
    });
}
