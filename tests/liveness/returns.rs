//! A host is back while its death is still being dealt with: what is new must not go with the old.

use std::sync::{Arc, Mutex, mpsc};

use tenure::liveness::HostLiveness;
use tenure::{EndReason, Session};

use crate::common::{Random, Store, factor, plain, seed, spin_until, within_a_minute};
use crate::pool::{Pool, SILENCE, login, reason};

/// More than are ended in one go.
const MANY: usize = 200;

/// Sessions of these hosts, of which the first to end does this once.
fn sessions(
    pool: &Pool,
    hosts: &[&str],
    then: impl Fn(&Store, &HostLiveness<u32>) + Send + Sync + 'static,
) -> Vec<Session<u32>> {
    let then = Arc::new(Mutex::new(Some(then)));
    let mut sessions = Vec::new();
    for host in hosts {
        sessions.push(pool.hosts.get_or_login(host, login(0)).unwrap());
        sessions.extend((0..MANY).map(|_| pool.of_host(host)));
    }
    for session in &sessions {
        let (then, store, hosts) = (Arc::clone(&then), pool.store.clone(), pool.hosts.clone());
        session.on_end(move |_, _| {
            let first = then.lock().unwrap().take();
            if let Some(then) = first {
                then(&store, &hosts);
            }
        });
    }
    sessions
}

type Kept = Arc<Mutex<Vec<Session<u32>>>>;

/// Host code that makes new sessions of these hosts, which have just come back.
fn newcomers(
    kept: &Kept,
    of: &'static [&'static str],
    late: bool,
) -> impl Fn(&Store, &HostLiveness<u32>) + Send + Sync + 'static {
    let kept = Arc::clone(kept);
    move |store, hosts| {
        for host in of {
            // After a late heartbeat, that host is back by now.
            assert_eq!(hosts.heartbeat(host).unwrap().back, !late);
            let mut kept = kept.lock().unwrap();
            kept.push(store.create(plain().host(*host)).unwrap());
            kept.push(store.create(plain().host(*host).pinned()).unwrap());
            kept.push(hosts.get_or_login(host, login(1)).unwrap());
        }
    }
}

fn check(pool: &Pool, old: &[Session<u32>], kept: &Kept, new: usize) {
    assert!(old.iter().all(|session| reason(session) == Some(EndReason::HostDead)));
    let kept = kept.lock().unwrap();
    assert_eq!(kept.iter().filter(|session| !session.is_ended()).count(), new);
    assert_eq!((kept.len(), pool.store.stats().live), (new, new));
    pool.balances();
}

#[test]
fn host_back_during_a_sweep_keeps_its_new_sessions() {
    within_a_minute(|| {
        let (pool, kept) = (Pool::new(&["bob", "carol"]), Kept::default());
        let old = sessions(&pool, &["bob", "carol"], newcomers(&kept, &["bob", "carol"], false));
        pool.advance(SILENCE);
        assert_eq!(pool.hosts.sweep().sessions_ended, 2 * (MANY + 1));
        check(&pool, &old, &kept, 6);
        assert_eq!(*pool.hosts.get("bob").unwrap().unwrap().data(), 1);
    });
}

#[test]
fn host_back_by_a_late_heartbeat_keeps_its_new_sessions() {
    within_a_minute(|| {
        let (pool, kept) = (Pool::new(&["bob"]), Kept::default());
        let old = sessions(&pool, &["bob"], newcomers(&kept, &["bob"], true));
        pool.advance(SILENCE);
        assert!(pool.hosts.heartbeat("bob").unwrap().back);
        check(&pool, &old, &kept, 3);
        assert_eq!(*pool.hosts.get("bob").unwrap().unwrap().data(), 1);
    });
}

/// One thread sweeps, or makes late heartbeats; another logs in as soon as the host is back.
#[test]
fn host_back_in_another_thread_keeps_its_new_sessions() {
    let mut random = Random::new(seed("who_comes_back_in_another_thread"));
    for round in 0..100 * factor() {
        let pool = Pool::new(&["bob"]);
        let old: Vec<_> = (0..MANY).map(|_| pool.of_host("bob")).collect();
        let swept = random.below(2) == 0;
        pool.advance(SILENCE);
        let new = std::thread::scope(|scope| {
            scope.spawn(|| {
                if swept {
                    let _ = pool.hosts.sweep();
                } else {
                    let _ = pool.hosts.heartbeat("bob");
                }
            });
            if swept {
                // Noticed, though perhaps not yet dealt with.
                spin_until(|| pool.hosts.heartbeat("bob").unwrap().back || old[0].is_ended());
            } else {
                spin_until(|| pool.hosts.is_live("bob"));
            }
            [pool.of_host("bob"), pool.hosts.get_or_login("bob", login(1)).unwrap()]
        });
        assert!(new.iter().all(|session| !session.is_ended()), "round {round}, swept: {swept}");
        assert!(old.iter().all(|session| reason(session) == Some(EndReason::HostDead)));
        assert_eq!(pool.store.stats().live, new.len());
    }
}

/// A login is under way when the host dies. It comes to an end once the host is back, while the
/// death is still being dealt with.
#[test]
fn login_over_a_death_and_return_keeps_its_session() {
    let (given, ended) = within_a_minute(|| {
        let pool = Pool::new(&["bob"]);
        let member = pool.of_host("bob");
        let ((begun, wait), (finish, finished)) = (mpsc::channel(), mpsc::channel());
        let (tell, told) = (mpsc::channel(), mpsc::channel());
        let hosts = pool.hosts.clone();
        member.on_end(move |_, _| {
            assert!(hosts.heartbeat("bob").unwrap().back);
            finish.send(()).unwrap();
            told.1.recv().unwrap();
        });
        let (hosts, done) = (pool.hosts.clone(), told.0);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut logins = 0;
                let session = hosts.get_or_login("bob", || {
                    logins += 1;
                    if logins == 1 {
                        begun.send(()).unwrap();
                        finished.recv().unwrap();
                    }
                    login(logins)()
                });
                tell.0.send(session.unwrap()).unwrap();
                done.send(()).unwrap();
            });
            wait.recv().unwrap();
            pool.advance(SILENCE);
            assert_eq!(pool.hosts.sweep().dead, ["bob"]);
        });
        let session = tell.1.recv().unwrap();
        pool.balances();
        (*session.data(), reason(&session))
    });
    assert_eq!(ended, None, "login {given} was installed, and ended by the death of before");
}
