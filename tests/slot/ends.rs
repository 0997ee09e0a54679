//! How the session of a slot does end, and that the next one who asks logs in anew.

use tenure::liveness::HostLiveness;
use tenure::slot::{LoginError, ReusableSession};
use tenure::{CreateError, EndAs, EndOutcome, EndReason, ManualClock, SessionStore};

use crate::common::{Store, plain, secs};
use crate::setup::{balanced, ended, held, log_in, short_lived, store, why};

#[test]
fn slot_renews_a_session_that_reached_its_absolute_timeout() {
    let (store, clock) = short_lived();
    let slot = ReusableSession::new(&store);
    for round in 1..5 {
        let session = log_in(&slot, round).unwrap();
        clock.advance(secs(10).saturating_sub(std::time::Duration::from_micros(1)));
        assert_eq!(held(&slot), Some(round), "a tick before its deadline");
        clock.advance(std::time::Duration::from_micros(1));
        // The reaper has not run. Whoever comes first finds it: a get, a login, or the reaper.
        match round {
            1 => assert!(slot.get().is_none() && slot.get().is_none()),
            2 => drop(log_in(&slot, 90).unwrap()),
            3 => assert_eq!(store.reap().ended.total(), 1),
            _ => assert!(!slot.invalidate(), "it was no longer live"),
        }
        assert_eq!(why(&session), Some(EndReason::AbsoluteTimeout));
        assert_eq!(ended(&store, EndReason::AbsoluteTimeout), u64::from(round), "counted once");
        if round == 2 {
            assert_eq!(held(&slot), Some(90));
            slot.invalidate();
        }
        assert_eq!(store.reap().ended.total(), 0, "there is nothing left of it");
        balanced(&store, 0);
    }
}

#[test]
fn slot_honours_own_and_default_timeouts() {
    let clock = ManualClock::new();
    let store: Store = SessionStore::builder().clock(clock.clone()).build().unwrap();
    let slot = ReusableSession::new(&store);
    // 24 hours by default, however busy it is.
    let session = log_in(&slot, 1).unwrap();
    let lease = store.acquire(session.id()).unwrap();
    clock.advance(secs(24 * 3_600 - 1));
    assert_eq!(held(&slot), Some(1));
    clock.advance(secs(1));
    assert_eq!(held(&slot), None);
    drop(lease);
    let hasty = || plain().absolute_timeout(secs(1));
    slot.get_or_login(hasty).unwrap();
    assert_eq!(held(&slot), Some(0));
    clock.advance(secs(1));
    assert_eq!(held(&slot), None);
    let endless = || plain().absolute_timeout(None);
    slot.get_or_login(endless).unwrap();
    clock.advance(secs(1_000_000_000));
    assert_eq!(held(&slot), Some(0));
    balanced(&store, 1);
}

#[test]
fn end_as_pinned_too_ends_the_slots_session() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let session = log_in(&slot, 1).unwrap();
    assert!(matches!(
        store.end_as(session.id(), EndAs::logged_out().pinned_too()),
        EndOutcome::Ended(_)
    ));
    assert!(slot.get().is_none());
    balanced(&store, 0);
    log_in(&slot, 2).unwrap();
    assert_eq!(held(&slot), Some(2));
    // Without a look in between.
    let _ = store.end_as(slot.get().unwrap().id(), EndAs::logged_out().pinned_too());
    log_in(&slot, 3).unwrap();
    assert_eq!(held(&slot), Some(3));
    assert_eq!(ended(&store, EndReason::LoggedOut), 2);
    assert_eq!(store.stats().ended.total(), 2);
    balanced(&store, 1);
}

#[test]
fn closed_store_ends_the_slots_session_for_good() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let session = log_in(&slot, 1).unwrap();
    assert_eq!(store.close().ended, 1);
    assert_eq!(why(&session), Some(EndReason::StoreClosed));
    for _ in 0..3 {
        assert!(slot.get().is_none() && !slot.invalidate());
        let closed = CreateError::Closed;
        assert_eq!(log_in(&slot, 2).unwrap_err(), LoginError::Create(closed.clone()));
        assert_eq!(slot.replace(plain()).unwrap_err(), closed);
    }
    drop(slot);
    assert_eq!(store.stats().ended.total(), 1);
    balanced(&store, 0);
}

#[test]
fn slot_renews_a_session_whose_host_died() {
    let clock = ManualClock::new();
    let store: Store = SessionStore::builder().clock(clock.clone()).build().unwrap();
    let hosts = HostLiveness::new(&store, "here");
    hosts.register("ada").unwrap();
    let slot = ReusableSession::new(&store);
    let session = slot.get_or_login(|| plain().host("ada")).unwrap();
    clock.advance(secs(201));
    let _ = hosts.sweep();
    assert_eq!(why(&session), Some(EndReason::HostDead));
    assert!(slot.get().is_none());
    log_in(&slot, 2).unwrap();
    balanced(&store, 1);
}
