//! The events of hosts.

use std::time::Duration;

use tenure::events::{Event, EventKind, Filter, Subscription};
use tenure::liveness::HostLiveness;
use tenure::{Clock, EndReason, ManualClock};

use crate::common::{Store, of, secs};
use crate::tools::{kinds, rest, ring, until_closed};

use EventKind::{Created, Ended, HostBack, HostDead, SkewCleared, SkewRaised};

const SILENCE: Duration = secs(10);

/// Two hosts, one session on each and one on none, and one who follows.
struct Pool {
    store: Store,
    clock: ManualClock,
    hosts: HostLiveness<u32>,
    events: Subscription,
}

impl Pool {
    fn new() -> Self {
        let clock = ManualClock::new();
        let store = ring(100).clock(clock.clone()).build().unwrap();
        let hosts =
            HostLiveness::builder(&store, "here").assumed_dead_after(SILENCE).build().unwrap();
        for name in ["north", "south"] {
            hosts.heartbeat(name).unwrap();
            store.create(of("alice").host(name)).unwrap();
        }
        store.create(of("alice")).unwrap();
        let events = store.subscribe(Filter::all());
        Self { store, clock, hosts, events }
    }

    /// The north falls silent.
    fn north_dies(&self) {
        self.clock.advance(SILENCE / 2);
        self.hosts.heartbeat("south").unwrap();
        self.clock.advance(SILENCE / 2);
        assert_eq!(self.hosts.sweep().dead, ["north"]);
    }
}

/// The event tells of this host and of nothing else.
fn is_of(event: &Event, host: &str, clock: &ManualClock) {
    assert_eq!((event.host(), event.at(), event.wall()), (Some(host), clock.now(), clock.wall()));
    assert!(event.session().is_none() && event.tombstone().is_none());
    assert_eq!(event.evictions_last_hour(), None);
}

#[test]
fn a_death_comes_before_the_ends_and_once() {
    let Pool { store, clock, hosts, mut events } = {
        let pool = Pool::new();
        pool.north_dies();
        pool
    };
    let taken = rest(&mut events);
    assert_eq!(kinds(&taken), [HostDead, Ended]);
    is_of(&taken[0], "north", &clock);
    assert_eq!(taken[0].skew(), None);
    assert_eq!((taken[1].reason(), taken[1].host()), (Some(EndReason::HostDead), Some("north")));
    clock.advance(SILENCE / 4);
    hosts.sweep();
    assert!(rest(&mut events).is_empty());
    hosts.heartbeat("north").unwrap();
    hosts.heartbeat("north").unwrap();
    let taken = rest(&mut events);
    assert_eq!(kinds(&taken), [HostBack]);
    is_of(&taken[0], "north", &clock);
    assert_eq!(store.stats().live, 2);
}

#[test]
fn a_late_heartbeat_is_a_death_and_a_return() {
    let mut pool = Pool::new();
    pool.clock.advance(SILENCE);
    pool.hosts.heartbeat("north").unwrap();
    let taken = rest(&mut pool.events);
    let of_host: Vec<_> = kinds(&taken).into_iter().filter(|kind| *kind != Ended).collect();
    assert_eq!((of_host.as_slice(), taken.len()), (&[HostDead, HostBack][..], 3));
    let ended = taken.iter().position(|event| event.kind() == Ended).unwrap();
    assert!(ended > 0, "the death comes first");
}

#[test]
fn a_clock_that_goes_astray_is_told_once() {
    let mut pool = Pool::new();
    let far = |seconds| pool.clock.wall() + time::Duration::seconds(seconds);
    for seconds in [300, 301, 900, 151, -149, 149, -301, 0] {
        pool.hosts.heartbeat_at("north", far(seconds)).unwrap();
    }
    let taken = rest(&mut pool.events);
    assert_eq!(kinds(&taken), [SkewRaised, SkewCleared, SkewRaised, SkewCleared]);
    let skews: Vec<_> = taken.iter().map(|event| event.skew().unwrap().whole_seconds()).collect();
    assert_eq!(skews, [301, -149, -301, 0]);
    for event in &taken {
        is_of(event, "north", &pool.clock);
    }
}

#[test]
fn filters_and_hosts() {
    let pool = Pool::new();
    let track = rest(&mut pool.store.subscribe_with_snapshot(Filter::all()).1).len();
    assert_eq!(track, 0);
    let session = pool.store.create(of("bob").host("north")).unwrap();
    let open = |filter: Filter| pool.store.subscribe(filter);
    let mut north = open(Filter::all().host("north"));
    let mut south = open(Filter::all().host("south"));
    let mut deaths = open(Filter::all().kinds([HostDead]).host("north"));
    let mut of_sessions = [
        open(Filter::all().principal("bob")),
        open(Filter::all().session(&session)),
        open(Filter::all().principal("bob").host("north")),
    ];
    pool.north_dies();
    assert_eq!(kinds(&rest(&mut north)), [HostDead, Ended, Ended]);
    assert!(rest(&mut south).is_empty());
    assert_eq!(kinds(&rest(&mut deaths)), [HostDead]);
    for events in &mut of_sessions {
        assert_eq!(kinds(&rest(events)), [Ended], "{events:?}");
    }
    pool.store.create(of("bob").host("south")).unwrap();
    assert_eq!(kinds(&rest(&mut south)), [Created]);
}

#[test]
fn hosts_that_die_after_the_close_are_no_news() {
    let mut pool = Pool::new();
    let _ = pool.store.close();
    assert_eq!(until_closed(&mut pool.events).len(), 3);
    pool.north_dies();
    pool.hosts.heartbeat("north").unwrap();
    let after = until_closed(&mut pool.events);
    assert!(after.is_empty(), "after Closed came {after:?}");
}
