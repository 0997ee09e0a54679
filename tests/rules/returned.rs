//! Sessions whose leases came back all at once count as expired from their deadline on, in any
//! number.

use std::time::Duration;

use tenure::{EndReason, Limit, Limits, ManualClock, NewSession, SessionStore, Timeouts};

use crate::common::{Store, of, plain, secs};

/// A store with place for this many sessions, in which all were in use at once, and are free again.
/// The first `long` have an hour yet; all others, of the principal "short", have expired.
fn returned(sessions: u32, long: u32, limits: Limits) -> Store {
    let clock = ManualClock::new();
    let limits = limits.global(Limit::evict_oldest(sessions as usize));
    let builder = SessionStore::builder().timeouts(Timeouts::none()).limits(limits);
    let store = builder.clock(clock.clone()).build().unwrap();
    let lease = |number| {
        let (name, idle) = if number < long { ("long", 3_600) } else { ("short", 1) };
        let new = NewSession::new(number).principal(name).idle_timeout(secs(idle));
        store.acquire(store.create(new).unwrap().id()).unwrap()
    };
    let leases: Vec<_> = (0..sessions).map(lease).collect();
    assert!(store.create(plain()).is_err(), "all are in use");
    drop(leases);
    clock.advance(secs(2));
    store
}

#[test]
fn reap_ends_expired_sessions_behind_many_that_were_returned() {
    let store = returned(200, 100, Limits::none());
    let report = store.reap();
    assert_eq!((report.ended.count(EndReason::IdleTimeout), report.more), (100, false));
}

#[test]
fn expired_sessions_behind_many_that_were_returned_make_room() {
    let store = returned(200, 100, Limits::none().per_principal(Limit::reject(100)));
    store.create(of("short")).expect("all of this principal's sessions have expired");
}

#[test]
fn expired_session_is_ended_before_a_live_one_is_evicted() {
    let store = returned(100, 90, Limits::none());
    store.create(plain()).unwrap();
    let ended = store.stats().ended;
    assert_eq!((ended.evicted(), ended.count(EndReason::IdleTimeout)), (0, 10));
}

/// More than one call is to put back: it says "come again", and does not hold up the application.
#[test]
fn deadline_behind_many_that_were_returned_is_found_call_by_call() {
    const MANY: u32 = 2_000;
    let store = returned(MANY, MANY, Limits::none());
    assert_eq!(store.next_deadline(), Some(Duration::ZERO));
    let again = (0..MANY).take_while(|_| store.next_deadline() == Some(Duration::ZERO)).count();
    assert!(again > 1, "one call put all of them back");
    assert_eq!(store.next_deadline(), Some(secs(3_598)));

    let store = returned(MANY, MANY, Limits::none());
    let report = store.reap_at_most(1);
    assert_eq!((report.more, report.next_deadline), (true, Some(Duration::ZERO)));
    let report = store.reap();
    assert_eq!((report.more, report.next_deadline), (false, Some(secs(3_598))));
}
