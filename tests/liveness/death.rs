//! What a death ends, and what is told of it.

use tenure::events::{Event, EventKind, Filter};
use tenure::{EndReason, Limit, Limits, SessionStore, Tick, Timeouts};

use crate::common::{of, plain, secs};
use crate::pool::{Pool, SILENCE, login, reason};

const DEAD: Option<EndReason> = Some(EndReason::HostDead);

fn name(host: &str) -> String {
    host.to_owned()
}

#[test]
fn death_ends_the_sessions_of_that_host_only() {
    let pool = Pool::new(&["bob", "carol"]);
    let bobs = [
        pool.of_host("bob"),
        pool.store.create(of("alice").host("bob").originator("cli").privileged()).unwrap(),
        pool.store.create(plain().host("bob").pinned()).unwrap(),
        pool.hosts.get_or_login("bob", login(1)).unwrap(),
        pool.of_host("bob"),
    ];
    let lease = pool.store.acquire(bobs[4].id()).unwrap();
    let others = [
        pool.of_host("carol"),
        pool.of_host("ada"),
        pool.of_host("bo"),
        pool.of_host("Bob"),
        pool.store.create(of("bob").originator("bob")).unwrap(),
        pool.hosts.get_or_login("carol", login(2)).unwrap(),
    ];
    pool.advance(SILENCE - 1);
    pool.hear(&["carol"]);
    pool.advance(1);
    let report = pool.hosts.sweep();
    assert_eq!((report.dead, report.sessions_ended), (vec![name("bob")], bobs.len()));
    assert_eq!(report.next_deadline, Some(secs(SILENCE - 1)));
    assert!(bobs.iter().all(|session| reason(session) == DEAD));
    assert!(others.iter().all(|session| !session.is_ended()));
    assert!(lease.is_ended() && lease.tombstone().is_some());
    drop(lease);

    // One event first, then the ends.
    let ended = (EventKind::Ended, name("bob"));
    let mut expected = vec![(EventKind::HostDead, name("bob"))];
    expected.extend(vec![ended; bobs.len()]);
    assert_eq!(pool.told(), expected);
    let stats = pool.store.stats();
    assert_eq!(stats.ended.count(EndReason::HostDead), bobs.len() as u64);
    assert_eq!((stats.live, stats.leases), (others.len(), 0));
    pool.balances();
}

#[test]
fn second_sweep_does_nothing() {
    let pool = Pool::new(&["bob"]);
    pool.of_host("bob");
    pool.advance(SILENCE);
    assert_eq!(pool.hosts.sweep().sessions_ended, 1);
    pool.told();
    // It belongs to a host that is dead already, and nobody has said that it may not.
    let late = pool.of_host("bob");
    for _ in 0..3 {
        let report = pool.hosts.sweep();
        assert_eq!((report.dead, report.sessions_ended, report.next_deadline), (vec![], 0, None));
        pool.advance(SILENCE);
    }
    assert!(!late.is_ended());
    assert_eq!(pool.told(), []);
}

#[test]
fn many_hosts_die_at_once() {
    let pool = Pool::new(&["dora", "bob", "carol"]);
    let sessions = ["bob", "carol", "dora"].map(|host| [pool.of_host(host), pool.of_host(host)]);
    pool.advance(SILENCE);
    let report = pool.hosts.sweep();
    assert_eq!(
        (report.dead, report.sessions_ended),
        (["bob", "carol", "dora"].map(name).into(), 6)
    );
    assert!(sessions.iter().flatten().all(|session| reason(session) == DEAD));
    let told = pool.told();
    for host in ["bob", "carol", "dora"] {
        let of = told.iter().filter(|(_, of)| of == host).map(|(kind, _)| *kind);
        let (dead, ended) = (EventKind::HostDead, EventKind::Ended);
        assert_eq!(of.collect::<Vec<_>>(), [dead, ended, ended]);
    }
}

#[test]
fn death_ends_many_sessions() {
    let pool = Pool::new(&["bob"]);
    let sessions: Vec<_> = (0..1_000).map(|_| pool.of_host("bob")).collect();
    pool.advance(SILENCE);
    assert_eq!(pool.hosts.sweep().sessions_ended, 1_000);
    assert!(sessions.iter().all(|session| reason(session) == DEAD));
    assert_eq!(pool.store.stats().live, 0);
}

#[test]
fn expired_session_of_a_dead_host_ends_for_its_timeout() {
    let pool = Pool::new(&["bob"]);
    let short = pool.store.create(plain().host("bob").absolute_timeout(secs(200))).unwrap();
    let idle = pool.store.create(plain().host("bob").idle_timeout(secs(199))).unwrap();
    let long = pool.store.create(plain().host("bob").absolute_timeout(secs(201))).unwrap();
    pool.advance(SILENCE);
    assert_eq!(pool.hosts.sweep().sessions_ended, 1);
    let expected = [Some(EndReason::AbsoluteTimeout), Some(EndReason::IdleTimeout), DEAD];
    assert_eq!([&short, &idle, &long].map(reason), expected);
    pool.balances();
}

#[test]
fn host_heard_again_is_live_and_its_sessions_stay_ended() {
    let pool = Pool::new(&["bob"]);
    let (old, slot) = (pool.of_host("bob"), pool.hosts.get_or_login("bob", login(1)).unwrap());
    pool.advance(SILENCE);
    pool.hosts.sweep();
    pool.advance(1_000);
    pool.told();
    let beats = [0; 3].map(|_| pool.hosts.heartbeat("bob").unwrap().back);
    assert_eq!(beats, [true, false, false]);
    assert_eq!(pool.told(), [(EventKind::HostBack, name("bob"))]);
    assert!(pool.hosts.is_live("bob"));
    assert_eq!([&old, &slot].map(reason), [DEAD; 2]);
    assert!(pool.store.peek(old.id()).is_err());
    assert_eq!(pool.held("bob"), Ok(None));
    let new = pool.hosts.get_or_login("bob", login(2)).unwrap();
    assert_eq!(*new.data(), 2);
    // The next death is another one.
    pool.advance(SILENCE);
    let report = pool.hosts.sweep();
    assert_eq!((report.dead, report.sessions_ended), (vec![name("bob")], 1));
}

#[test]
fn late_heartbeat_is_a_death_and_a_return() {
    let pool = Pool::new(&["bob"]);
    let sessions = [pool.of_host("bob"), pool.hosts.get_or_login("bob", login(1)).unwrap()];
    pool.advance(SILENCE);
    assert!(pool.hosts.heartbeat("bob").unwrap().back);
    assert!(pool.hosts.is_live("bob"));
    assert!(sessions.iter().all(|session| reason(session) == DEAD));
    assert_eq!(pool.held("bob"), Ok(None));
    let mut told = pool.told();
    assert_eq!(told[0], (EventKind::HostDead, name("bob")));
    told.sort_by_key(|(kind, _)| *kind);
    let kinds: Vec<_> = told.into_iter().map(|(kind, _)| kind).collect();
    let ended = EventKind::Ended;
    assert_eq!(kinds, [ended, ended, EventKind::HostDead, EventKind::HostBack]);
    // That was all of it.
    assert_eq!((pool.hosts.sweep().dead, pool.told()), (vec![], vec![]));
    assert!(!pool.hosts.heartbeat("bob").unwrap().back);
    pool.balances();
}

#[test]
fn events_of_hosts_say_which_and_when() {
    let pool = Pool::new(&["bob", "carol"]);
    let mut of_bob = pool.store.subscribe(Filter::all().host("bob"));
    let mut of_alice = pool.store.subscribe(Filter::all().principal("alice"));
    let mut deaths = pool.store.subscribe(Filter::all().kinds([EventKind::HostDead]));
    pool.advance(SILENCE + 5);
    pool.hosts.sweep();
    pool.advance(7);
    pool.hear(&["bob"]);
    let events = pool.all_told();
    let facts = |event: &Event| (event.kind(), event.at().since(Tick::START).as_secs());
    let (dead, back) = ((EventKind::HostDead, 205), (EventKind::HostBack, 212));
    assert_eq!(events.iter().map(facts).collect::<Vec<_>>(), [dead, dead, back]);
    for event in &events {
        assert!(event.session().is_none() && event.reason().is_none() && event.skew().is_none());
        assert_eq!(event.wall(), pool.store.wall_at(event.at()));
    }
    assert!(events.windows(2).all(|pair| pair[0].sequence() < pair[1].sequence()));
    let number = |wanted: &mut tenure::events::Subscription| {
        std::iter::from_fn(|| wanted.try_recv().unwrap()).count()
    };
    assert_eq!([number(&mut of_bob), number(&mut of_alice), number(&mut deaths)], [2, 0, 2]);
}

#[test]
fn death_makes_room_under_the_limits() {
    let clock = tenure::ManualClock::new();
    let limits = Limits::none().global(Limit::reject(4)).per_principal(Limit::reject(3));
    let builder = SessionStore::builder().limits(limits).timeouts(Timeouts::none());
    let store: crate::common::Store = builder.clock(clock.clone()).build().unwrap();
    let hosts = tenure::liveness::HostLiveness::new(&store, "ada");
    hosts.heartbeat("bob").unwrap();
    for round in 0..3 {
        let alice = || store.create(of("alice").host("bob"));
        let sessions: Vec<_> = (0..3).map(|_| alice().unwrap()).collect();
        assert!(alice().is_err(), "round {round}");
        let leases: Vec<_> = sessions.iter().map(|session| store.acquire(session.id())).collect();
        clock.advance(secs(SILENCE));
        assert_eq!(hosts.sweep().sessions_ended, 3);
        drop(leases);
        assert_eq!((store.stats().live, store.stats().leases), (0, 0));
        assert!(hosts.heartbeat("bob").unwrap().back);
    }
}
