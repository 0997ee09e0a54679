//! What a subscriber is told that was too slow for the ring.

use tenure::BuildError;
use tenure::events::{EventError, Filter};

use crate::common::{Store, of};
use crate::tools::{crowd, kinds, numbers, rest, ring};

/// Every size, every number of events read before, every number since.
#[test]
fn the_loss_is_told_once_and_exactly() {
    for size in 1..=6_u64 {
        for read in 0..=size {
            for since in 0..=3 * size {
                let store = ring(usize::try_from(size).unwrap()).build().unwrap();
                let mut events = store.subscribe(Filter::all());
                let start = events.token().to_string();
                crowd(&store, "alice", usize::try_from(read).unwrap());
                let first: Vec<_> = (0..read).map(|_| events.try_recv().unwrap()).collect();
                assert!(first.iter().all(Option::is_some));
                crowd(&store, "alice", usize::try_from(since).unwrap());
                let missed = since.saturating_sub(size);
                let case = format!("a ring of {size}, {read} read, {since} since");
                let info = events.info();
                assert_eq!((info.lag, info.lost), (since - missed, missed), "{case}");
                if missed > 0 {
                    assert_eq!(
                        events.try_recv().unwrap_err(),
                        EventError::EventsLost { missed },
                        "{case}"
                    );
                }
                let before: u64 = start.split_once('-').unwrap().1.parse().unwrap();
                let kept: Vec<_> = (before + read + missed..before + read + since).collect();
                assert_eq!(numbers(&rest(&mut events)), kept, "{case}");
                assert_eq!((events.info().lag, events.info().lost), (0, missed), "{case}");
            }
        }
    }
}

#[test]
fn losses_add_up_until_they_are_told() {
    let store = ring(2).build().unwrap();
    let mut events = store.subscribe(Filter::all());
    crowd(&store, "alice", 5);
    crowd(&store, "alice", 5);
    assert_eq!(events.try_recv().unwrap_err(), EventError::EventsLost { missed: 8 });
    // What is lost between being told and going on is told as well.
    crowd(&store, "alice", 1);
    assert_eq!(events.try_recv().unwrap_err(), EventError::EventsLost { missed: 1 });
    assert_eq!(rest(&mut events).len(), 2);
    crowd(&store, "alice", 3);
    assert_eq!(events.try_recv().unwrap_err(), EventError::EventsLost { missed: 1 });
    assert_eq!((rest(&mut events).len(), events.info().lost), (2, 10));
}

#[test]
fn only_wanted_events_are_lost() {
    // Alternately wanted and not, so each size of the ring cuts between other two.
    for size in 1..=5 {
        for count in 0..=14_usize {
            let store = ring(size).build().unwrap();
            let mut events = store.subscribe(Filter::all().principal("bob"));
            for number in 0..count {
                store.create(of(if number % 2 == 0 { "bob" } else { "alice" })).unwrap();
            }
            let gone = count.saturating_sub(size);
            let missed = gone.div_ceil(2) as u64;
            let case = format!("a ring of {size}, {count} events");
            assert_eq!(events.info().lost, missed, "{case}");
            if missed > 0 {
                assert_eq!(
                    events.try_recv().unwrap_err(),
                    EventError::EventsLost { missed },
                    "{case}"
                );
            }
            let kept = count.div_ceil(2) - usize::try_from(missed).unwrap();
            assert_eq!(rest(&mut events).len(), kept, "{case}");
        }
    }
}

#[test]
fn a_flood_of_the_unwanted_loses_nothing() {
    for size in [1, 3, 300] {
        let store = ring(size).build().unwrap();
        let mut events = store.subscribe(Filter::all().principal("bob"));
        crowd(&store, "alice", 1_000);
        assert_eq!((events.info().lag, events.info().lost), (0, 0));
        assert!(rest(&mut events).is_empty());
        store.create(of("bob")).unwrap();
        assert_eq!(rest(&mut events).len(), 1);
        // One who has not come back for long, either.
        crowd(&store, "alice", 1_000);
        store.create(of("bob")).unwrap();
        crowd(&store, "alice", size - 1);
        assert_eq!((rest(&mut events).len(), events.info().lost), (1, 0));
        // A wanted one that is in the way of the flood is lost, and it alone.
        store.create(of("bob")).unwrap();
        crowd(&store, "alice", size);
        assert_eq!(events.try_recv().unwrap_err(), EventError::EventsLost { missed: 1 });
        assert!(rest(&mut events).is_empty());
    }
}

/// More of the unwanted than are passed by in one go.
#[test]
fn the_next_wanted_one_is_found_behind_many_others() {
    let store = ring(4_000).build().unwrap();
    let mut events = store.subscribe(Filter::all().principal("bob"));
    for others in [0, 1, 255, 256, 257, 511, 512, 513, 1_500] {
        let mut last = Vec::new();
        store.create(of("bob")).unwrap();
        crowd(&store, "alice", others);
        assert_eq!(events.info().lag, 1 + others as u64);
        last.push(store.create(of("bob")).unwrap().track_id());
        let taken = rest(&mut events);
        assert_eq!(taken.len(), 2, "behind {others}");
        assert_eq!(crate::tools::track(&taken[1]), last[0]);
        assert_eq!(events.info().lag, 0);
    }
}

#[test]
fn each_subscriber_loses_on_its_own() {
    let store: Store = ring(4).build().unwrap();
    let mut slow = store.subscribe(Filter::all());
    let mut quick = store.subscribe(Filter::all());
    for _ in 0..10 {
        crowd(&store, "alice", 1);
        assert_eq!(rest(&mut quick).len(), 1);
    }
    assert_eq!((quick.info().lost, slow.info().lost), (0, 6));
    assert_eq!(slow.try_recv().unwrap_err(), EventError::EventsLost { missed: 6 });
    assert_eq!(kinds(&rest(&mut slow)).len(), 4);
}

#[test]
fn a_store_needs_a_ring() {
    assert_eq!(ring(0).build().unwrap_err(), BuildError::NoEventRing);
    assert!(BuildError::NoEventRing.to_string().contains("event ring"));
    assert!(ring(usize::MAX).build().is_ok(), "memory is taken as events come");
}
