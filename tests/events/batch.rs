//! Many events at once, one a session.

use std::thread;
use std::time::Duration;

use tenure::events::{Event, EventError, EventKind, Filter};
use tenure::{EndAs, NewSession};

use crate::common::{of, plain, spin_until, within_a_minute};
use crate::live::Live;
use crate::tools::{capped, crowd, followed, kinds, numbers, rest, ring, track};

use EventKind::{Created, Ended, PressureRaised, Rotated};

#[test]
fn a_session_shows_its_last_event_alone() {
    let (store, mut events) = followed();
    let live = store.create(plain()).unwrap();
    let gone = store.create(plain()).unwrap();
    let turned = store.create(plain()).unwrap();
    let old = store.create(plain()).unwrap();
    drop(rest(&mut events));
    let fresh = store.create(plain()).unwrap();
    for session in [&turned, &turned, &old, &fresh, &fresh] {
        store.rotate(session.id()).unwrap();
    }
    let _ = store.end(gone.id());
    let brief = store.create(plain()).unwrap();
    store.rotate(brief.id()).unwrap();
    let _ = store.end_as(brief.id(), EndAs::killed());
    let _ = store.end(old.id());
    drop(live);

    let batch = events.recv_batch(100, Duration::ZERO).unwrap();
    let shown: Vec<_> = batch.iter().map(|event| (event.kind(), track(event))).collect();
    let expected = [
        // The rotations of a newcomer are hidden, and its creation stays where it was.
        (Created, fresh.track_id()),
        (Rotated, turned.track_id()),
        (Ended, gone.track_id()),
        (Ended, brief.track_id()),
        (Ended, old.track_id()),
    ];
    assert_eq!(shown, expected);
    let mut sorted = numbers(&batch);
    sorted.sort_unstable();
    assert_eq!(numbers(&batch), sorted, "in order");
    assert_eq!(batch[1].sequence(), batch[0].sequence() + 2, "the last of two rotations");
    assert!(events.recv_batch(100, Duration::ZERO).unwrap().is_empty());
}

#[test]
fn a_batch_reads_at_most_so_many() {
    let (store, mut events) = followed();
    let session = store.create(plain()).unwrap();
    drop(rest(&mut events));
    for _ in 0..9 {
        store.rotate(session.id()).unwrap();
    }
    // Read, not kept: nine events of one session are three batches of one.
    for left in [6, 3, 0] {
        let batch = events.recv_batch(3, Duration::ZERO).unwrap();
        assert_eq!((batch.len(), events.info().lag), (1, left));
    }
    for max in [0, 1] {
        crowd(&store, "alice", 2);
        for _ in 0..2 {
            assert_eq!(events.recv_batch(max, Duration::ZERO).unwrap().len(), 1, "at most {max}");
        }
    }
    crowd(&store, "alice", 500);
    assert_eq!(events.recv_batch(usize::MAX, Duration::ZERO).unwrap().len(), 500);
}

#[test]
fn events_of_no_session_are_all_kept() {
    let clock = tenure::ManualClock::new();
    let store = capped(1).alarm_above(0).clock(clock.clone()).build().unwrap();
    store.create(plain()).unwrap();
    let mut events = store.subscribe(Filter::all().kinds([PressureRaised]));
    for _ in 0..3 {
        store.create(plain()).unwrap();
        clock.advance(Duration::from_secs(3_660));
        store.reap();
    }
    let batch = events.recv_batch(100, Duration::ZERO).unwrap();
    assert_eq!(kinds(&batch), [PressureRaised; 3]);
}

#[test]
fn a_loss_is_told_on_its_own() {
    let store = ring(4).build().unwrap();
    let mut events = store.subscribe(Filter::all());
    crowd(&store, "alice", 6);
    let lost = EventError::EventsLost { missed: 2 };
    assert_eq!(events.recv_batch(9, Duration::ZERO).unwrap_err(), lost);
    assert_eq!(events.recv_batch(9, Duration::ZERO).unwrap().len(), 4);
    crowd(&store, "alice", 2);
    let _ = store.close();
    assert_eq!(
        events.recv_batch(9, Duration::ZERO).unwrap_err(),
        EventError::EventsLost { missed: 6 }
    );
    assert_eq!(events.recv_batch(9, Duration::ZERO).unwrap().len(), 4);
    assert_eq!(events.recv_batch(9, Duration::ZERO).unwrap_err(), EventError::Closed);
}

#[test]
fn a_batch_before_the_close_comes_whole() {
    let (store, mut events) = followed();
    crowd(&store, "alice", 2);
    let _ = store.close();
    assert_eq!(kinds(&events.recv_batch(9, Duration::ZERO).unwrap()), [Ended, Ended]);
    assert_eq!(events.recv_batch(9, Duration::ZERO).unwrap_err(), EventError::Closed);
}

#[test]
fn a_batch_waits_for_its_first() {
    within_a_minute(|| {
        let (store, mut events) = followed();
        assert!(events.recv_batch(9, Duration::from_millis(1)).unwrap().is_empty());
        let watcher = events.watcher();
        thread::scope(|scope| {
            let waiter = scope.spawn(move || events.recv_batch(9, Duration::MAX).unwrap());
            spin_until(|| watcher.info().is_some_and(|info| info.waiting));
            store.create(of("alice")).unwrap();
            assert_eq!(kinds(&waiter.join().unwrap()), [Created]);
        });
    });
}

/// What is lost while a batch is read is told before anything that came after it.
#[test]
fn a_batch_has_no_gaps() {
    within_a_minute(|| {
        let store = ring(1).build().unwrap();
        let mut events = store.subscribe(Filter::all().kinds([Created]));
        let mut taken = 0;
        thread::scope(|scope| {
            scope.spawn(|| {
                crowd(&store, "alice", 60_000);
                let _ = store.close();
            });
            loop {
                match events.recv_batch(64, Duration::MAX) {
                    Ok(batch) => {
                        let numbers = numbers(&batch);
                        assert!(numbers.windows(2).all(|two| two[0] + 1 == two[1]), "{numbers:?}");
                        taken += batch.len() as u64;
                    }
                    Err(EventError::EventsLost { missed }) => taken += missed,
                    Err(_) => break,
                }
            }
        });
        assert_eq!(taken, 60_000);
    });
}

/// A barrier waits for the whole batch.
#[test]
fn a_batch_is_in_hand_until_the_next_call() {
    let (store, mut events) = followed();
    let watcher = events.watcher();
    crowd(&store, "alice", 5);
    assert_eq!(events.recv_batch(3, Duration::ZERO).unwrap().len(), 3);
    let behind = |behind| Err(tenure::events::BarrierError::TimedOut { behind });
    assert_eq!(watcher.barrier(Duration::ZERO), behind(5));
    assert_eq!(events.recv_batch(3, Duration::ZERO).unwrap().len(), 2);
    assert_eq!(watcher.barrier(Duration::ZERO), behind(2));
    assert!(events.recv_batch(3, Duration::ZERO).unwrap().is_empty());
    assert_eq!(watcher.barrier(Duration::ZERO), Ok(()));
}

/// Whoever keeps a table by batches has the right one, however they are cut.
#[test]
fn a_table_kept_by_batches_is_right() {
    for max in 1..9 {
        let (store, mut events) = followed();
        let mut live = Live::default();
        let mut apply = |batch: Vec<Event>| {
            for event in batch {
                // A session that came and went within a batch is an end alone.
                if event.kind() == Ended {
                    live.0.remove(&track(&event));
                } else {
                    live.0.insert(track(&event));
                }
            }
        };
        let mut sessions = Vec::new();
        for step in 0..100 {
            sessions.push(store.create(NewSession::new(0)).unwrap());
            store.rotate(sessions[step % sessions.len()].id()).unwrap();
            if step % 3 == 0 {
                let _ = store.end(sessions.swap_remove(step % sessions.len()).id());
            }
            if step % 4 == 0 {
                apply(events.recv_batch(max, Duration::ZERO).unwrap());
            }
        }
        while events.info().lag > 0 {
            apply(events.recv_batch(max, Duration::ZERO).unwrap());
        }
        live.is_that_of(&store);
    }
}
