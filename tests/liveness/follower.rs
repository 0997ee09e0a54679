//! A follower that keeps a table of the hosts by events alone.

use std::collections::BTreeMap;

use tenure::events::{Event, EventKind, Filter, Subscription};
use tenure::liveness::HostLiveness;
use tenure::{ManualClock, SessionStore};

use crate::common::{Random, Store, factor, secs, seed};

const HOSTS: [&str; 5] = ["ada", "bob", "carol", "dora", "eve"];

/// Which hosts there are, and which of them are live.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table(BTreeMap<String, bool>);

impl Table {
    fn of(hosts: &HostLiveness<u32>) -> Self {
        Self(hosts.hosts().into_iter().map(|info| (info.host, info.live)).collect())
    }

    /// Applies an event, and returns what was known of its host before.
    fn apply(&mut self, event: &Event) -> Option<bool> {
        let host = event.host().expect("all of these events are about a host").to_owned();
        match event.kind() {
            EventKind::HostAdded | EventKind::HostBack => self.0.insert(host, true),
            EventKind::HostDead => self.0.insert(host, false),
            EventKind::HostForgotten => self.0.remove(&host),
            _ => self.0.get(&host).copied(),
        }
    }

    /// Applies an event to a table that has missed none.
    fn apply_in_order(&mut self, event: &Event) {
        let before = self.apply(event);
        let possible = match event.kind() {
            EventKind::HostAdded => before.is_none(),
            EventKind::HostDead => before == Some(true),
            EventKind::HostBack => before == Some(false),
            _ => before.is_some(),
        };
        assert!(possible, "{event:?} where the table said {before:?}");
    }
}

fn kinds() -> Filter {
    Filter::all().kinds([
        EventKind::HostAdded,
        EventKind::HostDead,
        EventKind::HostBack,
        EventKind::HostForgotten,
        EventKind::SkewRaised,
        EventKind::SkewCleared,
    ])
}

fn read(events: &mut Subscription) -> impl Iterator<Item = Event> {
    std::iter::from_fn(|| events.try_recv().unwrap())
}

fn store() -> (ManualClock, Store) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().event_ring(100_000).clock(clock.clone());
    (clock.clone(), builder.build().unwrap())
}

/// One operation, whether it succeeds or not.
fn operate(random: &mut Random, clock: &ManualClock, hosts: &HostLiveness<u32>) {
    if random.below(16) == 0 {
        return hosts.resumed();
    }
    run(random, clock, hosts);
}

/// One operation other than `resumed`, by which a host can become live again that was overdue, and
/// whose death was never told.
fn run(random: &mut Random, clock: &ManualClock, hosts: &HostLiveness<u32>) {
    let host = HOSTS[random.below(HOSTS.len())];
    match random.below(15) {
        0..5 => drop(hosts.heartbeat(host)),
        5 => drop(hosts.heartbeat_at(host, time::OffsetDateTime::UNIX_EPOCH)),
        6 => drop(hosts.register(host)),
        7..9 => drop(hosts.forget(host)),
        9 => drop(hosts.sweep()),
        10 => drop(hosts.hosts()),
        _ => clock.advance(secs([1, 30, 99, 199, 200, 201][random.below(6)])),
    }
}

#[test]
fn table_kept_by_events_equals_hosts_at_every_quiet_moment() {
    let mut random = Random::new(seed("table_kept_by_events"));
    for _ in 0..200 * factor() {
        let (clock, store) = store();
        let mut events = store.subscribe(kinds());
        // Room for all but one.
        let hosts = HostLiveness::builder(&store, "ada").max_hosts(4).build().unwrap();
        let mut table = Table::default();
        for step in 0..60 {
            operate(&mut random, &clock, &hosts);
            if random.below(3) == 0 {
                // A death that was not noticed is in `hosts()`, and not told yet.
                hosts.sweep();
                read(&mut events).for_each(|event| table.apply_in_order(&event));
                assert_eq!(table, Table::of(&hosts), "step {step}");
            }
        }
    }
}

#[test]
fn table_kept_by_events_equals_hosts_after_eight_threads() {
    let mut random = Random::new(seed("table_after_eight_threads"));
    for _ in 0..8 * factor() {
        let (clock, store) = store();
        let mut events = store.subscribe(kinds());
        let hosts = HostLiveness::builder(&store, "ada").max_hosts(4).build().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                let mut random = Random::new(random.next());
                let (clock, hosts) = (&clock, &hosts);
                scope.spawn(move || (0..300).for_each(|_| operate(&mut random, clock, hosts)));
            }
        });
        hosts.sweep();
        let mut table = Table::default();
        read(&mut events).for_each(|event| table.apply_in_order(&event));
        assert_eq!(table, Table::of(&hosts));
    }
}

#[test]
fn follower_that_comes_late_starts_from_hosts() {
    let mut random = Random::new(seed("follower_that_comes_late"));
    for _ in 0..200 * factor() {
        let (clock, store) = store();
        let hosts = HostLiveness::new(&store, "ada");
        let mut some = |most: usize| {
            let operations = random.below(most);
            (0..operations).for_each(|_| run(&mut random, &clock, &hosts));
        };
        some(40);
        let mut events = store.subscribe(kinds());
        some(10);
        let mut table = Table::of(&hosts);
        some(40);
        hosts.sweep();
        for event in read(&mut events) {
            table.apply(&event);
        }
        assert_eq!(table, Table::of(&hosts));
    }
}

#[test]
fn forgotten_host_that_comes_back_is_told_as_added_again() {
    let (_, store) = store();
    let mut events = store.subscribe(kinds());
    let hosts = HostLiveness::new(&store, "ada");
    for added in [true, false] {
        let heartbeat = hosts.heartbeat("bob").unwrap();
        assert_eq!((heartbeat.added, heartbeat.back), (added, false));
    }
    assert!(hosts.forget("bob") && !hosts.forget("bob") && !hosts.forget("ada"));
    assert!(hosts.heartbeat("bob").unwrap().added);
    hosts.register("carol").unwrap();
    hosts.register("carol").unwrap();
    let told: Vec<_> = read(&mut events)
        .map(|event| (event.kind(), event.host().unwrap_or_default().to_owned()))
        .collect();
    let expected = [
        (EventKind::HostAdded, "ada"),
        (EventKind::HostAdded, "bob"),
        (EventKind::HostForgotten, "bob"),
        (EventKind::HostAdded, "bob"),
        (EventKind::HostAdded, "carol"),
    ];
    assert_eq!(told, expected.map(|(kind, host)| (kind, host.to_owned())));
}
