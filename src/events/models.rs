//! Models of the events: no waiter is forgotten, and the order is that of the changes.

use std::collections::BTreeSet;
use std::time::Duration;

use super::error::{BarrierError, EventError};
use super::subscription::Subscription;
use crate::end::EndReason;
use crate::event_log::{Event, EventKind, Filter};
use crate::limits::{Limit, Limits};
use crate::session::{NewSession, SessionInfo};
use crate::store::models::setup;
use crate::store::{EndAs, Selector, SessionStore};
use crate::sync::checker::{by_seeds, chance, join_all, pause, spawn};
use crate::sync::{Arc, Ordering, QuietU64};

/// Long enough for any model, in which a thread that is not woken sleeps for ever.
const LONG: Duration = Duration::from_secs(1 << 20);
const CAP: usize = 2;

fn store() -> SessionStore<u32> {
    let limits = Limits::none().global(Limit::evict_oldest(CAP));
    setup().0.limits(limits).build().unwrap()
}

fn new() -> NewSession<u32> {
    NewSession::new(0)
}

/// What a table says that somebody keeps by the events.
#[derive(Default)]
struct Kept(BTreeSet<String>);

impl Kept {
    fn of(live: &[SessionInfo]) -> Self {
        Self(live.iter().map(|info| info.track_id().to_string()).collect())
    }

    fn follow(&mut self, event: &Event) {
        let name = event.session().expect("of a session").track_id().to_string();
        let changed = match event.kind() {
            EventKind::Created | EventKind::Loaded => self.0.insert(name),
            EventKind::Ended | EventKind::Unloaded => self.0.remove(&name),
            _ => true,
        };
        assert!(changed, "out of order, or twice: {event:?}");
        assert!(self.0.len() <= CAP, "a newcomer was told before the end of its victim");
    }

    fn follow_all(&mut self, events: &mut Subscription) {
        while let Some(event) = events.try_recv().unwrap() {
            self.follow(&event);
        }
    }
}

/// Some changes, as a thread of the application's makes them.
fn change(store: &SessionStore<u32>) {
    for _ in 0..2 {
        let session = store.create(new()).unwrap();
        match chance(3) {
            0 => drop(store.end_as(&session.id(), EndAs::killed())),
            1 => drop(store.rotate(&session.id())),
            _ => {}
        }
    }
}

#[test]
fn a_waiting_subscriber_is_woken_by_an_event() {
    by_seeds(10_000, || {
        let store = store();
        let mut events = store.subscribe(Filter::all());
        let threads = [0, 1].map(|_| {
            let store = store.clone();
            spawn(move || drop(store.create(new())))
        });
        let first = events.recv_timeout(LONG).unwrap().expect("it has time");
        let second = events.recv_timeout(LONG).unwrap().expect("it has time");
        assert_eq!(first.sequence() + 1, second.sequence());
        join_all(threads);
    });
}

#[test]
fn a_waiting_subscriber_is_told_of_the_end() {
    by_seeds(10_000, || {
        let store = store();
        let own = store.create(new()).unwrap();
        // It wants no event that there is, so only the end of the session wakes it.
        let unwanted = Filter::all().kinds([EventKind::Rotated]);
        let mut bound = store.subscribe(unwanted).until_end_of(&own);
        let mut free = store.subscribe(Filter::all());
        let waits = spawn(move || {
            loop {
                match bound.recv_timeout(LONG) {
                    Err(EventError::SessionEnded(tombstone)) => return tombstone.reason(),
                    Ok(_) => {}
                    Err(other) => panic!("{other}"),
                }
            }
        });
        let killer = spawn({
            let store = store.clone();
            move || {
                let _ = store.end_as(&own.id(), EndAs::killed());
            }
        });
        assert_eq!(waits.join().unwrap(), EndReason::Killed);
        let ended = free.recv_timeout(LONG).unwrap().expect("it has time");
        assert_eq!(ended.kind(), EventKind::Ended);
        let closer = spawn(move || drop(store));
        assert_eq!(free.recv_timeout(LONG).unwrap_err(), EventError::Closed);
        join_all([killer, closer]);
    });
}

#[test]
fn the_events_are_in_the_order_of_the_changes() {
    by_seeds(10_000, || {
        let store = store();
        let mut events = store.subscribe(Filter::all());
        let threads = [0, 1].map(|_| {
            let store = store.clone();
            spawn(move || change(&store))
        });
        let (mut kept, mut next) = (Kept::default(), None);
        let mut follow = |event: Event| {
            assert!(next.is_none_or(|next| next == event.sequence()), "a gap: {event:?}");
            next = Some(event.sequence() + 1);
            kept.follow(&event);
        };
        if let Some(event) = events.try_recv().unwrap() {
            follow(event);
        }
        join_all(threads);
        // What an operation did is in the log when it returns.
        while let Some(event) = events.try_recv().unwrap() {
            follow(event);
        }
        assert_eq!(kept.0, Kept::of(&store.list(&Selector::all())).0);
    });
}

#[test]
fn a_snapshot_is_what_the_events_before_it_have_made() {
    by_seeds(10_000, || {
        let store = store();
        let threads = [0, 1].map(|_| {
            let store = store.clone();
            spawn(move || change(&store))
        });
        // Another that comes and goes, and with it the recording.
        drop(store.subscribe(Filter::all()));
        let (live, mut events) = store.subscribe_with_snapshot(Filter::all());
        let mut kept = Kept::of(&live);
        join_all(threads);
        kept.follow_all(&mut events);
        assert_eq!(kept.0, Kept::of(&store.list(&Selector::all())).0);
    });
}

#[test]
fn a_barrier_is_passed_when_all_before_it_is_dealt_with() {
    by_seeds(10_000, || {
        let store = store();
        let mut events = store.subscribe(Filter::all());
        let watcher = events.watcher();
        let dealt_with = Arc::new(QuietU64::new(0));
        let reader = spawn({
            let dealt_with = Arc::clone(&dealt_with);
            move || {
                let goes_away = chance(4) == 0;
                while let Ok(taken) = events.recv_timeout(LONG) {
                    if goes_away {
                        return;
                    }
                    let created = taken.is_some_and(|event| event.kind() == EventKind::Created);
                    pause();
                    dealt_with.fetch_add(u64::from(created), Ordering::Relaxed);
                }
            }
        });
        for published in 1..=2 {
            drop(store.create(new()).unwrap());
            match watcher.barrier(LONG) {
                Ok(()) => {
                    let dealt_with = dealt_with.load(Ordering::Relaxed);
                    assert!(dealt_with >= published, "{dealt_with} of {published}");
                }
                Err(BarrierError::Gone) => break,
                Err(other) => panic!("{other}"),
            }
        }
        drop(store);
        reader.join().unwrap();
        assert_eq!(watcher.barrier(LONG), Err(BarrierError::Gone));
    });
}

#[test]
fn a_subscription_may_go_at_any_time() {
    by_seeds(10_000, || {
        let store = store();
        let mut events = store.subscribe(Filter::all());
        let publisher = spawn({
            let store = store.clone();
            move || change(&store)
        });
        let other = spawn({
            let store = store.clone();
            move || store.subscribe(Filter::all())
        });
        let _ = events.try_recv();
        drop(events);
        publisher.join().unwrap();
        let mut other = other.join().unwrap();
        let before = store.create(new()).unwrap();
        while let Some(event) = other.try_recv().unwrap() {
            if event.session().is_some_and(|told| told.track_id() == before.track_id()) {
                return;
            }
        }
        panic!("one who goes took the events of the other along");
    });
}
