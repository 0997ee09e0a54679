//! A slot for each key.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tenure::slot::{LoginError, ReusableSessions};
use tenure::{CreateError, EndOutcome, EndReason, NewSession};

use crate::common::{Store, add_one, of, plain, secs};
use crate::executor::{Gate, Task};
use crate::setup::{balanced, ended, same, short_lived, store, too_long, why};

type Slots = ReusableSessions<u32, u32>;

fn held(slots: &Slots, key: u32) -> Option<u32> {
    slots.get(&key).map(|session| *session.data())
}

/// Slots that hold the numbers 1, 2 and 3 under these keys.
fn three(store: &Store) -> Slots {
    let slots = Slots::new(store, 10);
    for key in 1..=3 {
        slots.get_or_login(&key, || NewSession::new(key)).unwrap();
    }
    slots
}

#[test]
fn each_key_has_its_own_login() {
    let store = store();
    let slots = Slots::new(&store, 100);
    assert!(slots.is_empty());
    let logins = Cell::new(0);
    for round in 0..3 {
        for key in 0..100 {
            let login = || {
                logins.set(logins.get() + 1);
                NewSession::new(key)
            };
            let session = slots.get_or_login(&key, login).unwrap();
            assert_eq!((*session.data(), held(&slots, key)), (key, Some(key)));
            assert_eq!(store.end(session.id()), EndOutcome::Kept);
        }
        assert_eq!((slots.len(), logins.get()), (100, 100), "round {round}");
    }
    assert_eq!(held(&slots, 100), None);
    assert_eq!((slots.len(), slots.is_empty()), (100, false), "asking makes no slot");
    balanced(&store, 100);
    drop(slots);
    assert_eq!(ended(&store, EndReason::LoggedOut), 100);
    balanced(&store, 0);
}

#[test]
fn invalidation_is_per_key_or_of_all() {
    let store = store();
    let slots = three(&store);
    assert!(slots.invalidate(&2) && !slots.invalidate(&2) && !slots.invalidate(&9));
    assert_eq!([1, 2, 3].map(|key| held(&slots, key)), [Some(1), None, Some(3)]);
    assert_eq!((slots.len(), ended(&store, EndReason::Killed)), (3, 1));
    assert_eq!((slots.invalidate_all(), slots.invalidate_all()), (2, 0));
    assert_eq!((slots.len(), ended(&store, EndReason::Killed)), (3, 3));
    balanced(&store, 0);
    slots.get_or_login(&2, || NewSession::new(5)).unwrap();
    assert_eq!(held(&slots, 2), Some(5));
    balanced(&store, 1);
}

#[test]
fn login_does_not_undo_an_invalidation() {
    let store = store();
    let slots = three(&store);
    for all in [false, true] {
        let logins = Cell::new(0);
        slots.invalidate(&2);
        let session = slots.get_or_login(&2, || {
            logins.set(logins.get() + 1);
            if logins.get() == 1 {
                if all {
                    slots.invalidate_all();
                } else {
                    slots.invalidate(&2);
                }
            }
            NewSession::new(logins.get())
        });
        assert_eq!((*session.unwrap().data(), held(&slots, 2)), (2, Some(2)));
    }
    assert_eq!(ended(&store, EndReason::Replaced), 2);
    balanced(&store, 1);
    let contended = slots.get_or_login(&7, || {
        slots.invalidate(&7);
        plain()
    });
    assert_eq!(contended.unwrap_err(), LoginError::Contended { tries: 8 });
    assert_eq!(ended(&store, EndReason::Replaced), 10);
}

#[test]
fn replacement_is_per_key() {
    let store = store();
    let slots = three(&store);
    let old = slots.get(&2).unwrap();
    let new = slots.replace(&2, NewSession::new(5)).unwrap();
    assert_eq!((why(&old), held(&slots, 2)), (Some(EndReason::Replaced), Some(5)));
    assert!(same(&new, &slots.get(&2).unwrap()) && new.is_pinned());
    // A key that is not there yet gets a slot.
    slots.replace(&4, NewSession::new(4)).unwrap();
    assert_eq!((held(&slots, 4), slots.len()), (Some(4), 4));
    let refused = slots.replace(&2, of(&too_long())).unwrap_err();
    assert!(matches!(refused, LoginError::Create(CreateError::NameTooLong { .. })));
    assert_eq!(held(&slots, 2), Some(5));
    balanced(&store, 4);
}

#[test]
fn each_key_renews_its_session() {
    let (store, clock) = short_lived();
    let slots = three(&store);
    clock.advance(secs(5));
    slots.replace(&2, NewSession::new(5)).unwrap();
    clock.advance(secs(5));
    assert_eq!([1, 2, 3].map(|key| held(&slots, key)), [None, Some(5), None]);
    slots.get_or_login(&1, || NewSession::new(6)).unwrap();
    assert_eq!([1, 2, 3].map(|key| held(&slots, key)), [Some(6), Some(5), None]);
    assert_eq!(ended(&store, EndReason::AbsoluteTimeout), 2);
    balanced(&store, 2);
}

#[test]
fn options_apply_to_each_slot() {
    let store = store();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let slots = Slots::new(&store, 10).single_flight(Duration::MAX).validate_with(move |session| {
        add_one(&count);
        *session.data() != 13
    });
    slots.get_or_login(&1, || NewSession::new(1)).unwrap();
    slots.get_or_login(&2, || NewSession::new(13)).unwrap();
    assert_eq!((held(&slots, 1), held(&slots, 2)), (Some(1), None));
    assert_eq!((calls.load(Ordering::Relaxed), ended(&store, EndReason::Killed)), (2, 1));
    // One login at a time for a key, whatever other keys do.
    let gate = Gate::<Result<NewSession<u32>, ()>>::new();
    let ask = |key: &'static u32| Task::new(slots.get_or_login_async(key, || gate.pass()));
    let mut tasks = [ask(&3), ask(&3), ask(&4)];
    tasks.iter_mut().for_each(Task::waits);
    assert_eq!(gate.waiting(), 2);
    let [mut first, mut second, mut other] = tasks;
    gate.open(Ok(NewSession::new(3)));
    assert!(same(&first.finish().unwrap(), &second.finish().unwrap()));
    gate.open(Ok(NewSession::new(4)));
    other.finish().unwrap();
    assert_eq!([3, 4].map(|key| held(&slots, key)), [Some(3), Some(4)]);
    balanced(&store, 3);
}

#[test]
fn session_is_invalidated_under_its_own_key() {
    let store = store();
    let slots = three(&store);
    let session = slots.get(&2).unwrap();
    assert!(!slots.invalidate_session(&1, &session) && !slots.invalidate_session(&9, &session));
    assert!(slots.invalidate_session(&2, &session) && !slots.invalidate_session(&2, &session));
    slots.get_or_login(&2, || NewSession::new(5)).unwrap();
    assert!(!slots.invalidate_session(&2, &session));
    assert_eq!([1, 2, 3].map(|key| held(&slots, key)), [Some(1), Some(5), Some(3)]);
    balanced(&store, 3);
}

#[test]
fn on_end_runs_for_every_session_of_the_slots() {
    let store = store();
    let (tell, told) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let slots = Slots::new(&store, 2).on_end(move |session, tombstone| {
        tell.lock().unwrap().send((*session.data(), tombstone.reason())).unwrap();
    });
    for key in 1..=3 {
        slots.get_or_login(&key, || NewSession::new(key)).unwrap();
    }
    let pushed_out = told.try_iter().collect::<Vec<_>>();
    assert!(matches!(pushed_out[..], [(1 | 2, EndReason::LoggedOut)]), "{pushed_out:?}");
    slots.replace(&3, NewSession::new(4)).unwrap();
    drop(slots);
    let mut rest = told.try_iter().collect::<Vec<_>>();
    rest.sort_unstable_by_key(|(number, _)| *number);
    let left = 3 - pushed_out[0].0;
    let logged_out = EndReason::LoggedOut;
    assert_eq!(rest, [(left, logged_out), (3, EndReason::Replaced), (4, logged_out)]);
    balanced(&store, 0);
}
