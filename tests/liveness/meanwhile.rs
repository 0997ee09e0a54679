//! What happens in the middle of an operation, made deterministic by a clock that does something
//! when it is read.

use std::sync::{Arc, Mutex};

use tenure::liveness::{HostError, HostLiveness};
use tenure::{Clock, EndReason, ManualClock, Session, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{Store, plain, secs};
use crate::pool::{SILENCE, login, reason};

type Action = Box<dyn FnOnce() + Send>;

/// A manual clock that does something once, at a reading to come: either before it is read, or
/// after and before the reader has the time.
#[derive(Clone, Default)]
struct Acting(ManualClock, Arc<Mutex<Vec<When>>>);

enum When {
    Nothing,
    Before(Action),
    After(Action),
}

impl Acting {
    /// Does these at the next readings, the last first.
    fn then(&self, readings: Vec<When>) {
        *self.1.lock().unwrap() = readings;
    }
}

impl Clock for Acting {
    fn now(&self) -> Tick {
        let when = self.1.lock().unwrap().pop();
        let now = match when {
            Some(When::Before(action)) => {
                action();
                None
            }
            Some(When::After(action)) => {
                let now = self.0.now();
                action();
                Some(now)
            }
            Some(When::Nothing) | None => None,
        };
        now.unwrap_or_else(|| self.0.now())
    }

    fn wall(&self) -> OffsetDateTime {
        self.0.wall()
    }
}

/// A store with this clock, the local host "ada", and "bob", who has just been heard from.
fn pool() -> (Acting, Store, HostLiveness<u32>) {
    let clock = Acting::default();
    let builder = SessionStore::builder().timeouts(Timeouts::none()).clock(clock.clone());
    let store = builder.build().unwrap();
    let hosts = HostLiveness::new(&store, "ada");
    hosts.heartbeat("bob").unwrap();
    (clock, store, hosts)
}

fn of_bob(store: &Store) -> Session<u32> {
    store.create(plain().host("bob")).unwrap()
}

/// The ways in which a death is noticed.
const NOTICES: [fn(&HostLiveness<u32>); 3] = [
    |hosts| assert_eq!(hosts.sweep().dead, ["bob"]),
    |hosts| assert!(hosts.heartbeat("bob").unwrap().back),
    |hosts| assert!(hosts.forget("bob")),
];

#[test]
fn session_created_after_its_host_died_survives_although_the_death_was_read_earlier() {
    for notice in NOTICES {
        let (clock, store, hosts) = pool();
        let before = of_bob(&store);
        clock.0.advance(secs(SILENCE));
        let created = Arc::new(Mutex::new(None));
        let (time, within, put) = (clock.0.clone(), store.clone(), Arc::clone(&created));
        clock.then(vec![When::After(Box::new(move || {
            time.advance(secs(1));
            *put.lock().unwrap() = Some(of_bob(&within));
        }))]);
        notice(&hosts);
        assert_eq!(reason(&before), Some(EndReason::HostDead));
        let after = created.lock().unwrap().take().expect("the clock was read");
        assert_eq!(reason(&after), None, "it was created after the death");
    }
}

type Happens = fn(&ManualClock, &HostLiveness<u32>);

/// Ways in which a host dies or leaves while a session is created for it, and whether it is known
/// afterwards.
const WAYS: [(Happens, bool); 5] = [
    (|time, _| time.advance(secs(SILENCE)), true),
    (
        |time, hosts| {
            time.advance(secs(SILENCE));
            assert_eq!(hosts.sweep().dead, ["bob"]);
        },
        true,
    ),
    (
        |time, hosts| {
            time.advance(secs(SILENCE));
            assert!(hosts.heartbeat("bob").unwrap().back);
        },
        true,
    ),
    (|_, hosts| assert!(hosts.forget("bob")), false),
    (
        |time, hosts| {
            time.advance(secs(SILENCE));
            assert!(hosts.forget("bob"));
        },
        false,
    ),
];

/// Runs `operate` in each way in which the host dies or leaves at each of its first few readings of
/// the clock, before the reading and after it. Then nothing happens any more, and `check` looks at
/// the outcome. It is told whether the host may be unknown now.
fn at_each_reading<R>(
    operate: impl Fn(&HostLiveness<u32>) -> R,
    check: impl Fn(R, &Store, &HostLiveness<u32>, bool),
) {
    for (happens, known) in WAYS {
        for reading in 0..6 {
            for before in [true, false] {
                let (clock, store, hosts) = pool();
                let (time, within) = (clock.0.clone(), hosts.clone());
                let action = Box::new(move || happens(&time, &within));
                let mut readings =
                    vec![if before { When::Before(action) } else { When::After(action) }];
                readings.extend((0..reading).map(|_| When::Nothing));
                clock.then(readings);
                let outcome = operate(&hosts);
                clock.then(Vec::new());
                check(outcome, &store, &hosts, !known);
                // The next death leaves nothing behind in any case.
                let _ = hosts.heartbeat("bob").unwrap();
                clock.0.advance(secs(SILENCE));
                assert_eq!(hosts.sweep().dead, ["bob"]);
                let stats = store.stats();
                assert_eq!((stats.live, stats.application_panics), (0, 0));
            }
        }
    }
}

#[test]
fn created_session_does_not_outlive_a_host_that_dies_meanwhile() {
    at_each_reading(
        |hosts| hosts.create("bob", plain()),
        |created, store, hosts, forgotten| {
            let alive = hosts.is_live("bob");
            hosts.sweep();
            let left = store.stats().live;
            match created {
                // A session that was there before its host was forgotten goes on.
                Ok(session) if forgotten => assert_eq!(reason(&session), None),
                Ok(session) => assert_eq!((session.is_ended(), left), (!alive, usize::from(alive))),
                Err(HostError::HostOffline { host, .. }) => assert_eq!((&*host, left), ("bob", 0)),
                Err(error) => assert!(forgotten && left == 0, "{error}, {left} left"),
            }
        },
    );
}

#[test]
fn login_does_not_outlive_a_host_that_dies_meanwhile() {
    at_each_reading(
        |hosts| hosts.get_or_login("bob", login(1)),
        |given, store, hosts, forgotten| {
            let alive = hosts.is_live("bob");
            hosts.sweep();
            let (left, ended) = (store.stats().live, store.stats().ended);
            // Nothing has taken the place of another: who ended did so with the host, or left with
            // it.
            let with_it = ended.count(EndReason::HostDead) + ended.count(EndReason::LoggedOut);
            assert_eq!(ended.total(), with_it, "{ended:?}");
            assert!(forgotten || ended.count(EndReason::LoggedOut) == 0, "{ended:?}");
            match given {
                Ok(session) => assert_eq!((session.is_ended(), left), (!alive, usize::from(alive))),
                Err(HostError::HostOffline { host, .. }) => assert_eq!((&*host, left), ("bob", 0)),
                Err(error) => assert!(forgotten && left == 0, "{error}, {left} left"),
            }
        },
    );
}

/// The end of one host's session takes so long that the session of the other has expired.
#[test]
fn session_that_expires_while_hooks_run_is_not_ended_by_a_death() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none().absolute(secs(1_000)));
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let hosts = HostLiveness::new(&store, "ada");
    let sessions = ["bob", "eve"].map(|host| {
        hosts.heartbeat(host).unwrap();
        let session = hosts.create(host, plain()).unwrap();
        let clock = clock.clone();
        session.on_end(move |_, _| clock.advance(secs(1_000)));
        session
    });
    clock.advance(secs(SILENCE));
    let report = hosts.sweep();
    assert_eq!((report.dead.len(), report.sessions_ended), (2, 1));
    let mut reasons = sessions.each_ref().map(reason);
    reasons.sort_by_key(|reason| *reason != Some(EndReason::HostDead));
    assert_eq!(reasons, [EndReason::HostDead, EndReason::AbsoluteTimeout].map(Some));
}
