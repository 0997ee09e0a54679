//! The session with a host that is dead, dies, or dies and comes back while somebody logs in.

use std::sync::mpsc;

use tenure::liveness::HostError;
use tenure::slot::LoginError;
use tenure::{EndReason, NewSession};

use crate::common::{secs, within_a_minute};
use crate::pool::{Form, Pool, SILENCE, login, never, offline, reason};

#[test]
fn dead_host_is_not_tried() {
    let pool = Pool::new(&["bob"]);
    let old = pool.hosts.get_or_login("bob", login(1)).unwrap();
    pool.advance(SILENCE + 3);
    for swept in [false, true] {
        for form in Form::ALL {
            let given = pool.given_by(form, "bob", never);
            assert_eq!(given, Err(offline("bob", 203)), "{form:?}, swept: {swept}");
        }
        assert_eq!(pool.held("bob"), Err(offline("bob", 203)));
        // Somebody's call broke, and there is nothing left to break.
        let error = pool.hosts.cannot_contact("bob", &old, "broken pipe");
        assert_eq!(error.to_string(), "cannot contact host \"bob\": broken pipe");
        pool.hosts.sweep();
    }
    pool.advance(1);
    let error = pool.given("bob", never).unwrap_err();
    assert_eq!(error, offline("bob", 204));
    assert_eq!(error.to_string(), "host \"bob\" is offline: no heartbeat for 204s");
}

/// Nobody waits for a login that is under way at a host that has died.
#[test]
fn no_call_waits_for_a_dead_host() {
    within_a_minute(|| {
        let pool = Pool::new(&["bob"]);
        let ((begun, wait), (finish, finished)) = (mpsc::channel(), mpsc::channel());
        std::thread::scope(|scope| {
            let slow = scope.spawn(|| {
                let (begun, finished) = (begun, finished);
                pool.given("bob", move || {
                    begun.send(()).unwrap();
                    finished.recv().unwrap();
                    login(1)()
                })
            });
            wait.recv().unwrap();
            pool.advance(SILENCE);
            assert_eq!(pool.given("bob", never), Err(offline("bob", 200)));
            assert_eq!(pool.hosts.sweep().dead, ["bob"]);
            assert_eq!(pool.held("bob"), Err(offline("bob", 200)));
            finish.send(()).unwrap();
            assert_eq!(slow.join().unwrap(), Err(offline("bob", 200)));
        });
        assert_eq!(pool.store.stats().live, 0);
    });
}

/// Has this happen during the first login to a host, by a call in each form. The outcomes are the
/// pool, what the call returned, and how many logins it took.
fn during(happens: impl Fn(&Pool)) -> [(Pool, Result<u32, HostError>, u32); 2] {
    Form::ALL.map(|form| during_a_call(form, &happens))
}

fn during_a_call(form: Form, happens: impl Fn(&Pool)) -> (Pool, Result<u32, HostError>, u32) {
    let (pool, mut logins) = (Pool::new(&["bob"]), 0);
    pool.given("bob", login(0)).unwrap();
    pool.breaks("bob");
    let answer = pool.session_by(form, "bob", || {
        logins += 1;
        if logins == 1 {
            happens(&pool);
        }
        login(logins)()
    });
    let answer = answer.map(|session| {
        assert!(!session.is_ended());
        *session.data()
    });
    pool.balances();
    (pool, answer, logins)
}

#[test]
fn host_swept_as_dead_during_the_login_is_offline() {
    let outcomes = during(|pool| {
        pool.advance(SILENCE);
        assert_eq!(pool.hosts.sweep().dead, ["bob"]);
    });
    for (pool, answer, logins) in outcomes {
        assert_eq!((answer, logins), (Err(offline("bob", 200)), 1));
        assert_eq!(pool.store.stats().live, 0, "its session did not stay");
        pool.hear(&["bob"]);
        assert_eq!(pool.held("bob"), Ok(None));
    }
}

#[test]
fn host_that_dies_during_the_login_is_offline() {
    for (pool, answer, logins) in during(|pool| pool.advance(SILENCE)) {
        assert_eq!((answer, logins), (Err(offline("bob", 200)), 1));
        pool.hear(&["bob"]);
        assert_eq!((pool.held("bob"), pool.store.stats().live), (Ok(None), 0));
    }
}

#[test]
fn sweep_that_finds_no_death_does_not_disturb_a_login() {
    let outcomes = during(|pool| {
        pool.advance(SILENCE - 1);
        assert_eq!(pool.hosts.sweep().dead, [""; 0]);
        pool.hear(&["bob"]);
    });
    for (_, answer, logins) in outcomes {
        assert_eq!((answer, logins), (Ok(1), 1));
    }
}

#[test]
fn host_back_during_the_login_is_logged_in_to_again() {
    let ways: [fn(&Pool); 3] = [
        |pool| {
            pool.advance(SILENCE);
            pool.hosts.sweep();
            pool.hear(&["bob"]);
        },
        |pool| {
            pool.advance(SILENCE);
            assert!(pool.hosts.heartbeat("bob").unwrap().back);
        },
        |pool| {
            for _ in 0..3 {
                pool.advance(SILENCE);
                assert!(pool.hosts.heartbeat("bob").unwrap().back);
            }
        },
    ];
    for (pool, answer, logins) in ways.into_iter().flat_map(during) {
        assert_eq!((answer, logins), (Ok(2), 2), "that of before is not installed");
        let stats = pool.store.stats();
        assert_eq!((stats.live, stats.ended.count(EndReason::HostDead)), (1, 1));
        assert_eq!(pool.hosts.get("bob").unwrap().map(|session| *session.data()), Some(2));
    }
}

#[test]
fn host_that_dies_during_the_second_login_is_offline() {
    let pool = Pool::new(&["bob"]);
    let mut logins = 0;
    let answer = pool.given("bob", || {
        logins += 1;
        pool.advance(SILENCE);
        if logins == 1 {
            pool.hear(&["bob"]);
        } else {
            pool.hosts.sweep();
        }
        login(logins)()
    });
    assert_eq!((answer, logins), (Err(offline("bob", 200)), 2));
    assert_eq!(pool.store.stats().live, 0);
}

#[test]
fn failed_login_at_a_dead_host_returns_its_own_error() {
    let pool = Pool::new(&["bob"]);
    let answer = pool.given("bob", || {
        pool.advance(SILENCE);
        pool.hosts.sweep();
        Err::<NewSession<u32>, _>("timed out")
    });
    let error = HostError::CannotContact { host: "bob".to_owned(), error: "timed out" };
    assert_eq!(answer, Err(error));
}

#[test]
fn other_hosts_do_not_disturb_a_login() {
    let pool = Pool::new(&["bob", "carol"]);
    let mut logins = 0;
    let session = pool.hosts.get_or_login("bob", || {
        logins += 1;
        pool.clock.advance(secs(SILENCE - 1));
        pool.hear(&["bob"]);
        pool.advance(1);
        assert_eq!(pool.hosts.sweep().dead, ["carol"]);
        pool.hear(&["carol"]);
        assert!(pool.hosts.forget("carol"));
        login(logins)()
    });
    assert_eq!((logins, reason(&session.unwrap())), (1, None));
}

#[test]
fn host_that_dies_in_every_login_is_contended() {
    let ways: [fn(&Pool); 2] = [
        |pool| {
            pool.advance(SILENCE);
            pool.hear(&["bob"]);
        },
        |pool| {
            assert!(pool.hosts.forget("bob"));
            pool.hear(&["bob"]);
        },
    ];
    for way in ways {
        let (pool, mut logins) = (Pool::new(&["bob"]), 0);
        let answer = pool.given("bob", || {
            logins += 1;
            assert!(logins < 100, "it never gives up");
            way(&pool);
            login(logins)()
        });
        assert_eq!(answer, Err(HostError::Login(LoginError::Contended { tries: 8 })));
        assert_eq!((logins, pool.store.stats().live), (8, 0));
    }
}
