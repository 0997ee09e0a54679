//! There are never more keyed slots than there may be; who goes, and who is spared.

use std::sync::{Arc, Weak};

use tenure::slot::{LoginError, ReusableSessions};
use tenure::{EndReason, ManualClock, NewSession, Session};

use crate::common::{plain, secs};
use crate::executor::{Gate, Task};
use crate::setup::{balanced, ended, running as store, why};

type Slots = ReusableSessions<u32, u32>;

fn log_in(slots: &Slots, key: u32) -> Result<Session<u32>, LoginError> {
    slots.get_or_login(&key, || NewSession::new(key))
}

/// Logs in under each of these keys, a second apart.
fn fill<const N: usize>(slots: &Slots, clock: &ManualClock, keys: [u32; N]) -> [Session<u32>; N] {
    keys.map(|key| {
        clock.advance(secs(1));
        log_in(slots, key).unwrap()
    })
}

/// Which of these sessions were logged out.
fn gone<const N: usize>(sessions: &[Session<u32>; N]) -> [bool; N] {
    sessions.each_ref().map(|session| match why(session) {
        None => false,
        Some(reason) => reason == EndReason::LoggedOut,
    })
}

#[test]
fn least_recently_asked_slot_makes_room() {
    type Ask = fn(&Slots, u32);
    let ways: [Ask; 3] = [
        |slots, key| drop(slots.get(&key).unwrap()),
        |slots, key| drop(log_in(slots, key).unwrap()),
        |slots, key| {
            let login = || std::future::ready(Ok::<_, ()>(plain()));
            Task::new(slots.get_or_login_async(&key, login)).finish().unwrap();
        },
    ];
    for ask in ways {
        let (store, clock) = store();
        let slots = Slots::new(&store, 3);
        let sessions = fill(&slots, &clock, [1, 2, 3]);
        clock.advance(secs(1));
        ask(&slots, 1);
        fill(&slots, &clock, [4]);
        assert_eq!(gone(&sessions), [false, true, false]);
        clock.advance(secs(1));
        // A replacement makes a slot as well, and counts as asking.
        slots.replace(&5, plain()).unwrap();
        assert_eq!(gone(&sessions), [false, true, true]);
        clock.advance(secs(1));
        slots.replace(&1, plain()).unwrap();
        fill(&slots, &clock, [6, 7]);
        assert!(slots.get(&1).is_some() && slots.get(&5).is_none());
        assert_eq!(slots.len(), 3);
        balanced(&store, 3);
    }
}

#[test]
fn invalidation_does_not_count_as_asking() {
    let (store, clock) = store();
    let slots = Slots::new(&store, 2);
    let sessions = fill(&slots, &clock, [1, 2]);
    clock.advance(secs(1));
    slots.invalidate(&1);
    fill(&slots, &clock, [3]);
    assert_eq!(gone(&sessions), [false, false], "the empty slot of 1 made room");
    balanced(&store, 2);
}

#[test]
fn session_in_use_is_spared() {
    let (store, clock) = store();
    let slots = Slots::new(&store, 2);
    let sessions = fill(&slots, &clock, [1, 2]);
    let lease = store.acquire(sessions[0].id()).unwrap();
    fill(&slots, &clock, [3]);
    assert_eq!(gone(&sessions), [false, true]);
    let other = store.acquire(slots.get(&3).unwrap().id()).unwrap();
    for _ in 0..3 {
        let many = LoginError::TooMany { max: 2 };
        assert_eq!(log_in(&slots, 4).unwrap_err(), many);
        assert_eq!(slots.replace(&4, plain()).unwrap_err(), many);
        let login = || std::future::ready(Err::<NewSession<u32>, _>(()));
        let refused = Task::new(slots.get_or_login_async(&4, login)).finish();
        assert_eq!(refused.unwrap_err(), LoginError::TooMany { max: 2 });
        balanced(&store, 2);
    }
    assert_eq!(ended(&store, EndReason::Replaced), 3, "those that were to replace one");
    // Those that are there go on.
    clock.advance(secs(1));
    assert_eq!(*log_in(&slots, 1).unwrap().data(), 1);
    clock.advance(secs(1));
    slots.replace(&3, plain()).unwrap();
    drop((lease, other));
    fill(&slots, &clock, [4]);
    assert_eq!(gone(&sessions), [true, true]);
    balanced(&store, 2);
}

#[test]
fn slot_with_a_login_under_way_is_spared() {
    let (store, clock) = store();
    let slots = Slots::new(&store, 2);
    let gate = Gate::<Result<NewSession<u32>, ()>>::new();
    let mut task = Task::new(slots.get_or_login_async(&1, || gate.pass()));
    task.waits();
    let sessions = fill(&slots, &clock, [2, 3]);
    assert_eq!(gone(&sessions), [true, false]);
    assert_eq!(slots.sweep(), 0);
    // A login inside a login is under way, too.
    let inside = slots.get_or_login(&4, || {
        assert_eq!(log_in(&slots, 5).unwrap_err(), LoginError::TooMany { max: 2 });
        clock.advance(secs(3_590));
        assert_eq!((slots.sweep(), slots.len()), (0, 2));
        plain()
    });
    assert!(!inside.unwrap().is_ended());
    gate.open(Ok(NewSession::new(1)));
    assert_eq!(*task.finish().unwrap().data(), 1);
    balanced(&store, 2);
    // It is not when it is over, however it ended.
    slots.invalidate_all();
    let mut task = Task::new(slots.get_or_login_async(&1, || gate.pass()));
    task.waits();
    drop(task);
    let panics = std::panic::AssertUnwindSafe(|| slots.get_or_login(&4, || panic!("on purpose")));
    assert!(std::panic::catch_unwind(panics).is_err());
    fill(&slots, &clock, [6, 7]);
    assert_eq!((slots.len(), slots.get(&6).is_some(), slots.get(&7).is_some()), (2, true, true));
    balanced(&store, 2);
}

#[test]
fn maximum_of_zero_means_one_slot() {
    let (store, clock) = store();
    for max in [0, 1] {
        let slots = Slots::new(&store, max);
        let sessions = fill(&slots, &clock, [1, 2, 3]);
        assert_eq!((gone(&sessions), slots.len()), ([true, true, false], 1));
        balanced(&store, 1);
    }
    assert_eq!(ended(&store, EndReason::LoggedOut), 6);
}

#[test]
fn slots_whose_hook_logs_in_anew_are_contended() {
    let (store, clock) = store();
    let slots = Arc::new_cyclic(|slots: &Weak<Slots>| {
        let slots = slots.clone();
        Slots::new(&store, 2).on_end(move |session, _| {
            let key = *session.data();
            if let Some(slots) = slots.upgrade() {
                let _ = log_in(&slots, key);
            }
        })
    });
    fill(&slots, &clock, [1, 2]);
    let refused = log_in(&slots, 3).unwrap_err();
    assert!(matches!(refused, LoginError::Contended { .. }), "{refused}");
    assert_eq!(slots.len(), 2);
    assert!([1, 2].iter().all(|key| slots.get(key).is_some()));
}
