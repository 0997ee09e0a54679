//! The alarm about evictions, as an event.

use tenure::events::{Event, EventKind, Filter, Subscription};
use tenure::{EndAs, ManualClock};

use crate::common::{Store, plain, secs};
use crate::tools::{capped, kinds, rest, until_closed};

use EventKind::{Created, Ended, PressureCleared, PressureRaised};

/// A store of two sessions, full, where three evictions an hour are too many.
fn full() -> (Store, ManualClock, Subscription) {
    let clock = ManualClock::new();
    let store = capped(2).alarm_above(2).clock(clock.clone()).build().unwrap();
    store.create(plain()).unwrap();
    store.create(plain()).unwrap();
    let events = store.subscribe(Filter::all());
    (store, clock, events)
}

/// What the store said about its pressure since the last time.
fn alarms(events: &mut Subscription) -> Vec<(EventKind, Option<u64>)> {
    let taken = rest(events);
    let alarms = taken.iter().filter(|event| event.session().is_none());
    alarms.map(|event| (event.kind(), event.evictions_last_hour())).collect()
}

fn evict(store: &Store, times: usize) {
    (0..times).for_each(|_| drop(store.create(plain()).unwrap()));
}

#[test]
fn it_is_raised_by_the_eviction_that_is_too_many() {
    let (store, _, mut events) = full();
    evict(&store, 2);
    assert_eq!(kinds(&rest(&mut events)), [Ended, Created, Ended, Created]);
    evict(&store, 1);
    let taken = rest(&mut events);
    assert_eq!(kinds(&taken), [Ended, PressureRaised, Created]);
    let raised = &taken[1];
    assert_eq!((raised.evictions_last_hour(), raised.reason()), (Some(3), None));
    assert!(raised.session().is_none() && raised.host().is_none() && raised.skew().is_none());
    assert_eq!((raised.at(), raised.wall()), (taken[0].at(), taken[0].wall()));
    evict(&store, 20);
    assert_eq!(alarms(&mut events), [], "once is enough");
    assert!(store.pressure(1).alarm);
}

#[test]
fn it_is_cleared_by_whoever_comes_next_and_raised_again() {
    type Next = fn(&Store);
    let next: [Next; 4] = [
        |store| drop(store.create(plain().pinned()).unwrap()),
        |store| {
            let _ = store.end(crate::common::id(77));
        },
        |store| {
            let _ = store.reap();
        },
        |store| {
            let _ = store.reap_at_most(0);
        },
    ];
    for next in next {
        let (store, clock, mut events) = full();
        for _ in 0..3 {
            evict(&store, 5);
            assert_eq!(alarms(&mut events), [(PressureRaised, Some(3))]);
            clock.advance(secs(3_600));
            next(&store);
            assert_eq!(alarms(&mut events), [], "the hour is not over");
            clock.advance(secs(60));
            assert_eq!(alarms(&mut events), [], "nobody has come by");
            next(&store);
            assert_eq!(alarms(&mut events), [(PressureCleared, Some(0))]);
            next(&store);
            assert_eq!(alarms(&mut events), [], "once is enough");
        }
    }
}

#[test]
fn the_eviction_that_comes_by_first_may_clear_and_count() {
    let (store, clock, mut events) = full();
    evict(&store, 3);
    assert_eq!(alarms(&mut events).len(), 1);
    clock.advance(secs(3_660));
    evict(&store, 3);
    let expected = [(PressureCleared, Some(0)), (PressureRaised, Some(3))];
    assert_eq!(alarms(&mut events), expected);
}

#[test]
fn who_comes_late_is_told_of_the_end_of_it_alone() {
    let (store, clock, events) = full();
    drop(events);
    evict(&store, 9);
    let mut late = store.subscribe(Filter::all());
    evict(&store, 1);
    assert_eq!(alarms(&mut late), []);
    clock.advance(secs(3_660));
    store.reap();
    assert_eq!(alarms(&mut late), [(PressureCleared, Some(0))]);
    // An alarm that came and went in a time without subscribers is none.
    drop(late);
    evict(&store, 3);
    clock.advance(secs(3_660));
    let mut later = store.subscribe(Filter::all());
    store.reap();
    assert_eq!(alarms(&mut later), []);
    evict(&store, 3);
    assert_eq!(alarms(&mut later), [(PressureRaised, Some(3))]);
}

#[test]
fn ends_of_other_reasons_are_no_pressure() {
    let (store, _, mut events) = full();
    for _ in 0..20 {
        let session = store.create(plain().pinned()).unwrap();
        let _ = store.end_as(session.id(), EndAs::logged_out().pinned_too());
    }
    assert_eq!(alarms(&mut events), []);
}

#[test]
fn nothing_comes_after_the_end() {
    let (store, clock, mut events) = full();
    evict(&store, 3);
    let _ = store.close();
    let before = until_closed(&mut events);
    assert_eq!(before.iter().filter(|event| event.kind() == PressureRaised).count(), 1);
    clock.advance(secs(3_660));
    store.reap();
    let _ = store.close();
    let after: Vec<Event> = until_closed(&mut events);
    assert!(after.is_empty(), "after Closed came {after:?}");
}
