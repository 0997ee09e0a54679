//! Who is in the pool: strangers, those that are registered, those who leave.

use tenure::events::EventKind;
use tenure::liveness::HostError;
use tenure::{EndReason, Selector};

use crate::common::{plain, secs, within_a_minute};
use crate::pool::{Form, Pool, SILENCE, login, never, reason, unknown};

#[test]
fn unknown_host_is_not_live_and_not_tried() {
    let pool = Pool::new(&["bob"]);
    let session = pool.of_host("zoe");
    assert!(!pool.hosts.is_live("zoe") && !pool.hosts.is_live(""));
    assert_eq!(pool.held("zoe"), Err(unknown("zoe")));
    for form in Form::ALL {
        assert_eq!(pool.given_by(form, "zoe", never), Err(unknown("zoe")));
    }
    let error = HostError::CannotContact { host: "zoe".to_owned(), error: "broken pipe" };
    assert_eq!(pool.hosts.cannot_contact("zoe", &session, "broken pipe"), error);
    assert!(!pool.hosts.forget("zoe"));
    // Asking adds nobody.
    assert_eq!(pool.hosts.hosts().len(), 2);
    assert_eq!(unknown::<&str>("zoe").to_string(), "unknown host \"zoe\"");
    // Nobody can be told dead who was never live.
    pool.advance(SILENCE);
    assert_eq!(pool.hosts.sweep().dead, ["bob"]);
    assert!(!session.is_ended());
    assert!(!pool.told().iter().any(|(_, host)| host == "zoe"));
}

#[test]
fn registered_host_has_one_interval() {
    let pool = Pool::new(&[]);
    pool.advance(77);
    pool.hosts.register("bob").unwrap();
    assert!(pool.hosts.is_live("bob"));
    assert_eq!(pool.hosts.next_deadline(), Some(secs(200)));
    pool.advance(199);
    // It is registered already: nothing changes.
    pool.hosts.register("bob").unwrap();
    assert!(pool.hosts.is_live("bob") && pool.hosts.sweep().dead.is_empty());
    pool.advance(1);
    assert!(!pool.hosts.is_live("bob"));
    pool.hosts.register("bob").unwrap();
    assert!(!pool.hosts.is_live("bob"), "to be registered is no heartbeat");
    assert_eq!(pool.hosts.sweep().dead, ["bob"]);
    pool.hosts.register("bob").unwrap();
    assert!(!pool.hosts.is_live("bob"));
    assert!(pool.hosts.heartbeat("bob").unwrap().back);
    let kinds = [EventKind::HostAdded, EventKind::HostDead, EventKind::HostBack];
    assert_eq!(pool.told(), kinds.map(|kind| (kind, "bob".to_owned())));
}

#[test]
fn first_heartbeat_adds_the_host() {
    let pool = Pool::new(&[]);
    pool.hosts.register("bob").unwrap();
    for host in ["bob", "carol", ""] {
        let heartbeat = pool.hosts.heartbeat(host).unwrap();
        assert_eq!((heartbeat.added, heartbeat.back), (host != "bob", false));
        assert!(heartbeat.skew.is_none() && pool.hosts.is_live(host));
    }
    let added = ["bob", "carol", ""].map(|host| (EventKind::HostAdded, host.to_owned()));
    assert_eq!(pool.told(), added);
}

#[test]
fn host_names_are_as_long_as_those_of_sessions() {
    let pool = Pool::new(&[]);
    for (bytes, name) in [(4_096, "é".repeat(2_048)), (4_096, "b".repeat(4_096))] {
        pool.hosts.heartbeat(&name).unwrap();
        let session = pool.hosts.get_or_login(&name, login(1)).unwrap();
        assert_eq!(session.host().map(str::len), Some(bytes));
        assert!(pool.hosts.forget(&name));
    }
    let name = "b".repeat(4_097);
    let long = HostError::NameTooLong { bytes: 4_097, max: 4_096 };
    assert_eq!(pool.hosts.heartbeat(&name), Err(long.clone()));
    assert_eq!(pool.hosts.register(&name), Err(long.clone()));
    assert_eq!(long.to_string(), "the name of the host has 4097 bytes, more than 4096");
    assert!(!pool.hosts.is_live(&name) && !pool.hosts.forget(&name));
    assert_eq!(pool.held(&name), Err(unknown(&name)));
    assert_eq!(pool.hosts.hosts().len(), 1);
}

#[test]
fn hosts_lists_each_as_it_is() {
    let pool = Pool::new(&["carol", "bob"]);
    pool.advance(40);
    pool.hear(&["bob"]);
    pool.advance(160);
    let shown = |live_bob: bool| {
        let of = |host: &str, live, local, silent| (host.to_owned(), live, local, secs(silent));
        let bob = if live_bob { 160 } else { 200 };
        let carol = if live_bob { 200 } else { 240 };
        [
            of("ada", true, true, 0),
            of("bob", live_bob, false, bob),
            of("carol", false, false, carol),
        ]
    };
    for (live_bob, step) in [(true, 40), (false, 0)] {
        for _swept in [false, true] {
            let hosts = pool.hosts.hosts().into_iter();
            let hosts: Vec<_> =
                hosts.map(|info| (info.host, info.live, info.local, info.silent_for)).collect();
            assert_eq!(hosts, shown(live_bob));
            pool.hosts.sweep();
        }
        pool.advance(step);
    }
}

#[test]
fn forgotten_host_is_unknown_and_its_session_logged_out() {
    let pool = Pool::new(&["bob"]);
    let (own, others) = (pool.hosts.get_or_login("bob", login(1)).unwrap(), pool.of_host("bob"));
    let pinned = pool.store.create(plain().host("bob").pinned()).unwrap();
    assert!(pool.hosts.forget("bob"));
    assert!(!pool.hosts.forget("bob"), "it was there no more");
    assert_eq!([&own, &others, &pinned].map(reason), [Some(EndReason::LoggedOut), None, None]);
    assert!(!pool.hosts.is_live("bob"));
    assert_eq!(pool.given("bob", never), Err(unknown("bob")));
    pool.advance(SILENCE);
    assert_eq!(pool.hosts.sweep().dead, [""; 0]);
    let kinds = [EventKind::HostForgotten, EventKind::Ended];
    assert_eq!(pool.told(), kinds.map(|kind| (kind, "bob".to_owned())));

    // It may join again, as a new host, with a slot of its own.
    assert!(!pool.hosts.heartbeat("bob").unwrap().back);
    assert_eq!(pool.held("bob"), Ok(None));
    let again = pool.hosts.get_or_login("bob", login(2)).unwrap();
    assert!(again.track_id() != own.track_id() && !again.is_ended());
    assert_eq!(pool.store.end_where(&Selector::host("bob")).ended, 1);
    pool.balances();
}

#[test]
fn dead_host_can_be_forgotten() {
    let pool = Pool::new(&["bob"]);
    pool.advance(SILENCE);
    pool.hosts.sweep();
    assert!(pool.hosts.forget("bob"));
    assert!(!pool.hosts.heartbeat("bob").unwrap().back);
    let kinds = [EventKind::HostDead, EventKind::HostForgotten, EventKind::HostAdded];
    assert_eq!(pool.told(), kinds.map(|kind| (kind, "bob".to_owned())));
}

#[test]
fn local_host_is_not_forgotten() {
    let pool = Pool::new(&[]);
    let session = pool.hosts.get_or_login("ada", login(1)).unwrap();
    assert!(!pool.hosts.forget("ada"));
    assert!(pool.hosts.is_live("ada") && !session.is_ended());
    assert_eq!(pool.held("ada"), Ok(Some(session.track_id())));
}

#[test]
fn host_forgotten_during_its_login_gets_no_session() {
    for form in Form::ALL {
        let (live, kept, answer) = within_a_minute(move || {
            let pool = Pool::new(&["bob"]);
            let mut logins = 0;
            let answer = pool.given_by(form, "bob", || {
                logins += 1;
                assert!(pool.hosts.forget("bob"));
                login(1)()
            });
            assert_eq!(logins, 1);
            pool.balances();
            (pool.store.stats().live, pool.hosts.hosts().len(), answer)
        });
        assert_eq!((live, kept, answer), (0, 1, Err(unknown("bob"))), "{form:?}");
    }
}

#[test]
fn host_that_rejoins_during_its_login_is_logged_in_to_again() {
    let pool = Pool::new(&["bob"]);
    let mut logins = 0;
    let session = pool.hosts.get_or_login("bob", || {
        logins += 1;
        if logins == 1 {
            assert!(pool.hosts.forget("bob"));
            pool.hear(&["bob"]);
        }
        login(logins)()
    });
    // Nobody is given the session of before.
    assert_eq!((*session.unwrap().data(), pool.store.stats().live), (2, 1));
    pool.balances();
}

#[test]
fn overdue_host_dies_before_it_is_forgotten() {
    let pool = Pool::new(&["bob"]);
    let sessions = [pool.of_host("bob"), pool.hosts.get_or_login("bob", login(1)).unwrap()];
    pool.advance(SILENCE);
    assert!(pool.hosts.forget("bob"));
    assert!(sessions.iter().all(|session| reason(session) == Some(EndReason::HostDead)));
    let kinds: Vec<_> = pool.told().into_iter().map(|(kind, _)| kind).collect();
    let ended = EventKind::Ended;
    assert_eq!(kinds, [EventKind::HostDead, EventKind::HostForgotten, ended, ended]);
    assert!(!pool.hosts.heartbeat("bob").unwrap().back);
}
