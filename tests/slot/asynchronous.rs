//! Logins that are futures.

use std::convert::Infallible;
use std::future::ready;
use std::sync::atomic::{AtomicU32, Ordering};

use tenure::slot::{LoginError, ReusableSession};
use tenure::{EndAs, EndReason, NewSession, Session};

use crate::common::plain;
use crate::executor::{Gate, Task};
use crate::setup::{balanced, ended, held, log_in, same, store, why};

type Answer = Result<NewSession<u32>, &'static str>;
type Asked = Result<Session<u32>, LoginError<&'static str>>;

/// Somebody who logs in at this gate.
fn asking<'a>(slot: &'a ReusableSession<u32>, gate: &'a Gate<Answer>) -> Task<'a, Asked> {
    Task::new(slot.get_or_login_async(|| gate.pass()))
}

#[test]
fn ready_login_needs_one_poll() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let login = || ready(Ok::<_, Infallible>(NewSession::new(1)));
    let session = Task::new(slot.get_or_login_async(login)).finish().unwrap();
    assert!(same(&slot.get().unwrap(), &session));
    // One that is held needs no login.
    let unused = || -> std::future::Pending<Answer> { unreachable!("there is a session") };
    assert!(same(&Task::new(slot.get_or_login_async(unused)).finish().unwrap(), &session));
    balanced(&store, 1);
}

#[test]
fn unpolled_future_does_nothing() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let gate = Gate::new();
    drop(asking(&slot, &gate));
    let mut task = asking(&slot, &gate);
    assert_eq!(gate.waiting(), 0);
    log_in(&slot, 3).unwrap();
    assert_eq!(*task.finish().unwrap().data(), 3);
    assert_eq!(store.stats().created, 1);
}

#[test]
fn pending_login_finishes_when_woken() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let gate = Gate::new();
    let mut task = asking(&slot, &gate);
    for _ in 0..3 {
        task.waits();
        assert!(slot.get().is_none());
        assert_eq!((gate.waiting(), store.stats().created), (1, 0));
    }
    gate.open(Ok(NewSession::new(4)));
    assert_eq!((*task.finish().unwrap().data(), held(&slot)), (4, Some(4)));
    balanced(&store, 1);
}

#[test]
fn dropped_future_drops_its_login() {
    let store = store();
    for slot in [
        ReusableSession::new(&store),
        ReusableSession::new(&store).single_flight(std::time::Duration::MAX),
    ] {
        let gate = Gate::new();
        let mut task = asking(&slot, &gate);
        task.waits();
        assert_eq!(gate.waiting(), 1);
        drop(task);
        assert_eq!((gate.waiting(), store.stats().live), (0, 0));
        log_in(&slot, 1).unwrap();
        balanced(&store, 1);
    }
}

#[test]
fn login_does_not_undo_an_invalidation() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let gate = Gate::new();
    let mut task = asking(&slot, &gate);
    for round in 1..4 {
        task.waits();
        assert!(!slot.invalidate());
        gate.open(Ok(NewSession::new(round)));
        // It logs in once more.
        task.waits();
        assert_eq!((held(&slot), store.stats().created), (None, u64::from(round)));
        assert_eq!(ended(&store, EndReason::Replaced), u64::from(round));
    }
    gate.open(Ok(NewSession::new(9)));
    assert_eq!((*task.finish().unwrap().data(), held(&slot)), (9, Some(9)));
    balanced(&store, 1);
}

#[test]
fn get_gives_up_after_eight_logins() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let logins = AtomicU32::new(0);
    let login = || {
        logins.fetch_add(1, Ordering::Relaxed);
        let slot = &slot;
        async move {
            slot.invalidate();
            Ok::<_, Infallible>(plain())
        }
    };
    let contended = Task::new(slot.get_or_login_async(login)).finish();
    assert_eq!(contended.unwrap_err(), LoginError::Contended { tries: 8 });
    assert_eq!((logins.load(Ordering::Relaxed), ended(&store, EndReason::Replaced)), (8, 8));
    balanced(&store, 0);
}

#[test]
fn first_of_two_tasks_to_return_wins() {
    let store = store();
    for late_wins in [false, true] {
        let slot = ReusableSession::new(&store);
        let gates = [Gate::new(), Gate::new()];
        let mut tasks = gates.each_ref().map(|gate| asking(&slot, gate));
        tasks.iter_mut().for_each(Task::waits);
        let (winner, loser) = if late_wins { (1, 0) } else { (0, 1) };
        gates[winner].open(Ok(NewSession::new(1)));
        let won = tasks[winner].finish().unwrap();
        tasks[loser].waits();
        gates[loser].open(Ok(NewSession::new(2)));
        let lost = tasks[loser].finish().unwrap();
        assert!(same(&won, &lost) && !won.is_ended());
        assert_eq!(held(&slot), Some(1));
        balanced(&store, 1);
    }
    assert_eq!((store.stats().created, ended(&store, EndReason::Replaced)), (4, 2));
}

#[test]
fn ended_winner_is_not_returned() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let gate = Gate::new();
    let mut task = asking(&slot, &gate);
    task.waits();
    let winner = log_in(&slot, 1).unwrap();
    let _ = store.end_as(winner.id(), EndAs::logged_out().pinned_too());
    gate.open(Ok(NewSession::new(2)));
    task.waits();
    gate.open(Ok(NewSession::new(3)));
    assert_eq!((*task.finish().unwrap().data(), held(&slot)), (3, Some(3)));
    assert_eq!(store.stats().created, 3);
    balanced(&store, 1);
}

#[test]
fn unfinished_future_keeps_the_slot_until_it_is_dropped() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let session = log_in(&slot, 1).unwrap();
    slot.invalidate();
    let gate = Gate::new();
    let mut task = asking(&slot, &gate);
    task.waits();
    drop(task);
    drop(slot);
    assert_eq!(why(&session), Some(EndReason::Killed));
    balanced(&store, 0);
}
