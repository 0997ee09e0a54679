//! Clocks that no machine should have.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tenure::liveness::HostLiveness;
use tenure::{Clock, EndReason, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{Random, Store, plain, secs, seed, within_a_minute};
use crate::pool::{Pool, SILENCE, login};

/// A clock that says what a function makes of the number of the reading.
struct Scripted<F>(F, Arc<AtomicU64>);

impl<F: Fn(u64) -> Tick + Send + Sync + 'static> Clock for Scripted<F> {
    fn now(&self) -> Tick {
        (self.0)(self.1.fetch_add(1, Ordering::Relaxed))
    }

    fn wall(&self) -> OffsetDateTime {
        let date =
            if self.now() > Tick::from_micros(1 << 30) { time::Date::MAX } else { time::Date::MIN };
        date.midnight().assume_utc()
    }
}

const HOSTS: [&str; 4] = ["ada", "bob", "carol", "dora"];

/// Uses a pool with this clock in every way, and checks that everything balances.
fn survive(name: &'static str, say: impl Fn(u64) -> Tick + Send + Sync + 'static) {
    within_a_minute(move || {
        let mut random = Random::new(seed(name));
        let clock = Scripted(say, Arc::default());
        let builder = SessionStore::builder().timeouts(Timeouts::none());
        let store: Store = builder.clock(clock).build().unwrap();
        let silence = Duration::from_micros(50);
        let hosts =
            HostLiveness::builder(&store, "ada").assumed_dead_after(silence).build().unwrap();
        for _ in 0..3_000 {
            let host = HOSTS[random.below(HOSTS.len())];
            match random.below(14) {
                0..3 => drop(hosts.heartbeat(host)),
                3 => drop(hosts.heartbeat_at(host, OffsetDateTime::UNIX_EPOCH)),
                4 => drop(hosts.register(host)),
                5 => drop(hosts.get_or_login(host, login(1))),
                6 => drop(store.create(plain().host(host))),
                7 => {
                    if let Ok(Some(session)) = hosts.get(host) {
                        let _ = hosts.cannot_contact(host, &session, ());
                    }
                }
                8 => drop((hosts.hosts(), hosts.next_deadline(), format!("{hosts:?}"))),
                10 => hosts.resumed(),
                11 => drop((hosts.create(host, plain()), hosts.host(host))),
                9 => drop(hosts.is_live(host).then(|| hosts.forget(host))),
                _ => drop(hosts.sweep()),
            }
            assert!(hosts.is_live("ada"), "{name}");
        }
        let stats = store.stats();
        assert_eq!(stats.created, stats.live as u64 + stats.ended.total(), "{name}");
        assert_eq!((stats.application_panics, stats.leases), (0, 0), "{name}");
        assert!(stats.pinned <= HOSTS.len(), "{name}: one session a slot");
        for host in HOSTS {
            hosts.forget(host);
        }
        drop(hosts);
        assert_eq!(store.stats().pinned, 0, "{name}");
        let _ = store.close();
        let stats = store.stats();
        assert_eq!((stats.live, stats.ended.total()), (0, stats.created), "{name}");
    });
}

#[test]
fn clocks_that_stand_still_are_survived() {
    for at in [0, 1, 1 << 40] {
        survive("still", move |_| Tick::from_micros(at));
    }
    // One that stands at the end of time is refused, but it may get there.
    survive("the end", |reading| if reading < 8 { Tick::ZERO } else { Tick::MAX });
}

#[test]
fn clocks_that_run_backwards_are_survived() {
    survive("backwards", |reading| Tick::from_micros(10_000_000 - reading));
    survive("swings", |reading| Tick::from_micros(1_000 + 60 * (reading % 2)));
    survive("sawtooth", |reading| Tick::from_micros(1_000 + 7 * (reading % 50)));
}

#[test]
fn clocks_that_jump_about_are_survived() {
    let start = seed("jumps of the clock");
    survive("jumps", move |reading| {
        // The first readings are those of `build`, which refuses a clock that is far on.
        if reading < 8 {
            return Tick::ZERO;
        }
        let number = Random::new(start ^ reading.wrapping_mul(0x2545_f491_4f6c_dd1d)).next();
        let spans = [1_u64, 100, 10_000, 1 << 30, 1 << 48];
        Tick::from_micros(number / 8 % spans[usize::try_from(number % 5).unwrap()])
    });
    survive("to the end of time and back", |reading| {
        if reading > 8 && reading % 97 == 0 { Tick::MAX } else { Tick::from_micros(reading) }
    });
}

#[test]
fn no_host_dies_while_time_stands_still_or_runs_back() {
    let pool = Pool::new(&["bob"]);
    pool.advance(1_000);
    pool.hear(&["bob"]);
    let session = pool.of_host("bob");
    for _ in 0..10 {
        assert_eq!(pool.hosts.sweep().dead, [""; 0]);
        pool.clock.set_back(secs(90));
        assert!(pool.hosts.is_live("bob") && !pool.hosts.heartbeat("bob").unwrap().back);
    }
    assert!(!session.is_ended());
}

/// After the clock has come back, those of whom nothing is heard die within the interval.
fn comes_back(pool: &Pool, hosts: &[&str]) {
    let sessions: Vec<_> = hosts.iter().map(|host| pool.of_host(host)).collect();
    pool.hosts.sweep();
    let wait = pool.hosts.next_deadline().expect("somebody may die");
    assert!(wait <= secs(SILENCE), "the program may sleep for {wait:?}");
    pool.advance(SILENCE);
    pool.hosts.sweep();
    for (host, session) in hosts.iter().zip(&sessions) {
        assert!(!pool.hosts.is_live(host), "{host} lives on");
        assert!(session.is_ended(), "a session of {host} lives on");
    }
    assert_eq!(pool.store.stats().ended.count(EndReason::HostDead), sessions.len() as u64);
}

/// Hosts are heard in a future that is no more, in which somebody swept or nobody did.
fn a_future_comes_and_goes(swept: bool) {
    for future in [Tick::START.saturating_add(secs(1 << 20)), Tick::MAX] {
        let pool = Pool::new(&["bob"]);
        pool.advance(10);
        pool.hosts.sweep();
        let now = pool.clock.now();
        pool.clock.set(future);
        pool.hear(&["bob", "carol"]);
        if swept {
            pool.hosts.sweep();
        }
        pool.clock.set(now);
        comes_back(&pool, &["bob", "carol"]);
    }
}

#[test]
fn host_heard_in_a_swept_future_dies() {
    a_future_comes_and_goes(true);
}

#[test]
fn host_heard_in_an_unswept_future_dies() {
    a_future_comes_and_goes(false);
}

#[test]
fn host_heard_after_the_clock_ran_back_lives_from_now() {
    let pool = Pool::new(&["bob"]);
    pool.clock.set(Tick::MAX);
    assert!(pool.hosts.heartbeat("bob").unwrap().back, "it was silent for years");
    pool.clock.set(Tick::START.saturating_add(secs(1)));
    assert!(!pool.hosts.heartbeat("bob").unwrap().back);
    comes_back(&pool, &["bob"]);
}

#[test]
fn no_host_dies_at_the_end_of_time() {
    let pool = Pool::new(&["bob"]);
    pool.clock.set(Tick::MAX);
    assert_eq!(pool.hosts.sweep().dead, ["bob"]);
    assert!(pool.hosts.heartbeat("bob").unwrap().back);
    pool.advance(1_000);
    assert!(pool.hosts.is_live("bob") && pool.hosts.sweep().dead.is_empty());
}

#[test]
fn endless_interval_never_ends() {
    let pool = Pool::with(&["bob"], |settings| settings.assumed_dead_after(Duration::MAX));
    pool.clock.set(Tick::MAX);
    assert!(pool.hosts.is_live("bob") && pool.hosts.sweep().dead.is_empty());
}

#[test]
fn session_created_before_the_clock_ran_back_dies_with_its_host() {
    let future = Arc::new(AtomicU64::new(1_000_000_000_000));
    let clock = {
        let future = Arc::clone(&future);
        Scripted(move |_| Tick::from_micros(future.load(Ordering::Relaxed)), Arc::default())
    };
    let builder = SessionStore::builder().timeouts(Timeouts::none());
    let store: Store = builder.clock(clock).build().unwrap();
    let hosts = HostLiveness::new(&store, "ada");
    hosts.heartbeat("bob").unwrap();
    let session = hosts.create("bob", plain()).unwrap();
    future.store(1_000_000, Ordering::Relaxed);
    assert!(hosts.sweep().dead.is_empty());
    future.store(300_000_000, Ordering::Relaxed);
    let report = hosts.sweep();
    assert_eq!((report.dead, report.sessions_ended), (vec!["bob".to_owned()], 1));
    assert!(session.is_ended());
}
