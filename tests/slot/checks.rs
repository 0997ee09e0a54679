//! The host's own check of a session before it is used again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tenure::slot::{LoginError, ReusableSession};
use tenure::{EndReason, NewSession, Session};

use crate::common::{Store, add_one, plain, secs, within_a_minute};
use crate::setup::{balanced, held, log_in, short_lived, store, why};

/// A slot whose check counts its calls and says what the switch says.
fn checked(store: &Store) -> (ReusableSession<u32>, Arc<AtomicUsize>, Arc<AtomicBool>) {
    let (calls, good) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(true)));
    let (count, answer) = (Arc::clone(&calls), Arc::clone(&good));
    let slot = ReusableSession::new(store).validate_with(move |session| {
        assert!(!session.is_ended(), "a dead one need not be checked");
        add_one(&count);
        answer.load(Ordering::Relaxed)
    });
    (slot, calls, good)
}

#[test]
fn check_runs_once_per_get() {
    let (store, clock) = short_lived();
    let (slot, calls, _) = checked(&store);
    let called = || calls.swap(0, Ordering::Relaxed);
    assert!(slot.get().is_none());
    assert_eq!(called(), 0, "there was nothing to check");
    log_in(&slot, 1).unwrap();
    assert_eq!(called(), 0, "a fresh one is taken at its word");
    for _ in 0..3 {
        assert_eq!((held(&slot), called()), (Some(1), 1));
        assert_eq!((*log_in(&slot, 2).unwrap().data(), called()), (1, 1));
    }
    clock.advance(secs(10));
    assert_eq!((held(&slot), called()), (None, 0), "an expired one is not checked");
    slot.replace(plain()).unwrap();
    slot.invalidate();
    assert_eq!(called(), 0);
}

#[test]
fn session_that_fails_the_check_is_killed_and_replaced() {
    let store = store();
    let (slot, calls, good) = checked(&store);
    let first = log_in(&slot, 1).unwrap();
    good.store(false, Ordering::Relaxed);
    let second = log_in(&slot, 2).unwrap();
    assert_eq!((why(&first), *second.data()), (Some(EndReason::Killed), 2));
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert!(slot.get().is_none());
    assert_eq!(why(&second), Some(EndReason::Killed));
    assert!(slot.get().is_none());
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    balanced(&store, 0);
}

#[test]
fn panicking_check_changes_nothing() {
    let store = store();
    let armed = Arc::new(AtomicBool::new(false));
    let bomb = Arc::clone(&armed);
    let slot = ReusableSession::new(&store).validate_with(move |_| {
        assert!(!bomb.load(Ordering::Relaxed), "on purpose");
        true
    });
    log_in(&slot, 1).unwrap();
    for _ in 0..3 {
        armed.store(true, Ordering::Relaxed);
        assert!(catch_unwind(AssertUnwindSafe(|| slot.get())).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| log_in(&slot, 2))).is_err());
        armed.store(false, Ordering::Relaxed);
        assert_eq!(held(&slot), Some(1));
    }
    assert_eq!((store.stats().created, store.stats().application_panics), (1, 0));
    balanced(&store, 1);
}

/// A slot that its own check can reach, and what the check does with it.
fn nosy(
    store: &Store,
    check: impl Fn(&ReusableSession<u32>, &Session<u32>) -> bool + Send + Sync + 'static,
) -> Arc<OnceLock<ReusableSession<u32>>> {
    let place: Arc<OnceLock<ReusableSession<u32>>> = Arc::default();
    let own = Arc::downgrade(&place);
    let slot = ReusableSession::new(store).validate_with(move |session| {
        let place = own.upgrade().expect("the slot is in use");
        check(place.get().expect("the slot is there"), session)
    });
    assert!(place.set(slot).is_ok());
    place
}

/// The session that fails is not the one that is in the slot by then.
#[test]
fn late_failed_check_spares_the_successor() {
    let store = store();
    let place = nosy(&store, |slot, session| {
        let good = *session.data() == 2;
        if !good {
            slot.replace(NewSession::new(2)).unwrap();
        }
        good
    });
    let slot = place.get().unwrap();
    let first = log_in(slot, 1).unwrap();
    assert!(slot.get().is_none());
    assert_eq!((why(&first), held(slot)), (Some(EndReason::Replaced), Some(2)));
    balanced(&store, 1);
    slot.replace(NewSession::new(1)).unwrap();
    assert_eq!(*log_in(slot, 3).unwrap().data(), 2, "the login was not needed");
    balanced(&store, 1);
}

#[test]
fn check_may_empty_the_slot() {
    let store = store();
    for answer in [true, false] {
        let place = nosy(&store, move |slot, _| {
            assert!(slot.invalidate());
            answer
        });
        let slot = place.get().unwrap();
        let session = log_in(slot, 1).unwrap();
        assert_eq!(slot.get().is_some(), answer);
        assert_eq!(why(&session), Some(EndReason::Killed));
        assert!(slot.get().is_none());
        log_in(slot, 2).unwrap();
        balanced(&store, 1);
        slot.invalidate();
    }
    assert_eq!((store.stats().created, store.stats().ended.total()), (4, 4));
}

#[test]
fn check_may_use_the_store_and_the_slot() {
    within_a_minute(|| {
        thread_local!(static INSIDE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });
        let store = store();
        let inner = store.clone();
        let place = nosy(&store, move |slot, session| {
            if INSIDE.replace(true) {
                return true;
            }
            assert_eq!(*slot.get().unwrap().data(), *session.data());
            assert_eq!(*log_in(slot, 9).unwrap().data(), *session.data());
            drop(inner.acquire(session.id()).unwrap());
            inner.rotate(session.id()).unwrap();
            let _ = inner.end(inner.create(plain()).unwrap().id());
            INSIDE.set(false);
            true
        });
        let slot = place.get().unwrap();
        log_in(slot, 1).unwrap();
        assert_eq!((held(slot), held(slot)), (Some(1), Some(1)));
        assert_eq!(*log_in(slot, 2).unwrap().data(), 1);
        balanced(&store, 1);
    });
}

#[test]
fn check_that_replaces_and_refuses_is_contended() {
    let store = store();
    let place = nosy(&store, |slot, _| {
        slot.replace(NewSession::new(0)).unwrap();
        false
    });
    let slot = place.get().unwrap();
    slot.replace(plain()).unwrap();
    assert!(matches!(slot.get_or_login(plain), Err(LoginError::Contended { .. })));
    balanced(&store, 1);
}
