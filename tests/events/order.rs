//! The numbers of events are the order of the changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;

use tenure::events::{Event, EventKind, Filter};
use tenure::{EndAs, Selector, TrackId};

use crate::common::{Random, factor, of, plain, seed, within_a_minute};
use crate::tools::{capped, crowd, followed, kinds, numbers, rest, ring, track};

#[test]
fn numbers_have_no_gaps_while_somebody_follows() {
    let (store, mut events) = followed();
    let sessions = crowd(&store, "alice", 10);
    for session in &sessions {
        store.rotate(session.id()).unwrap();
    }
    let _ = store.end_where(&Selector::all());
    let taken = rest(&mut events);
    let first = taken[0].sequence();
    assert_eq!(numbers(&taken), (first..first + 30).collect::<Vec<_>>());
    assert!(kinds(&taken[..10]).iter().all(|kind| *kind == EventKind::Created));
    assert!(kinds(&taken[10..20]).iter().all(|kind| *kind == EventKind::Rotated));
    assert!(kinds(&taken[20..]).iter().all(|kind| *kind == EventKind::Ended));
    let created: Vec<TrackId> = taken[..10].iter().map(track).collect();
    let rotated: Vec<TrackId> = taken[10..20].iter().map(track).collect();
    assert_eq!(created, sessions.iter().map(tenure::Session::track_id).collect::<Vec<_>>());
    assert_eq!(created, rotated);
}

#[test]
fn every_subscriber_gets_the_same_numbers() {
    let (store, mut events) = followed();
    let mut other = store.subscribe(Filter::all().principal("bob"));
    for number in 0..20 {
        store.create(of(if number % 3 == 0 { "bob" } else { "alice" })).unwrap();
    }
    let all = rest(&mut events);
    let bobs = all.iter().filter(|event| event.session().unwrap().principal() == Some("bob"));
    let wanted: Vec<u64> = bobs.map(Event::sequence).collect();
    assert_eq!(numbers(&rest(&mut other)), wanted);
}

/// A hook sees its own event, and so does whoever a hook tells.
#[test]
fn an_event_is_there_before_the_hooks_run() {
    let (store, events) = followed();
    let events = Arc::new(Mutex::new(events));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let hooked = |principal: &str| {
        let session = store.create(of(principal)).unwrap();
        let (events, seen) = (Arc::clone(&events), Arc::clone(&seen));
        session.on_end(move |session, tombstone| {
            let mut events = events.lock().unwrap();
            let taken: Vec<_> = std::iter::from_fn(|| events.try_recv().ok().flatten()).collect();
            let ends = taken.iter().filter(|event| event.kind() == EventKind::Ended);
            seen.lock().unwrap().extend(ends.map(|event| (track(event), event.tombstone())));
            let found = seen.lock().unwrap().contains(&(session.track_id(), Some(*tombstone)));
            assert!(found, "its own end is not there yet");
        });
        session
    };
    let sessions: Vec<_> = (0..5).map(|_| hooked("alice")).collect();
    let _ = store.end(sessions[0].id());
    let _ = store.end_as(sessions[1].id(), EndAs::killed());
    let _ = store.end_where(&Selector::all());
    hooked("bob");
    let _ = store.close();
    assert_eq!((seen.lock().unwrap().len(), store.stats().application_panics), (6, 0));
}

#[test]
fn an_event_is_there_when_the_call_is_back() {
    // Also where another thread moves it to the ring.
    within_a_minute(|| {
        let store = ring(1 << 20).build().unwrap();
        thread::scope(|scope| {
            for name in ["a", "b", "c"] {
                let store = store.clone();
                scope.spawn(move || {
                    let mut events = store.subscribe(Filter::all().principal(name));
                    for _ in 0..2_000 * factor() {
                        let session = store.create(of(name)).unwrap();
                        assert_eq!(kinds(&rest(&mut events)), [EventKind::Created]);
                        store.rotate(session.id()).unwrap();
                        assert_eq!(kinds(&rest(&mut events)), [EventKind::Rotated]);
                        let _ = store.end(session.id());
                        assert_eq!(kinds(&rest(&mut events)), [EventKind::Ended]);
                    }
                });
            }
        });
    });
}

/// Threads that create, rotate and end, on their own sessions and on each other's.
#[test]
fn each_sessions_events_are_in_order() {
    let seed = seed("order");
    within_a_minute(move || {
        let steps = 3_000 * factor();
        let store = capped(40).event_ring(64 * steps).build().unwrap();
        let mut events = store.subscribe(Filter::all());
        let ids = Mutex::new(vec![store.create(plain()).unwrap().id()]);
        thread::scope(|scope| {
            for thread in 0..4 {
                let (store, ids) = (&store, &ids);
                scope.spawn(move || {
                    let mut random = Random::new(seed ^ thread);
                    for _ in 0..steps {
                        let id = {
                            let ids = ids.lock().unwrap();
                            ids[random.below(ids.len())]
                        };
                        match random.below(4) {
                            0 => {
                                let _ = store.end(id);
                            }
                            1 => {
                                if let Ok(session) = store.rotate(id) {
                                    ids.lock().unwrap().push(session.id());
                                }
                            }
                            _ => ids.lock().unwrap().push(store.create(plain()).unwrap().id()),
                        }
                        let mut ids = ids.lock().unwrap();
                        if ids.len() > 100 {
                            ids.drain(..50);
                        }
                    }
                });
            }
        });
        let _ = store.end_where_as(&Selector::all(), EndAs::killed());
        let taken = rest(&mut events);
        let mut lives: HashMap<TrackId, Vec<EventKind>> = HashMap::new();
        let about = taken.iter().filter(|event| event.session().is_some());
        about.for_each(|event| lives.entry(track(event)).or_default().push(event.kind()));
        let (mut ended, mut rotated) = (0, 0);
        for (track, life) in &lives {
            assert_eq!(life.first(), Some(&EventKind::Created), "{track}");
            assert_eq!(life.last(), Some(&EventKind::Ended), "{track}");
            let between = &life[1..life.len() - 1];
            assert!(between.iter().all(|kind| *kind == EventKind::Rotated), "{track}: {life:?}");
            ended += 1;
            rotated += between.len() as u64;
        }
        let stats = store.stats();
        assert_eq!((stats.created, stats.rotated, stats.live), (ended, rotated, 0));
    });
}
