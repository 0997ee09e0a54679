//! Invalidating and replacing what the slot holds.

use tenure::slot::ReusableSession;
use tenure::{CreateError, EndAs, EndReason};

use crate::common::{of, plain, secs};
use crate::setup::{balanced, ended, held, log_in, short_lived, store, too_long, why};

#[test]
fn invalidation_kills_the_held_session() {
    let store = store();
    let slot = ReusableSession::new(&store);
    assert!(!slot.invalidate(), "nothing in it yet");
    for round in 1..4 {
        let session = log_in(&slot, round).unwrap();
        assert!(slot.invalidate());
        assert_eq!(why(&session), Some(EndReason::Killed));
        assert!(slot.get().is_none() && !slot.invalidate());
        balanced(&store, 0);
    }
    assert_eq!(ended(&store, EndReason::Killed), 3);
    // One that somebody uses goes as well.
    let session = log_in(&slot, 4).unwrap();
    let lease = store.acquire(session.id()).unwrap();
    assert!(slot.invalidate() && lease.is_ended());
}

#[test]
fn invalidation_of_an_ended_session_is_not_counted() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let session = log_in(&slot, 1).unwrap();
    let _ = store.end_as(session.id(), EndAs::logged_out().pinned_too());
    assert!(!slot.invalidate());
    assert_eq!(why(&session), Some(EndReason::LoggedOut));
    balanced(&store, 0);
}

#[test]
fn replacement_is_held_and_ends_the_old_session() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let first = slot.replace(plain()).unwrap();
    assert_eq!(held(&slot), Some(0), "an empty slot takes one too");
    let second = slot.replace(tenure::NewSession::new(2)).unwrap();
    assert_eq!((why(&first), held(&slot)), (Some(EndReason::Replaced), Some(2)));
    assert_eq!(*log_in(&slot, 3).unwrap().data(), 2);
    assert!(slot.invalidate());
    assert_eq!(why(&second), Some(EndReason::Killed));
    balanced(&store, 0);
}

#[test]
fn refused_replacement_changes_nothing() {
    let store = store();
    let slot = ReusableSession::new(&store);
    log_in(&slot, 1).unwrap();
    let name = slot.replace(of(&too_long()));
    assert!(matches!(name, Err(CreateError::NameTooLong { which: "principal", .. })));
    let zero = slot.replace(plain().absolute_timeout(secs(0)));
    assert!(matches!(zero, Err(CreateError::ZeroTimeout { .. })));
    assert_eq!(held(&slot), Some(1));
    assert_eq!(store.stats().created, 1);
    balanced(&store, 1);
}

#[test]
fn replacement_does_not_end_an_ended_session_again() {
    let (store, clock) = short_lived();
    let slot = ReusableSession::new(&store);
    let expired = log_in(&slot, 1).unwrap();
    clock.advance(secs(10));
    let closed = slot.replace(plain()).unwrap();
    assert_eq!(why(&expired), Some(EndReason::AbsoluteTimeout));
    let _ = store.end_as(closed.id(), EndAs::logged_out().pinned_too());
    slot.replace(plain()).unwrap();
    assert_eq!(why(&closed), Some(EndReason::LoggedOut));
    assert_eq!((held(&slot), store.stats().ended.total()), (Some(0), 2));
    balanced(&store, 1);
}

#[test]
fn hook_of_the_replaced_session_finds_the_new_one() {
    let store = store();
    let slot = std::sync::Arc::new(ReusableSession::new(&store));
    let (tell, told) = std::sync::mpsc::channel();
    let watch = |number| {
        let (slot, tell) = (std::sync::Arc::clone(&slot), tell.clone());
        let session = slot.get().unwrap();
        session.on_end(move |_, _| tell.send((number, held(&slot))).unwrap());
    };
    log_in(&slot, 1).unwrap();
    watch(1);
    slot.replace(tenure::NewSession::new(2)).unwrap();
    watch(2);
    slot.invalidate();
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [(1, Some(2)), (2, None)]);
}

#[test]
fn invalidate_session_ends_that_session_only() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let first = log_in(&slot, 1).unwrap();
    // Two have met with a refusal of the first. The second of them comes too late.
    assert!(slot.invalidate_session(&first));
    assert_eq!(why(&first), Some(EndReason::Killed));
    assert!(!slot.invalidate_session(&first), "there is nothing in it");
    let second = log_in(&slot, 2).unwrap();
    assert!(!slot.invalidate_session(&first));
    assert_eq!(held(&slot), Some(2));
    let other = ReusableSession::new(&store);
    assert!(!other.invalidate_session(&second));
    log_in(&other, 3).unwrap();
    assert!(!other.invalidate_session(&second) && !slot.invalidate_session(&first));
    balanced(&store, 2);
    // By whatever handle, and whatever its id is by now.
    store.rotate(second.id()).unwrap();
    let handle = store.peek(second.id()).unwrap();
    assert!(slot.invalidate_session(&handle));
    let dead = log_in(&slot, 4).unwrap();
    let _ = store.end_as(dead.id(), EndAs::logged_out().pinned_too());
    assert!(!slot.invalidate_session(&dead), "it was not the call that ended it");
    log_in(&slot, 5).unwrap();
    assert_eq!(held(&slot), Some(5));
    balanced(&store, 2);
}

/// A login that is under way is not that session's.
#[test]
fn invalidate_session_spares_a_login_under_way() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let first = log_in(&slot, 1).unwrap();
    slot.invalidate();
    let second = slot.get_or_login(|| {
        assert!(!slot.invalidate_session(&first));
        tenure::NewSession::new(2)
    });
    assert_eq!((*second.unwrap().data(), store.stats().created), (2, 2));
    balanced(&store, 1);
}

#[test]
fn on_end_runs_for_every_session_of_the_slot() {
    let (store, clock) = short_lived();
    let (tell, told) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let slot = ReusableSession::new(&store).on_end(move |session, tombstone| {
        assert!(session.is_ended() && session.tombstone() == Some(*tombstone));
        tell.lock().unwrap().send((*session.data(), tombstone.reason())).unwrap();
    });
    let next = || told.try_iter().collect::<Vec<_>>();
    log_in(&slot, 1).unwrap();
    slot.invalidate();
    assert_eq!(next(), [(1, EndReason::Killed)]);
    slot.replace(tenure::NewSession::new(2)).unwrap();
    slot.replace(tenure::NewSession::new(3)).unwrap();
    assert_eq!(next(), [(2, EndReason::Replaced)]);
    clock.advance(secs(10));
    // The loser of a race, and one that is invalidated while it logs in.
    let session = slot.get_or_login(|| {
        if store.stats().created == 3 {
            slot.invalidate();
            return tenure::NewSession::new(4);
        }
        log_in(&slot, 5).unwrap();
        tenure::NewSession::new(6)
    });
    assert_eq!(*session.unwrap().data(), 5);
    let replaced = EndReason::Replaced;
    assert_eq!(next(), [(3, EndReason::AbsoluteTimeout), (4, replaced), (6, replaced)]);
    let _ = store.end_as(slot.get().unwrap().id(), EndAs::logged_out().pinned_too());
    log_in(&slot, 7).unwrap();
    assert_eq!(next(), [(5, EndReason::LoggedOut)]);
    drop(slot);
    assert_eq!(next(), [(7, EndReason::LoggedOut)]);
    assert_eq!(store.stats().application_panics, 0);
    balanced(&store, 0);
}
