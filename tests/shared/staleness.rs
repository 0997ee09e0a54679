//! The alarm of a node whose last good refresh is too long ago.

use std::sync::mpsc;

use tenure::collection::Fault;
use tenure::events::{EventKind, Filter};
use tenure::shared::SharedSessions;
use tenure::{NewSession, SessionId};

use crate::common::secs;
use crate::fleet::{Fleet, INTERVAL};

#[test]
fn alarm_is_raised_once_and_cleared_by_a_good_refresh() {
    let fleet = Fleet::new();
    let (tell, told) = mpsc::channel();
    let node: SharedSessions<u32, _> = fleet
        .builder()
        .alarm_above(2 * INTERVAL)
        .on_alarm(move |alarm| tell.send((alarm.raised, alarm.staleness)).unwrap())
        .build()
        .unwrap();
    let kinds = [EventKind::StalenessRaised, EventKind::StalenessCleared];
    let mut events = node.store().subscribe(Filter::all().kinds(kinds));
    for _ in 0..2 {
        node.refresh().unwrap();
        fleet.collection.faults(|_| Fault::Refused);
        for times in 1..=5 {
            fleet.clock.advance(INTERVAL);
            assert!(node.refresh().is_err());
            assert_eq!(node.shared_stats().alarm, times > 2);
        }
        fleet.collection.faults(|_| Fault::None);
        fleet.clock.advance(INTERVAL);
        node.refresh().unwrap();
        assert!(!node.shared_stats().alarm);
        let expected = [(true, 3 * INTERVAL), (false, 6 * INTERVAL)];
        assert_eq!(told.try_iter().collect::<Vec<_>>(), expected);
        for (kind, (_, staleness)) in kinds.into_iter().zip(expected) {
            let event = events.try_recv().unwrap().unwrap();
            assert_eq!((event.kind(), event.staleness()), (kind, Some(staleness)));
            let line = format!("{kind}: the last good refresh was {staleness:?} ago");
            assert_eq!(event.to_string(), line);
        }
        assert_eq!(events.try_recv(), Ok(None));
    }
}

#[test]
fn alarm_is_noticed_by_loads_and_stats_where_nobody_refreshes() {
    for load in [false, true] {
        let fleet = Fleet::new();
        let (tell, told) = mpsc::channel();
        let builder = fleet.builder().alarm_above(INTERVAL);
        let node = builder.on_alarm(move |alarm| tell.send(alarm.raised).unwrap()).build().unwrap();
        let session = node.create(NewSession::new(7)).unwrap();
        fleet.clock.advance(INTERVAL);
        assert!(!node.shared_stats().alarm);
        fleet.clock.advance(secs(1));
        drop(node.acquire_or_load(&session).unwrap());
        assert!(told.try_recv().is_err(), "what is in memory costs nothing more");
        if load {
            node.acquire_or_load(SessionId::from_bytes([7; 16])).unwrap_err();
        } else {
            assert!(node.shared_stats().alarm);
        }
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [true]);
    }
}

#[test]
fn application_that_is_told_may_use_the_node_and_panic() {
    let fleet = Fleet::new();
    let (give, given) = mpsc::channel::<SharedSessions<u32, _>>();
    let given = std::sync::Mutex::new(given);
    let node: SharedSessions<u32, _> = fleet
        .builder()
        .alarm_above(INTERVAL)
        .on_alarm(move |alarm| {
            let node = given.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
            let node = node.unwrap();
            assert_eq!(node.shared_stats().alarm, alarm.raised);
            assert!(!alarm.raised || node.refresh().is_err());
            panic!("on purpose");
        })
        .build()
        .unwrap();
    for _ in 0..2 {
        give.send(node.clone()).unwrap();
    }
    fleet.clock.advance(2 * INTERVAL);
    fleet.collection.fail_next(Fault::Refused);
    assert!(node.shared_stats().alarm);
    node.refresh().unwrap();
    assert!(!node.shared_stats().alarm);
    assert_eq!(node.store().stats().application_panics, 2);
}
