//! A program that sleeps for as long as it was told.

use std::time::Duration;

use tenure::{Clock, SystemClock, Tick};

use crate::common::{Random, factor, secs, seed};
use crate::pool::{Pool, SILENCE};

const HOSTS: [&str; 4] = ["bob", "carol", "dora", "eve"];

#[test]
fn deadline_is_that_of_the_host_silent_for_longest() {
    let pool = Pool::new(&["bob"]);
    pool.advance(60);
    pool.hear(&["carol"]);
    assert_eq!(pool.hosts.next_deadline(), Some(secs(140)));
    pool.advance(40);
    assert_eq!(pool.hosts.sweep().next_deadline, Some(secs(100)));
    // Heard again. An early deadline is allowed; once it has come, the sweep says a better one.
    pool.hear(&["bob"]);
    assert!(pool.hosts.next_deadline().unwrap() <= secs(160));
    pool.advance(100);
    let report = pool.hosts.sweep();
    assert_eq!((report.dead, report.next_deadline), (vec![], Some(secs(60))));
    assert_eq!(pool.hosts.next_deadline(), Some(secs(60)));
    pool.advance(60);
    assert_eq!(pool.hosts.next_deadline(), Some(Duration::ZERO), "carol is due");
    let report = pool.hosts.sweep();
    assert_eq!((report.dead, report.next_deadline), (vec!["carol".to_owned()], Some(secs(40))));
}

#[test]
fn program_is_told_of_an_earlier_deadline() {
    let pool = Pool::new(&[]);
    pool.hear(&["bob"]);
    assert_eq!(pool.hurried(), 0, "it has not asked yet");
    assert!(pool.hosts.forget("bob"));
    pool.advance(SILENCE);
    assert_eq!(pool.hosts.sweep().next_deadline, None);
    // It sleeps for ever. A new host, a registered one, and one that is back end that.
    pool.hear(&["bob"]);
    assert_eq!(pool.hurried(), 1);
    pool.hear(&["bob", "carol"]);
    pool.hosts.register("dora").unwrap();
    assert_eq!(pool.hurried(), 0, "it comes early enough");
    pool.advance(SILENCE);
    assert_eq!(pool.hosts.sweep().next_deadline, None);
    pool.hear(&["carol"]);
    assert_eq!(pool.hurried(), 1);
    pool.advance(10);
    pool.hear(&["carol", "bob"]);
    assert_eq!(pool.hurried(), 0);
    pool.advance(SILENCE);
    assert_eq!(pool.hosts.sweep().next_deadline, None);
    pool.hosts.register("eve").unwrap();
    assert_eq!(pool.hurried(), 1);
    assert_eq!(pool.hosts.next_deadline(), Some(secs(SILENCE)));
    // The local host hurries nobody.
    pool.hear(&["ada"]);
    assert_eq!(pool.hurried(), 0);
}

#[test]
fn program_is_told_when_the_clock_was_set_back() {
    let pool = Pool::new(&[]);
    pool.advance(10_000);
    pool.hear(&["bob"]);
    assert_eq!(pool.hosts.next_deadline(), Some(secs(SILENCE)));
    pool.clock.set_back(secs(5_000));
    pool.hear(&["carol"]);
    assert_eq!(pool.hurried(), 1);
    assert!(pool.hosts.next_deadline().unwrap() <= secs(SILENCE));
}

#[test]
fn interval_with_parts_of_a_microsecond_is_kept() {
    let silence = secs(1) + Duration::from_nanos(999);
    let pool = Pool::with(&["bob"], |settings| settings.assumed_dead_after(silence));
    pool.advance(1);
    assert!(pool.hosts.is_live("bob"));
    pool.clock.advance(Duration::from_micros(1));
    assert!(!pool.hosts.is_live("bob"));
    assert_eq!(pool.hosts.sweep().dead, ["bob"]);
}

/// Sleeps exactly as long as it was told, unless it is woken, and sweeps then.
#[test]
fn no_host_dies_late() {
    let mut random = Random::new(seed("no_host_dies_late"));
    for round in 0..200 * factor() {
        let silence = Duration::from_micros(1 + random.next() % 300);
        let pool = Pool::with(&[], |settings| settings.assumed_dead_after(silence));
        let mut heard: [Option<Tick>; HOSTS.len()] = [None; HOSTS.len()];
        let mut until = wake_up(&pool, pool.hosts.next_deadline());
        for _ in 0..200 {
            let step = Duration::from_micros(random.next() % 120);
            let target = pool.clock.now().saturating_add(step);
            // The program wakes up on its way there.
            while let Some(at) = until.filter(|at| *at <= target) {
                pool.clock.set(at);
                let report = pool.hosts.sweep();
                for (host, heard) in HOSTS.iter().zip(&mut heard) {
                    let due = heard.is_some_and(|heard| at.since(heard) >= silence);
                    let late = heard.is_some_and(|heard| at.since(heard) > silence);
                    assert_eq!(report.dead.iter().any(|dead| dead == host), due, "round {round}");
                    assert!(!late, "round {round}: {host} died late");
                    *heard = heard.filter(|_| !due);
                }
                assert_ne!(report.next_deadline, Some(Duration::ZERO), "round {round}");
                until = wake_up(&pool, report.next_deadline);
            }
            pool.clock.set(target);
            let chosen = random.below(HOSTS.len());
            match random.below(8) {
                0..4 => {
                    pool.hear(&[HOSTS[chosen]]);
                    heard[chosen] = Some(target);
                }
                4 => {
                    pool.hosts.register(HOSTS[chosen]).unwrap();
                    let known = pool.hosts.hosts().into_iter().any(|info| {
                        info.host == HOSTS[chosen] && info.live && info.silent_for.is_zero()
                    });
                    if known {
                        heard[chosen] = Some(target);
                    }
                }
                5 => {
                    pool.hosts.forget(HOSTS[chosen]);
                    heard[chosen] = None;
                }
                6 => until = wake_up(&pool, pool.hosts.next_deadline()),
                _ => {}
            }
            if pool.hurried() > 0 {
                until = wake_up(&pool, pool.hosts.next_deadline());
            }
        }
    }
}

/// When a program wakes up that sleeps for so long.
fn wake_up(pool: &Pool, sleep: Option<Duration>) -> Option<Tick> {
    sleep.map(|sleep| pool.clock.now().saturating_add(sleep))
}

/// How long some looks at who is live and due take, in a pool of so many hosts of whom nobody is
/// due. The shortest of a few, for others may want the processor.
fn looks(members: usize) -> Duration {
    let pool = Pool::with(&[], |settings| settings.max_hosts(members + 1));
    pool.advance(1_000);
    let hosts = &pool.hosts;
    (0..members).for_each(|number| hosts.register(&number.to_string()).unwrap());
    // A clock that was set back costs one look at all.
    pool.clock.set_back(secs(500));
    hosts.sweep();
    let clock = SystemClock::new();
    let look = |_| {
        let start = clock.now();
        for _ in 0..200 {
            assert!(hosts.sweep().dead.is_empty() && hosts.is_live("1"));
            assert!(hosts.next_deadline().is_some() && !hosts.heartbeat("0").unwrap().back);
        }
        clock.now().since(start)
    };
    (0..5).map(look).min().unwrap_or_default()
}

#[test]
fn sweep_with_no_host_due_costs_the_same_for_any_number() {
    let (few, many) = (looks(2), looks(100_000));
    // To go through all of them takes thousands of times as long.
    assert!(many < 50 * few + Duration::from_millis(2), "{few:?} for 2, {many:?} for 100,000");
}
