//! The session with a host: one login for many calls.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use tenure::liveness::{HostError, HostLiveness};
use tenure::{EndAs, EndOutcome, EndReason, Limit, Limits, NewSession, Session, SessionStore};

use crate::common::{Store, add_one, plain, secs, within_a_minute};
use crate::pool::{Form, Pool, SILENCE, login, never, reason};

#[test]
fn one_login_serves_many_calls() {
    let pool = Pool::new(&["bob", "carol"]);
    let logins = AtomicUsize::new(0);
    let mut ids = Vec::new();
    for _ in 0..100 {
        let counted = || {
            add_one(&logins);
            login(1)()
        };
        ids.push(pool.given("bob", counted).unwrap());
        assert_eq!(pool.held("bob"), Ok(ids.last().copied()));
    }
    assert_eq!(logins.load(Ordering::Relaxed), 1);
    assert!(ids.iter().all(|id| *id == ids[0]));
    // Each host has its own.
    assert_eq!(pool.held("carol"), Ok(None));
    let carols = pool.given("carol", login(2)).unwrap();
    assert!(carols != ids[0] && pool.given("bob", never) == Ok(ids[0]));
    assert_eq!(pool.given("carol", never), Ok(carols));
    assert_eq!(pool.store.stats().created, 2);
}

#[test]
fn sixteen_threads_share_one_session() {
    let pool = Pool::new(&["bob"]);
    let (start, logins) = (Barrier::new(16), AtomicUsize::new(0));
    let sessions: Vec<Session<u32>> = std::thread::scope(|scope| {
        let call = || {
            start.wait();
            let counted = || {
                add_one(&logins);
                login(1)()
            };
            pool.hosts.get_or_login("bob", counted).unwrap()
        };
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(call)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let held = pool.held("bob").unwrap();
    assert!(sessions.iter().all(|session| Some(session.track_id()) == held));
    let (logins, stats) = (logins.load(Ordering::Relaxed) as u64, pool.store.stats());
    assert_eq!((stats.created, stats.live, stats.pinned), (logins, 1, 1));
    assert_eq!(stats.ended.count(EndReason::Replaced), logins - 1);
    // From now on nobody logs in.
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert_eq!(pool.given("bob", never).ok(), held));
        }
    });
}

#[test]
fn session_is_pinned_and_belongs_to_the_host_whatever_the_login_says() {
    let clock = tenure::ManualClock::new();
    let timeouts = tenure::Timeouts::none().idle(secs(10));
    let builder = SessionStore::builder().timeouts(timeouts).clock(clock.clone());
    let limits = Limits::none().global(Limit::evict_oldest(1));
    let store: Store = builder.limits(limits).build().unwrap();
    let hosts = HostLiveness::new(&store, "ada");
    hosts.heartbeat("bob").unwrap();
    let login = || Ok::<_, &str>(plain().host("carol").principal("pool").idle_timeout(secs(1)));
    let session = hosts.get_or_login("bob", login).unwrap();
    assert_eq!((session.host(), session.principal()), (Some("bob"), Some("pool")));
    assert!(session.is_pinned());
    clock.advance(secs(100));
    store.create(plain()).unwrap();
    store.create(plain()).unwrap();
    assert_eq!(store.end(session.id()), EndOutcome::Kept);
    assert_eq!(store.reap().ended.total(), 0);
    assert!(!session.is_ended());
    clock.advance(secs(100));
    assert_eq!((hosts.sweep().sessions_ended, reason(&session)), (1, Some(EndReason::HostDead)));
    // That of the local host belongs to it.
    let own = hosts.get_or_login("ada", || Ok::<_, &str>(plain())).unwrap();
    assert_eq!(own.host(), Some("ada"));
}

#[test]
fn failed_login_is_cannot_contact() {
    let pool = Pool::new(&["bob"]);
    let mut tries = 0;
    let mut refuse = || {
        tries += 1;
        Err::<NewSession<u32>, _>(format!("refused {tries} times"))
    };
    for (number, form) in (1..).zip(Form::ALL.into_iter().cycle().take(4)) {
        let error = format!("refused {number} times");
        let expected = HostError::CannotContact { host: "bob".to_owned(), error };
        assert_eq!(pool.given_by(form, "bob", &mut refuse), Err(expected), "{form:?}");
        assert!(pool.hosts.is_live("bob"), "that is for its heartbeats to say");
        assert_eq!(pool.held("bob"), Ok(None));
    }
    assert_eq!(pool.store.stats().created, 0);
    assert!(pool.given("bob", login(1)).is_ok());
}

#[test]
fn broken_call_makes_the_next_one_log_in() {
    let pool = Pool::new(&["bob", "carol"]);
    let old = pool.hosts.get_or_login("bob", login(1)).unwrap();
    let (member, other) =
        (pool.of_host("bob"), pool.hosts.get_or_login("carol", login(2)).unwrap());
    let error = pool.hosts.cannot_contact("bob", &old, 7);
    assert_eq!(error, HostError::CannotContact { host: "bob".to_owned(), error: 7 });
    assert_eq!(reason(&old), Some(EndReason::Killed));
    assert!(!member.is_ended() && !other.is_ended() && pool.hosts.is_live("bob"));
    assert_eq!(pool.held("bob"), Ok(None));
    let new = pool.hosts.get_or_login("bob", login(3)).unwrap();
    assert_eq!((*new.data(), new.is_ended()), (3, false));
    // The local host's too.
    let own = pool.hosts.get_or_login("ada", login(4)).unwrap();
    let _ = pool.hosts.cannot_contact("ada", &own, ());
    assert!(own.is_ended());
    // Of one that is offline nothing is left to be ended.
    pool.advance(SILENCE);
    pool.hosts.sweep();
    let stats = pool.store.stats();
    assert_eq!(
        pool.hosts.cannot_contact("bob", &new, 8).to_string(),
        "cannot contact host \"bob\": 8"
    );
    assert_eq!(pool.store.stats().ended, stats.ended);
}

#[test]
fn broken_call_over_an_old_session_spares_the_new_one() {
    let pool = Pool::new(&["bob"]);
    let old = pool.hosts.get_or_login("bob", login(1)).unwrap();
    let _ = pool.hosts.cannot_contact("bob", &old, "reset");
    let mut logins = 0;
    // Another caller meets with the same, and says so while this one logs in, and again later.
    let new = pool.hosts.get_or_login("bob", || {
        logins += 1;
        let _ = pool.hosts.cannot_contact("bob", &old, "reset");
        login(2)()
    });
    let new = new.unwrap();
    let _ = pool.hosts.cannot_contact("bob", &old, "reset");
    assert_eq!((logins, new.is_ended(), pool.store.stats().created), (1, false, 2));
}

#[test]
fn ended_session_is_logged_in_anew() {
    let pool = Pool::new(&["bob"]);
    let short = || Ok::<_, &str>(plain().absolute_timeout(secs(10)));
    let first = pool.hosts.get_or_login("bob", short).unwrap();
    pool.advance(10);
    assert_eq!(pool.held("bob"), Ok(None));
    let second = pool.hosts.get_or_login("bob", login(2)).unwrap();
    assert_eq!((reason(&first), *second.data()), (Some(EndReason::AbsoluteTimeout), 2));
    let _ = pool.store.end_as(second.id(), EndAs::logged_out().pinned_too());
    assert_eq!(pool.held("bob"), Ok(None));
    assert!(pool.given("bob", login(3)).is_ok());
}

#[test]
fn last_handle_logs_sessions_out() {
    let pool = Pool::new(&["bob"]);
    let hosts = HostLiveness::new(&pool.store, "ada");
    hosts.heartbeat("bob").unwrap();
    let clone = hosts.clone();
    let session = hosts.get_or_login("bob", login(1)).unwrap();
    let own = pool.hosts.get_or_login("bob", login(2)).unwrap();
    drop(hosts);
    assert!(!session.is_ended());
    drop(clone);
    assert_eq!((reason(&session), reason(&own)), (Some(EndReason::LoggedOut), None));
}

#[test]
fn login_may_ask_for_its_own_host() {
    let data = within_a_minute(|| {
        let pool = Pool::new(&["bob"]);
        let outer = pool.hosts.get_or_login("bob", || {
            assert!(pool.hosts.get_or_login("bob", login(2)).is_ok());
            login(1)()
        });
        assert_eq!(pool.store.stats().live, 1);
        *outer.unwrap().data()
    });
    assert_eq!(data, 2, "the first to come back wins");
}
