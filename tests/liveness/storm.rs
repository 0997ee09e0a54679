//! Threads against one pool: what must hold once all is quiet, going by the events.

use std::collections::HashMap;
use std::time::Duration;

use tenure::events::{Event, EventKind, Filter};
use tenure::liveness::HostLiveness;
use tenure::{
    EndAs, EndReason, ManualClock, Selector, SessionInfo, SessionStore, Timeouts, TrackId,
};

use crate::common::{Random, Store, factor, plain, seed};
use crate::pool::login;

const HOSTS: [&str; 3] = ["bob", "carol", "dora"];
const THREADS: usize = 8;
const STEPS: usize = 400;
const SILENCE: Duration = Duration::from_micros(40);

struct Storm {
    clock: ManualClock,
    store: Store,
    hosts: HostLiveness<u32>,
    /// Whether hosts leave the pool now and then.
    leaving: bool,
}

impl Storm {
    fn new(leaving: bool) -> Self {
        let clock = ManualClock::new();
        let builder = SessionStore::builder().timeouts(Timeouts::none()).event_ring(100_000);
        let store: Store = builder.clock(clock.clone()).build().unwrap();
        let hosts =
            HostLiveness::builder(&store, "ada").assumed_dead_after(SILENCE).build().unwrap();
        for host in HOSTS {
            hosts.register(host).unwrap();
        }
        Self { clock, store, hosts, leaving }
    }

    fn worker(&self, mut random: Random) {
        for _ in 0..STEPS {
            let host = HOSTS[random.below(HOSTS.len())];
            match random.below(20) {
                0..3 => drop(self.hosts.heartbeat(host)),
                3 => drop(self.hosts.sweep()),
                4..9 => drop(self.hosts.get_or_login(host, login(1))),
                9..12 => drop(self.store.create(plain().host(host))),
                12 => drop(self.store.end_where_as(&Selector::host(host), EndAs::killed())),
                13 => {
                    if let Ok(Some(session)) = self.hosts.get(host) {
                        let _ = self.hosts.cannot_contact(host, &session, ());
                    }
                }
                14 => drop((self.hosts.next_deadline(), self.hosts.hosts())),
                15 if self.leaving => drop(self.hosts.forget(host)),
                16 => self.clock.advance(Duration::from_micros(random.next() % 50)),
                _ => self.clock.advance(Duration::from_micros(random.next() % 4)),
            }
        }
    }
}

/// The life of a session by its events.
#[derive(Default)]
struct Life {
    host: String,
    created: u64,
    /// Whether it is of a login to the host.
    login: bool,
    ended: Option<(u64, EndReason)>,
}

/// When each host died and came back.
type Turns<'a> = HashMap<&'a str, Vec<(u64, EventKind)>>;

/// What the events tell: the lives of the sessions and of the hosts.
fn lives(events: &[Event]) -> (HashMap<TrackId, Life>, Turns<'_>) {
    let (mut lives, mut hosts) = (HashMap::new(), Turns::new());
    for event in events {
        let (number, host) = (event.sequence(), event.host().expect("all have a host"));
        match (event.kind(), event.session()) {
            (EventKind::Created, Some(info)) => {
                let host = host.to_owned();
                let life = Life { host, created: number, login: info.is_pinned(), ended: None };
                assert!(lives.insert(info.track_id(), life).is_none(), "created twice");
            }
            (EventKind::Ended, Some(info)) => {
                let life = lives.get_mut(&info.track_id()).expect("created before it ended");
                assert!(life.ended.is_none() && life.host == host, "ended twice");
                life.ended = event.reason().map(|reason| (number, reason));
            }
            (kind, _) => hosts.entry(host).or_default().push((number, kind)),
        }
    }
    (lives, hosts)
}

fn check(storm: &Storm, events: &[Event]) {
    let (lives, hosts) = lives(events);
    let stats = storm.store.stats();
    assert_eq!(stats.created, lives.len() as u64);
    assert_eq!(stats.created, stats.live as u64 + stats.ended.total());
    assert_eq!((stats.application_panics, stats.leases), (0, 0));
    let none = Vec::new();
    for life in lives.values() {
        let turns = hosts.get(life.host.as_str()).unwrap_or(&none);
        match life.ended {
            // It was created for a host that was overdue, and goes on until the next death.
            None => {}
            Some((ended, EndReason::HostDead)) => {
                // It died when the session was there already, or was dead when it came; or the
                // session is of a login that was under way when it died, though it is back.
                let begun = if life.login { 0 } else { life.created };
                let before = turns.iter().rfind(|(at, _)| *at < life.created);
                let dead = before.is_some_and(|(_, kind)| *kind == EventKind::HostDead);
                let dies = |(at, kind): &(u64, EventKind)| {
                    *kind == EventKind::HostDead && (begun..ended).contains(at)
                };
                assert!(dead || turns.iter().any(dies), "ended by the death of before");
            }
            Some((_, reason)) => {
                let others = [EndReason::Killed, EndReason::Replaced, EndReason::LoggedOut];
                assert!(others.contains(&reason), "{reason:?}");
            }
        }
    }
    if !storm.leaving {
        for (host, turns) in &hosts {
            for (number, (_, kind)) in turns.iter().enumerate() {
                let expected = [EventKind::HostDead, EventKind::HostBack][number % 2];
                assert_eq!(*kind, expected, "{host} does not die and come back in turns");
            }
        }
    }
    for host in HOSTS {
        let of_host = storm.store.list(&Selector::host(host)).into_iter();
        let pinned: Vec<_> = of_host.filter(SessionInfo::is_pinned).collect();
        assert!(pinned.len() <= 1, "{host} has {} logins", pinned.len());
        if let Ok(held) = storm.hosts.get(host) {
            let held = held.map(|session| session.track_id());
            assert_eq!(held, pinned.first().map(SessionInfo::track_id), "{host}");
        }
    }
}

fn rounds(leaving: bool, name: &str) {
    let mut random = Random::new(seed(name));
    for _ in 0..12 * factor() {
        let storm = Storm::new(leaving);
        let mut subscription = storm.store.subscribe(Filter::all());
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                let random = Random::new(random.next());
                scope.spawn(|| storm.worker(random));
            }
        });
        let mut events: Vec<Event> = Vec::new();
        let mut read = |storm: &Storm| {
            events.extend(std::iter::from_fn(|| subscription.try_recv().unwrap()));
            check(storm, &events);
        };
        storm.hosts.sweep();
        read(&storm);
        // All come back and log in; then all die, and nothing of theirs is left.
        for host in HOSTS {
            storm.hosts.heartbeat(host).unwrap();
            assert!(storm.hosts.get_or_login(host, login(2)).is_ok());
        }
        read(&storm);
        storm.clock.advance(SILENCE);
        assert_eq!(storm.hosts.sweep().dead, HOSTS);
        read(&storm);
        assert_eq!(storm.store.stats().live, 0);
    }
}

#[test]
fn eight_threads_agree_on_deaths_and_returns() {
    rounds(false, "hosts_that_come_and_go");
}

#[test]
fn eight_threads_agree_on_forgotten_hosts() {
    rounds(true, "hosts_that_leave");
}
