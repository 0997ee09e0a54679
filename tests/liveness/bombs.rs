//! Clocks, logins and hooks that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tenure::liveness::HostLiveness;
use tenure::{Clock, EndReason, ManualClock, NewSession, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{Store, plain, secs};
use crate::pool::{Pool, SILENCE, login, reason};

/// A clock that panics when it is read once too often, on either half.
#[derive(Clone)]
struct Fuse(Arc<AtomicUsize>, ManualClock);

const NEVER: usize = usize::MAX / 2;

impl Fuse {
    fn burn(&self) {
        assert!(self.0.fetch_sub(1, Ordering::Relaxed) > 1, "on purpose");
    }
}

impl Clock for Fuse {
    fn now(&self) -> Tick {
        self.burn();
        self.1.now()
    }

    fn wall(&self) -> OffsetDateTime {
        self.burn();
        self.1.wall()
    }
}

/// Calls this when bob is overdue, with a clock that panics at the reading of this number. Then
/// looks whether the death still ends every session that it should. Returns whether it panicked.
fn with_fuse(call: fn(&HostLiveness<u32>), reading: usize) -> bool {
    let fuse = Fuse(Arc::new(AtomicUsize::new(NEVER)), ManualClock::new());
    let builder = Store::builder().timeouts(Timeouts::none()).clock(fuse.clone());
    let store = builder.build().unwrap();
    let hosts = HostLiveness::new(&store, "ada");
    hosts.heartbeat("bob").unwrap();
    let mut sessions: Vec<_> =
        (0..100).map(|_| store.create(plain().host("bob")).unwrap()).collect();
    sessions.push(hosts.get_or_login("bob", login(1)).unwrap());
    let unharmed = store.create(plain().host("ada")).unwrap();
    fuse.1.advance(secs(SILENCE));
    fuse.0.store(reading, Ordering::Relaxed);
    let panicked = catch_unwind(AssertUnwindSafe(|| call(&hosts))).is_err();
    fuse.0.store(NEVER, Ordering::Relaxed);
    if reading == 1 {
        assert!(panicked && sessions.iter().all(|session| !session.is_ended()), "nothing happened");
    }

    hosts.sweep();
    hosts.heartbeat("bob").unwrap();
    let stats = store.stats();
    assert_eq!(stats.created, stats.live as u64 + stats.ended.total());
    assert!(!unharmed.is_ended() && hosts.is_live("bob"));
    let dead = sessions.iter().filter(|session| reason(session) == Some(EndReason::HostDead));
    assert_eq!(dead.count(), sessions.len(), "reading {reading}: some outlived their host");
    panicked
}

const CALLS: [fn(&HostLiveness<u32>); 8] = [
    |hosts| drop(hosts.sweep()),
    |hosts| drop(hosts.heartbeat("bob")),
    |hosts| drop(hosts.heartbeat_at("bob", OffsetDateTime::UNIX_EPOCH)),
    |hosts| drop((hosts.is_live("bob"), hosts.hosts())),
    |hosts| drop((hosts.next_deadline(), hosts.register("carol"))),
    |hosts| drop((hosts.get("bob"), hosts.hosts())),
    |hosts| drop(hosts.get_or_login("bob", login(2))),
    |hosts| drop((hosts.create("ada", plain()), hosts.host("bob"))),
];

#[test]
fn clock_that_panics_at_once_changes_nothing() {
    for (number, call) in CALLS.into_iter().enumerate() {
        assert!(with_fuse(call, 1), "call {number} read no clock");
        assert!(!with_fuse(call, 1_000));
    }
}

#[test]
fn clock_that_panics_later_keeps_no_host_alive() {
    for call in CALLS {
        let mut reading = 2;
        while with_fuse(call, reading) {
            reading += 1;
        }
    }
}

#[test]
fn panicking_login_leaves_the_slot_usable() {
    let pool = Pool::new(&["bob"]);
    for _ in 0..3 {
        let bomb = || -> Result<NewSession<u32>, &str> { panic!("on purpose") };
        let call = || pool.given("bob", bomb).is_ok();
        assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
        assert_eq!((pool.held("bob"), pool.store.stats().live), (Ok(None), 0));
    }
    assert!(pool.given("bob", login(1)).is_ok());
    pool.is_usable();
}

/// Panics when it is dropped.
struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("on purpose");
    }
}

#[test]
fn panicking_hooks_and_drops_stop_no_death() {
    let clock = ManualClock::new();
    let builder = tenure::SessionStore::<Explosive>::builder().timeouts(Timeouts::none());
    let store = builder.clock(clock.clone()).build().unwrap();
    let hosts = HostLiveness::new(&store, "ada");
    let runs = Arc::new(AtomicUsize::new(0));
    for round in 0..2 {
        for host in ["bob", "carol"] {
            hosts.heartbeat(host).unwrap();
            for pinned in [false, true] {
                let new = NewSession::new(Explosive).host(host);
                let new = if pinned { new.pinned() } else { new };
                let count = Arc::clone(&runs);
                store.create(new).unwrap().on_end(move |_, _| {
                    count.fetch_add(1, Ordering::Relaxed);
                    panic!("on purpose");
                });
            }
            drop(hosts.get_or_login(host, || Ok::<_, ()>(NewSession::new(Explosive))).unwrap());
        }
        clock.advance(secs(SILENCE));
        if round == 0 {
            let report = hosts.sweep();
            assert_eq!((report.dead.len(), report.sessions_ended), (2, 6));
        } else {
            assert!(hosts.heartbeat("bob").unwrap().back && hosts.heartbeat("carol").unwrap().back);
        }
        let stats = store.stats();
        assert_eq!((stats.live, stats.ended.count(EndReason::HostDead)), (0, 6 * (1 + round)));
        // Four hooks and six drops.
        assert_eq!(
            (runs.swap(0, Ordering::Relaxed), stats.application_panics),
            (4, 10 * (1 + round))
        );
    }
    drop(hosts);
}

#[test]
fn panicking_deadline_callback_is_survived() {
    let clock = ManualClock::new();
    let builder = Store::builder().timeouts(Timeouts::none()).clock(clock.clone());
    let store = builder.on_earlier_deadline(|| panic!("on purpose")).build().unwrap();
    let hosts = HostLiveness::new(&store, "ada");
    for (number, host) in ["bob", "carol"].into_iter().enumerate() {
        assert_eq!(hosts.sweep().next_deadline, None);
        assert!(hosts.heartbeat(host).is_ok() && hosts.is_live(host));
        assert_eq!(store.stats().application_panics, 1 + number as u64);
        clock.advance(secs(SILENCE));
        assert_eq!(hosts.sweep().dead, [host]);
    }
}
