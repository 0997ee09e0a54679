//! The figures, at their exact edges.

use std::time::Duration;

use tenure::liveness::{HostError, HostLiveness, LivenessBuildError};

use crate::common::secs;
use crate::pool::{Pool, SILENCE, login, never, offline};

const MOMENT: Duration = Duration::from_micros(1);

fn just_under(span: Duration) -> Duration {
    span.saturating_sub(MOMENT)
}

#[test]
fn host_is_dead_after_200_seconds_and_not_before() {
    let pool = Pool::new(&["bob"]);
    assert_eq!(pool.hosts.next_deadline(), Some(secs(200)));
    pool.clock.advance(just_under(secs(200)));
    assert!(pool.hosts.is_live("bob"));
    let report = pool.hosts.sweep();
    assert_eq!((report.dead, report.next_deadline), (vec![], Some(MOMENT)));
    assert!(pool.hosts.get("bob").is_ok());

    pool.clock.advance(MOMENT);
    assert!(!pool.hosts.is_live("bob"), "before any sweep");
    assert_eq!(pool.held("bob"), Err(offline("bob", 200)));
    assert_eq!(pool.given("bob", never), Err(offline("bob", 200)));
    let report = pool.hosts.sweep();
    assert_eq!((report.dead, report.next_deadline), (vec!["bob".to_owned()], None));
}

#[test]
fn heartbeat_in_the_last_moment_is_in_time() {
    let pool = Pool::new(&["bob"]);
    let session = pool.of_host("bob");
    for _ in 0..5 {
        pool.clock.advance(just_under(secs(SILENCE)));
        assert!(!pool.hosts.heartbeat("bob").unwrap().back);
        assert_eq!(pool.hosts.sweep().dead, [""; 0]);
    }
    assert!(!session.is_ended());
    pool.clock.advance(secs(SILENCE));
    assert!(pool.hosts.heartbeat("bob").unwrap().back);
    assert!(session.is_ended());
}

#[test]
fn interval_is_as_set() {
    for silence in [MOMENT, secs(1), secs(600), Duration::from_secs(1 << 27)] {
        let pool = Pool::with(&["bob"], |settings| settings.assumed_dead_after(silence));
        let hosts = &pool.hosts;
        pool.clock.advance(just_under(silence));
        assert!(hosts.is_live("bob") && hosts.sweep().dead.is_empty(), "{silence:?}");
        pool.clock.advance(MOMENT);
        assert!(!hosts.is_live("bob"), "{silence:?}");
        assert_eq!(hosts.sweep().dead, ["bob"], "{silence:?}");
    }
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let pool = Pool::new(&[]);
    let settings = || HostLiveness::builder(&pool.store, "ada");
    let refused =
        |settings: tenure::liveness::HostLivenessBuilder<u32>| settings.build().unwrap_err();
    let zero = refused(settings().assumed_dead_after(Duration::ZERO));
    assert_eq!(zero, LivenessBuildError::ZeroSilence);
    assert!(zero.to_string().contains("`assumed_dead_after`"), "{zero}");
    let none = refused(settings().max_hosts(0));
    assert_eq!(none, LivenessBuildError::NoHosts);
    assert!(none.to_string().contains("`max_hosts`"), "{none}");
    let long = refused(HostLiveness::builder(&pool.store, &"x".repeat(4_097)));
    assert_eq!(long, LivenessBuildError::NameTooLong { bytes: 4_097, max: 4_096 });
    assert!(settings().assumed_dead_after(Duration::from_nanos(1)).max_hosts(1).build().is_ok());
}

#[test]
fn local_host_is_always_live() {
    let pool = Pool::new(&[]);
    let sessions = [pool.of_host("ada"), pool.hosts.get_or_login("ada", login(1)).unwrap()];
    assert_eq!((pool.hosts.next_deadline(), pool.hosts.sweep().next_deadline), (None, None));
    for _ in 0..3 {
        pool.clock.advance(secs(1 << 22));
        assert!(pool.hosts.is_live("ada") && pool.hosts.sweep().dead.is_empty());
        let info = pool.hosts.hosts().remove(0);
        assert!(info.live && info.local && info.silent_for.is_zero());
        assert_eq!(pool.held("ada"), Ok(Some(sessions[1].track_id())));
        assert!(!pool.hosts.heartbeat("ada").unwrap().back);
        assert_eq!((pool.hosts.register("ada"), pool.hosts.next_deadline()), (Ok(()), None));
    }
    assert!(sessions.iter().all(|session| !session.is_ended()));
    assert_eq!(pool.told(), []);
}

#[test]
fn hosts_are_1024_at_most() {
    let pool = Pool::new(&[]);
    let name = |number: usize| format!("host {number}");
    // The local host is one of them.
    for number in 1..1_024 {
        pool.hosts.register(&name(number)).unwrap();
    }
    assert_eq!(pool.hosts.hosts().len(), 1_024);
    let full = HostError::TooManyHosts { max: 1_024 };
    assert_eq!(pool.hosts.register("one more"), Err(full.clone()));
    assert_eq!(pool.hosts.heartbeat("one more"), Err(full.clone()));
    assert_eq!(full.to_string(), "there are 1024 hosts already");
    // Those who are known are heard, dead or not.
    assert!(pool.hosts.heartbeat(&name(7)).is_ok() && pool.hosts.register(&name(7)).is_ok());
    pool.advance(SILENCE);
    assert_eq!(pool.hosts.sweep().dead.len(), 1_023);
    assert!(pool.hosts.heartbeat(&name(7)).unwrap().back);
    assert_eq!(pool.hosts.heartbeat("one more"), Err(full), "the dead are known, too");
    assert!(pool.hosts.forget(&name(8)));
    assert!(pool.hosts.heartbeat("one more").is_ok());
}

#[test]
fn max_hosts_is_as_set() {
    for max in [1, 2] {
        let pool = Pool::with(&[], |settings| settings.max_hosts(max));
        let hosts = &pool.hosts;
        let others = max - 1;
        for (number, host) in ["bob", "carol", "dora"].into_iter().enumerate() {
            assert_eq!(hosts.heartbeat(host).is_ok(), number < others, "{host} of {max}");
        }
        assert!(hosts.is_live("ada") && hosts.heartbeat("ada").is_ok());
        assert_eq!(hosts.hosts().len(), others + 1);
    }
}
