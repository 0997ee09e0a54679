//! How the slots of the hosts behave: one login at a time, word of the end, giving up one session.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use tenure::EndReason;
use tenure::liveness::HostLiveness;

use crate::common::{add_one, plain, secs, spin_until, within_a_minute};
use crate::pool::{Pool, SILENCE, login, never, offline, reason};

#[test]
fn single_flight_runs_one_login_at_a_time() {
    within_a_minute(|| {
        let pool = Pool::with(&["bob", "carol"], |settings| settings.single_flight(secs(60)));
        let (logins, waiting) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    add_one(&waiting);
                    let given = pool.given("bob", || {
                        add_one(&logins);
                        spin_until(|| waiting.load(Ordering::Relaxed) == 16);
                        // Another host's login is another flight.
                        assert!(pool.hosts.get_or_login("carol", login(2)).is_ok());
                        login(1)()
                    });
                    assert!(given.is_ok());
                });
            }
        });
        assert_eq!((logins.load(Ordering::Relaxed), pool.store.stats().created), (1, 2));
    });
}

/// Those who wait for the login of another are let go when the host is taken for dead.
#[test]
fn death_wakes_the_waiters_of_a_login() {
    within_a_minute(|| {
        let pool = Pool::with(&["bob"], |settings| settings.single_flight(secs(1_000)));
        let ((begun, wait), (finish, finished)) = (mpsc::channel(), mpsc::channel());
        std::thread::scope(|scope| {
            let pool = &pool;
            let slow = scope.spawn(move || {
                pool.given("bob", || {
                    begun.send(()).unwrap();
                    finished.recv().unwrap();
                    login(1)()
                })
            });
            wait.recv().unwrap();
            let others: Vec<_> = (0..4).map(|_| scope.spawn(|| pool.given("bob", never))).collect();
            pool.advance(SILENCE);
            assert_eq!(pool.hosts.sweep().dead, ["bob"]);
            for other in others {
                assert_eq!(other.join().unwrap(), Err(offline("bob", 200)));
            }
            finish.send(()).unwrap();
            assert_eq!(slow.join().unwrap(), Err(offline("bob", 200)));
        });
        assert_eq!(pool.store.stats().live, 0);
    });
}

#[test]
fn on_session_end_runs_for_every_session_with_a_host() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&heard);
    let pool = Pool::with(&["bob"], |settings| {
        settings.on_session_end(move |session, tombstone| {
            hear.lock().unwrap().push((*session.data(), tombstone.reason()));
        })
    });
    pool.of_host("bob");
    let heard = || std::mem::take(&mut *heard.lock().unwrap());
    pool.given("bob", login(1)).unwrap();
    pool.breaks("bob");
    assert_eq!(heard(), [(1, EndReason::Killed)]);
    pool.given("bob", login(2)).unwrap();
    pool.advance(SILENCE);
    pool.hosts.sweep();
    assert_eq!(heard(), [(2, EndReason::HostDead)]);
    pool.hear(&["bob"]);
    // The host dies and comes back in the login: word of what was not installed, too.
    let mut logins = 2;
    let session = pool.hosts.get_or_login("bob", || {
        logins += 1;
        if logins == 3 {
            pool.advance(SILENCE);
            pool.hear(&["bob"]);
        }
        login(logins)()
    });
    assert_eq!((*session.unwrap().data(), heard()), (4, vec![(3, EndReason::HostDead)]));
    assert!(pool.hosts.forget("bob"));
    assert_eq!(heard(), [(4, EndReason::LoggedOut)]);
}

#[test]
fn invalidate_session_ends_the_hosts_session_only() {
    let pool = Pool::new(&["bob", "carol"]);
    let old = pool.hosts.get_or_login("bob", login(1)).unwrap();
    let carols = pool.hosts.get_or_login("carol", login(2)).unwrap();
    let others = pool.store.create(plain().host("bob")).unwrap();
    for not_its in [&carols, &others] {
        assert!(!pool.hosts.invalidate_session("bob", not_its));
    }
    assert!(!pool.hosts.invalidate_session("zoe", &old));
    assert!(!old.is_ended() && !others.is_ended() && !carols.is_ended());
    assert!(pool.hosts.invalidate_session("bob", &old));
    assert_eq!(reason(&old), Some(EndReason::Killed));
    let new = pool.hosts.get_or_login("bob", login(3)).unwrap();
    // Another caller was refused the same session and says so later.
    assert!(!pool.hosts.invalidate_session("bob", &old));
    assert!(!new.is_ended() && pool.hosts.is_live("bob"));
    pool.advance(SILENCE);
    assert!(!pool.hosts.invalidate_session("bob", &new), "it is offline");
    pool.hosts.sweep();
    assert_eq!(reason(&new), Some(EndReason::HostDead));
}

#[test]
fn pools_of_one_store_are_independent() {
    let pool = Pool::new(&["bob"]);
    let other = HostLiveness::new(&pool.store, "bob");
    other.heartbeat("ada").unwrap();
    let first = pool.hosts.get_or_login("bob", login(1)).unwrap();
    let second = other.get_or_login("bob", login(2)).unwrap();
    assert!(!pool.hosts.invalidate_session("bob", &second));
    assert!(first.track_id() != second.track_id() && !first.is_ended());
}
