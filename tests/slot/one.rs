//! One login serves many.

use std::cell::Cell;

use tenure::slot::{LoginError, ReusableSession};
use tenure::{CreateError, EndReason, NewSession};

use crate::common::{plain, secs};
use crate::setup::{balanced, ended, held, log_in, same, store, why};

#[test]
fn one_login_serves_many_gets() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let logins = Cell::new(0);
    let first = log_in(&slot, 0).unwrap();
    for _ in 0..1_000 {
        let login = || {
            logins.set(logins.get() + 1);
            plain()
        };
        assert!(same(&slot.get_or_login(login).unwrap(), &first));
        assert!(same(&slot.get().unwrap(), &first));
    }
    assert_eq!((logins.get(), store.stats().created), (0, 1));
    balanced(&store, 1);
}

#[test]
fn empty_slot_returns_none_and_logs_in_nobody() {
    let store = store();
    let slot = ReusableSession::new(&store);
    assert!(slot.get().is_none() && slot.get().is_none());
    assert_eq!(store.stats().created, 0);
}

#[test]
fn session_keeps_what_the_login_says() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let new = || NewSession::new(7).principal("root").originator("pool").host("ada").privileged();
    let fresh = slot.get_or_login(new).unwrap();
    for session in [fresh, slot.get().unwrap(), log_in(&slot, 8).unwrap()] {
        assert_eq!(*session.data(), 7);
        assert_eq!((session.principal(), session.originator()), (Some("root"), Some("pool")));
        assert_eq!(session.host(), Some("ada"));
        assert!(session.is_pinned() && session.is_privileged() && !session.is_ended());
        assert!(same(&session, &store.peek(session.id()).unwrap()));
    }
    let replaced = slot.replace(NewSession::new(9).originator("pool")).unwrap();
    assert!(replaced.is_pinned() && !replaced.is_privileged());
    assert_eq!((*replaced.data(), replaced.originator()), (9, Some("pool")));
}

#[test]
fn slots_of_one_store_are_independent() {
    let store = store();
    let (one, other) = (ReusableSession::new(&store), ReusableSession::new(&store));
    log_in(&one, 1).unwrap();
    assert_eq!((held(&one), held(&other)), (Some(1), None));
    log_in(&other, 2).unwrap();
    assert!(one.invalidate());
    assert_eq!((held(&one), held(&other)), (None, Some(2)));
    balanced(&store, 1);
}

#[test]
fn rotated_session_stays_in_the_slot() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let session = log_in(&slot, 1).unwrap();
    let old = session.id();
    store.rotate(old).unwrap();
    assert!(same(&log_in(&slot, 2).unwrap(), &session));
    assert_ne!(slot.get().unwrap().id(), old);
}

#[test]
fn dropped_slot_logs_its_session_out() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let session = log_in(&slot, 1).unwrap();
    drop(slot);
    assert_eq!(why(&session), Some(EndReason::LoggedOut));
    balanced(&store, 0);
    drop(ReusableSession::new(&store));
    let slot = ReusableSession::new(&store);
    log_in(&slot, 2).unwrap();
    slot.invalidate();
    drop(slot);
    assert_eq!(ended(&store, EndReason::LoggedOut), 1);
    balanced(&store, 0);
}

#[test]
fn errors_are_sentences() {
    let login = LoginError::Login("wrong password");
    assert_eq!(login.to_string(), "the login failed: wrong password");
    let create: LoginError = LoginError::Create(CreateError::Closed);
    assert_eq!(create.to_string(), "the login's session was not created: the store is closed");
    let many: LoginError = LoginError::TooMany { max: 3 };
    assert_eq!(many.to_string(), "all 3 places are in use");
    let leases: LoginError = LoginError::TooManyLeases { max: 3 };
    assert_eq!(leases.to_string(), "all 3 leases of the session are taken");
    let late: LoginError = LoginError::TimedOut { waited: secs(2) };
    assert_eq!(late.to_string(), "another login was still under way after 2s");
    let contended: LoginError = LoginError::Contended { tries: 8 };
    assert_eq!(
        contended.to_string(),
        "gave up after 8 attempts: the slot was invalidated or evicted each time"
    );
}
