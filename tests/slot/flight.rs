//! Single flight: one logs in, the others wait. Who waits for whom is played by hand.

use std::time::Duration;

use tenure::slot::{LoginError, ReusableSession};
use tenure::{EndAs, EndReason, NewSession, Session};

use crate::common::{Store, within_a_minute};
use crate::executor::{Gate, Task};
use crate::setup::{balanced, ended, held, log_in, same, store};

pub(crate) type Answer = Result<NewSession<u32>, &'static str>;
pub(crate) type Asked = Result<Session<u32>, LoginError<&'static str>>;

pub(crate) fn asking<'a>(
    slot: &'a ReusableSession<u32>,
    gate: &'a Gate<Answer>,
) -> Task<'a, Asked> {
    Task::new(slot.get_or_login_async(|| gate.pass()))
}

pub(crate) fn single(store: &Store) -> ReusableSession<u32> {
    ReusableSession::new(store).single_flight(Duration::MAX)
}

/// A leader in its login, and some who wait for it.
fn under_way<'a>(
    slot: &'a ReusableSession<u32>,
    gate: &'a Gate<Answer>,
) -> (Task<'a, Asked>, [Task<'a, Asked>; 3]) {
    let mut leader = asking(slot, gate);
    leader.waits();
    let mut waiters = [(); 3].map(|()| asking(slot, gate));
    waiters.iter_mut().for_each(Task::waits);
    assert_eq!(gate.waiting(), 1, "one login is under way, whoever asks");
    (leader, waiters)
}

#[test]
fn waiters_reuse_the_leaders_session() {
    let store = store();
    let (slot, gate) = (single(&store), Gate::new());
    let (mut leader, mut waiters) = under_way(&slot, &gate);
    gate.open(Ok(NewSession::new(1)));
    let session = leader.finish().unwrap();
    for waiter in &mut waiters {
        assert_eq!(waiter.woken(), 1);
        assert!(same(&waiter.finish().unwrap(), &session));
    }
    assert_eq!(store.stats().created, 1);
    // The next flight is like the first.
    slot.invalidate();
    let (mut leader, mut waiters) = under_way(&slot, &gate);
    gate.open(Ok(NewSession::new(2)));
    let session = leader.finish().unwrap();
    assert!(waiters.iter_mut().all(|waiter| same(&waiter.finish().unwrap(), &session)));
    balanced(&store, 1);
}

/// However the leader's login ends without a session, one of the others logs in.
#[test]
fn failed_leader_lets_the_next_waiter_log_in() {
    let store = store();
    let (slot, gate) = (single(&store), Gate::new());
    for way in 0..3 {
        let bomb = Gate::<bool>::new();
        let mut leader = Task::new(slot.get_or_login_async(|| async {
            assert!(!bomb.pass().await, "on purpose");
            Err("wrong password")
        }));
        leader.waits();
        let mut waiters = [(); 3].map(|()| asking(&slot, &gate));
        waiters.iter_mut().for_each(Task::waits);
        match way {
            0 => {
                bomb.open(false);
                assert_eq!(leader.finish().unwrap_err(), LoginError::Login("wrong password"));
            }
            1 => {
                bomb.open(true);
                let poll = std::panic::AssertUnwindSafe(|| leader.finish());
                assert!(std::panic::catch_unwind(poll).is_err());
            }
            _ => drop(leader),
        }
        assert!(waiters.iter().all(|waiter| waiter.woken() == 1), "way {way}");
        assert_eq!(gate.waiting(), 0);
        let [first, second, third] = &mut waiters;
        second.waits();
        assert_eq!(gate.waiting(), 1, "it leads");
        first.waits();
        third.waits();
        assert_eq!(gate.waiting(), 1);
        gate.open(Ok(NewSession::new(way)));
        let session = second.finish().unwrap();
        assert!(same(&first.finish().unwrap(), &session));
        assert!(same(&third.finish().unwrap(), &session));
        balanced(&store, 1);
        slot.invalidate();
    }
    assert_eq!(store.stats().created, 3);
}

#[test]
fn invalidation_wakes_waiters_at_once() {
    let store = store();
    let (slot, gate) = (single(&store), Gate::new());
    let late = Gate::new();
    let mut leader = asking(&slot, &late);
    leader.waits();
    let mut waiter = asking(&slot, &gate);
    waiter.waits();
    slot.invalidate();
    assert_eq!(waiter.woken(), 1);
    gate.open(Ok(NewSession::new(2)));
    let session = waiter.finish().unwrap();
    // What the first one brings was invalidated before it came.
    late.open(Ok(NewSession::new(1)));
    assert!(same(&leader.finish().unwrap(), &session));
    assert_eq!((held(&slot), ended(&store, EndReason::Replaced)), (Some(2), 1));
    balanced(&store, 1);
}

/// The end of a flight that was given up does not end the one that came after it.
#[test]
fn abandoned_leader_does_not_end_the_next_flight() {
    let store = store();
    let (slot, gate) = (single(&store), Gate::new());
    let mut leader = asking(&slot, &gate);
    leader.waits();
    slot.invalidate();
    let mut next = asking(&slot, &gate);
    next.waits();
    let mut waiter = asking(&slot, &gate);
    waiter.waits();
    assert_eq!(gate.waiting(), 2);
    drop(leader);
    assert_eq!((waiter.woken(), gate.waiting()), (0, 1));
    waiter.waits();
    asking(&slot, &gate).waits();
    assert_eq!(gate.waiting(), 1, "somebody else was let in");
    gate.open(Ok(NewSession::new(3)));
    assert!(same(&next.finish().unwrap(), &waiter.finish().unwrap()));
    balanced(&store, 1);
}

#[test]
fn waiters_get_a_replacement() {
    let store = store();
    let (slot, gate) = (single(&store), Gate::new());
    let (mut leader, mut waiters) = under_way(&slot, &gate);
    let session = slot.replace(NewSession::new(5)).unwrap();
    for waiter in &mut waiters {
        assert_eq!(waiter.woken(), 1);
        assert!(same(&waiter.finish().unwrap(), &session));
    }
    gate.open(Ok(NewSession::new(1)));
    assert!(same(&leader.finish().unwrap(), &session));
    balanced(&store, 1);
}

#[test]
fn waiter_vets_the_session_again() {
    let store = store();
    let (slot, gate) = (single(&store), Gate::new());
    let (mut leader, [mut waiter, ..]) = under_way(&slot, &gate);
    gate.open(Ok(NewSession::new(1)));
    let session = leader.finish().unwrap();
    let _ = store.end_as(session.id(), EndAs::logged_out().pinned_too());
    waiter.waits();
    assert_eq!(gate.waiting(), 1, "it logs in itself");
    gate.open(Ok(NewSession::new(2)));
    assert_eq!((*waiter.finish().unwrap().data(), held(&slot)), (2, Some(2)));
    balanced(&store, 1);
}

#[test]
fn waiters_get_the_session_of_a_nested_login() {
    let store = store();
    let (slot, gate) = (single(&store), Gate::new());
    let outer = slot.get_or_login(|| {
        let mut waiter = asking(&slot, &gate);
        waiter.waits();
        let inner = log_in(&slot, 2).unwrap();
        assert_eq!(waiter.woken(), 1, "it waits for the outer login");
        assert!(same(&waiter.finish().unwrap(), &inner));
        NewSession::new(1)
    });
    assert_eq!((*outer.unwrap().data(), held(&slot)), (2, Some(2)));
    balanced(&store, 1);
}

#[test]
fn thread_waits_for_the_login_of_a_task() {
    within_a_minute(|| {
        let store = store();
        let slot = ReusableSession::new(&store).single_flight(Duration::MAX);
        let gate = Gate::<Result<NewSession<u32>, ()>>::new();
        let mut leader = Task::new(slot.get_or_login_async(|| gate.pass()));
        leader.waits();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| slot.get_or_login(|| unreachable!("another logs in")));
            gate.open(Ok(NewSession::new(4)));
            let session = leader.finish().unwrap();
            assert!(same(&waiter.join().unwrap().unwrap(), &session));
        });
        balanced(&store, 1);
    });
}
