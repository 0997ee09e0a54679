//! Nodes that heard of the ends of others too long ago.

use std::sync::mpsc;

use tenure::collection::{Call, Codec, CodecError, Fault, Op, Request};
use tenure::events::{EventKind, Filter};
use tenure::shared::{SharedAcquireError, SharedSessions};
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
            let line =
                format!("{kind}: the ends of other nodes were last heard of {staleness:?} ago");
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

/// Cannot encode 13.
struct Superstitious;

impl Codec<u32> for Superstitious {
    fn encode(&self, data: &u32) -> Result<Vec<u8>, CodecError> {
        if *data == 13 { Err(CodecError::encode("13")) } else { Ok(data.to_be_bytes().to_vec()) }
    }

    fn decode(&self, bytes: &[u8]) -> Result<u32, CodecError> {
        let bytes = bytes.try_into().map_err(|_| CodecError::decode("length"))?;
        Ok(u32::from_be_bytes(bytes))
    }
}

#[test]
fn node_that_cannot_tell_all_still_hears_all() {
    let fleet = Fleet::new();
    let builder = fleet.builder().codec(Superstitious).create_behind();
    let node = builder.max_staleness(2 * INTERVAL).alarm_above(2 * INTERVAL).build().unwrap();
    let alice = node.create(NewSession::new(1)).unwrap();
    node.refresh().unwrap();
    node.create(NewSession::new(13)).unwrap();
    for times in 1..=4 {
        fleet.clock.advance(INTERVAL);
        let stats = node.shared_stats();
        assert_eq!((stats.staleness, stats.since_good), (INTERVAL, times * INTERVAL));
        assert!(node.refresh().is_err() && !node.shared_stats().alarm);
        assert!(node.acquire_or_load(&alice).is_ok() && node.acquire(&alice).is_ok());
    }
}

#[test]
fn node_that_does_not_read_the_feed_is_stale_though_it_tells_all() {
    let fleet = Fleet::new();
    let node = fleet.builder().max_staleness(2 * INTERVAL).build().unwrap();
    let session = node.create(NewSession::new(1)).unwrap();
    node.refresh().unwrap();
    let feed = |call: &Call<'_>| matches!(call, Call::Feed);
    fleet.collection.faults(move |call| if feed(call) { Fault::Refused } else { Fault::None });
    for times in 1..=3 {
        assert!(node.acquire(&session).is_ok(), "{times}");
        fleet.clock.advance(INTERVAL);
        assert!(node.refresh().is_err());
    }
    let stale = |error: SharedAcquireError| matches!(error, SharedAcquireError::Stale { .. });
    assert!(node.acquire(&session).is_err_and(stale));
    assert!(node.acquire_or_load(&session).is_err_and(stale));
    // The store is memory and no more; and what the collection itself is asked for goes on.
    let lease = node.store().acquire(&session).unwrap();
    assert!(node.update_data(&lease, |data| data + 1).is_ok());
    assert!(node.end(&session).is_ok());
}

#[test]
fn node_that_is_in_doubt_about_a_session_has_not_heard_all() {
    let fleet = Fleet::new();
    let node = fleet.builder().max_staleness(2 * INTERVAL).build().unwrap();
    let session = node.create(NewSession::new(1)).unwrap();
    node.refresh().unwrap();
    // The ends since are forgotten: each session is asked for, and that fails.
    fleet.clock.advance(2 * INTERVAL);
    fleet.collection.flush();
    let touch =
        |call: &Call<'_>| matches!(call, Call::Request(Request { op: Op::Touch { .. }, .. }));
    fleet.collection.faults(move |call| if touch(call) { Fault::Refused } else { Fault::None });
    fleet.clock.advance(secs(1));
    assert!(node.refresh().is_err());
    assert!(node.acquire(&session).is_err());
    fleet.collection.faults(|_| Fault::None);
    node.refresh().unwrap();
    assert!(session.is_ended() && node.shared_stats().staleness.is_zero());
}
