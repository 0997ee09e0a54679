//! Models of deadlines that are moved while sessions are used and expire.

use std::time::Duration;

use super::super::handle::SessionStore;
use super::setup::{setup, telling};
use crate::clock::StillClock;
use crate::end::EndReason;
use crate::error::LookupError;
use crate::session::{NewSession, Session};
use crate::sync::checker::{exhaustively, interrupted_at_most, spawn};
use crate::sync::{Arc, AtomicBool, Ordering};
use crate::timeouts::Timeouts;

type Store = SessionStore<u32>;

const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// A store with one session with these timeouts, created at tick 0.
fn one(timeouts: Timeouts) -> (Store, Session<u32>, StillClock) {
    let (builder, clock) = setup();
    let store = builder.timeouts(timeouts).build().unwrap();
    let session = store.create(NewSession::new(0)).unwrap();
    (store, session, clock)
}

/// How an expired session is met.
type Meet = fn(&Store, &Session<u32>);

const BY_LOOKUP: Meet = |store, session| drop(store.peek(&session.id()));
const BY_REAP: Meet = |store, _| {
    let _ = store.reap();
};

/// The clock passes the old deadline, and a thread meets the session, while it is put off.
fn put_off_meanwhile(meet: Meet) {
    let (store, session, clock) = one(Timeouts::none().absolute(micros(10)));
    let other = spawn({
        let (store, session) = (store.clone(), session.clone());
        move || {
            clock.set(20);
            meet(&store, &session);
        }
    });
    let moved = store.set_timeouts(&session.id(), Timeouts::none().absolute(micros(30)));
    let at_once = session.tombstone();
    other.join().unwrap();
    assert_eq!(moved.is_err(), session.tombstone().is_some(), "it ended by the old deadline");
    assert_eq!(at_once, session.tombstone());
    assert_eq!(store.peek(&session.id()).is_ok(), moved.is_ok());
}

#[test]
fn a_deadline_put_off_ends_nothing_by_a_lookup() {
    exhaustively(150, || put_off_meanwhile(BY_LOOKUP));
}

#[test]
fn a_deadline_put_off_ends_nothing_by_a_reap() {
    exhaustively(60, || put_off_meanwhile(BY_REAP));
}

#[test]
fn a_deadline_brought_forward_is_obeyed_once_the_call_has_returned() {
    exhaustively(200, || {
        let (store, session, clock) = one(Timeouts::none().absolute(micros(100)));
        let returned = Arc::new(AtomicBool::new(false));
        let other = spawn({
            let (store, session, returned) =
                (store.clone(), session.clone(), Arc::clone(&returned));
            move || {
                let after = returned.load(Ordering::Acquire);
                (after, store.peek(&session.id()).is_ok())
            }
        });
        store.expire_in(&session.id(), micros(5)).unwrap();
        clock.set(5);
        returned.store(true, Ordering::Release);
        let (after, found) = other.join().unwrap();
        assert!(!(after && found), "it was found after its deadline");
        assert!(store.touch(&session.id()).is_err());
        assert_eq!(session.tombstone().unwrap().reason(), EndReason::AbsoluteTimeout);
    });
}

#[test]
fn a_deadline_that_is_past_ends_the_session_at_once() {
    exhaustively(9_000, || {
        let (store, session, clock) = one(Timeouts::none().idle(micros(100)));
        clock.set(20);
        let other = spawn({
            let (store, session) = (store.clone(), session.clone());
            move || store.touch(&session.id()).is_ok()
        });
        let moved = store.set_timeouts(&session.id(), Timeouts::none().idle(micros(10)));
        let at_once = session.tombstone();
        assert_eq!(moved.err(), at_once.map(LookupError::Ended));
        let touched = other.join().unwrap();
        // A touch that came first has moved the deadline on: it lives, or has ended.
        assert!(touched || at_once.is_some());
        assert_eq!(session.tombstone(), at_once);
        assert_eq!(store.reap().ended.total(), 0);
    });
}

/// The clock passes the old deadline, and the reaper comes, while it is touched and put off.
#[test]
fn a_touch_a_reap_and_a_move_agree() {
    interrupted_at_most(3, 6_000, || {
        let (store, session, clock) = one(Timeouts::none().idle(micros(10)));
        clock.set(9);
        let toucher = spawn({
            let (store, session) = (store.clone(), session.clone());
            move || store.touch(&session.id()).is_ok()
        });
        let reaper = spawn({
            let (store, clock) = (store.clone(), clock.clone());
            move || {
                clock.set(12);
                store.reap().ended.total()
            }
        });
        let moved = store.set_timeouts(&session.id(), Timeouts::none().idle(micros(30))).is_ok();
        let (touched, reaped) = (toucher.join().unwrap(), reaper.join().unwrap());
        // It was touched in time or put off in time, and then lives; or neither.
        assert_eq!((touched, session.tombstone().is_none()), (moved, moved));
        assert!(!moved || reaped == 0);
    });
}

/// A long lease is given back while the session's idle timeout is shortened. The application sleeps
/// by a deadline in between, and perhaps asks once more.
fn told_of_the_shorter(asks: bool) {
    let (builder, clock) = setup();
    let (store, told) = telling(builder);
    let idle = |span| NewSession::new(0).idle_timeout(Some(micros(span)));
    let session = store.create(idle(100)).unwrap();
    let lease = store.acquire(&session.id()).unwrap();
    clock.set(100);
    assert_eq!(store.reap().next_deadline, None, "it is in use, and parked from now on");
    let _between = store.create(idle(50)).unwrap();
    let before = store.next_deadline();
    assert_eq!(before, Some(micros(50)));
    told.store(0, Ordering::Relaxed);
    let user = spawn(move || drop(lease));
    let asker = asks.then(|| {
        let store = store.clone();
        spawn(move || store.next_deadline())
    });
    store.set_timeouts(&session.id(), Timeouts::none().idle(micros(5))).unwrap();
    user.join().unwrap();
    let sleep = asker.map_or(before, |asker| asker.join().unwrap());
    let told = told.load(Ordering::Relaxed) > 0;
    assert!(told || sleep.is_some_and(|sleep| sleep <= micros(5)), "it sleeps for {sleep:?}");
    clock.set(105);
    assert_eq!(store.reap().ended.count(EndReason::IdleTimeout), 1);
}

#[test]
fn a_sleeper_is_told_of_a_deadline_brought_forward_while_a_lease_returns() {
    exhaustively(1_000, || told_of_the_shorter(false));
}

#[test]
fn a_sleeper_that_asks_meanwhile_is_told_too() {
    interrupted_at_most(3, 6_000, || told_of_the_shorter(true));
}

#[test]
fn a_sleeper_that_asks_while_a_deadline_is_brought_forward_oversleeps_nothing() {
    exhaustively(9, || {
        let (builder, _clock) = setup();
        let (store, told) = telling(builder);
        let session = store.create(NewSession::new(0)).unwrap();
        let mover = spawn({
            let (store, session) = (store.clone(), session.clone());
            move || drop(store.expire_in(&session.id(), micros(5)).unwrap())
        });
        let sleep = store.next_deadline();
        mover.join().unwrap();
        let told = told.load(Ordering::Relaxed) > 0;
        assert!(told || sleep == Some(micros(5)), "it sleeps for {sleep:?}");
    });
}
