//! Models of parking: a session whose last lease was given back is found, in its order.

use super::super::handle::SessionStore;
use super::setup::{capped, id};
use crate::clock::{Clock, StillClock};
use crate::error::{CreateError, Shortage};
use crate::session::{Lease, NewSession, Session};
use crate::sync::checker::{exhaustively, join_all, spawn};
use crate::sync::{Arc, AtomicBool, Ordering};
use crate::time::Tick;

type Store = SessionStore<u32>;

/// A full store of this many sessions, all of them leased.
fn all_leased<const N: usize>() -> (Store, [Session<u32>; N], [Lease<u32>; N], StillClock) {
    let (store, clock) = capped(N);
    let sessions = [0; N].map(|data| store.create(NewSession::new(data)).unwrap());
    let leases = sessions.each_ref().map(|session| store.acquire(&session.id()).unwrap());
    (store, sessions, leases, clock)
}

/// Whether there was room for a newcomer. If not, every session was in use.
fn room(store: &Store) -> bool {
    match store.create(NewSession::new(0)) {
        Ok(_) => true,
        Err(CreateError::Full { why: Shortage::AllInUse, .. }) => false,
        Err(other) => panic!("{other}"),
    }
}

/// A visit to the store's lock that changes nothing but empties the return queue.
fn visit(store: &Store) {
    let _ = store.end(&id(u64::MAX));
}

/// Gives the only lease back while this many threads, beside this one, look for a victim `times`.
fn returned_while_searched(searchers: usize, times: usize, visitor: bool) {
    let (store, [session], [lease], _clock) = all_leased::<1>();
    // The searcher hears of it as any application does, by something that orders the two.
    let returned = Arc::new(AtomicBool::new(false));
    let user = spawn({
        let returned = Arc::clone(&returned);
        move || {
            drop(lease);
            returned.store(true, Ordering::Release);
        }
    });
    let others = (0..searchers).map(|_| {
        let store = store.clone();
        spawn(move || {
            let _ = room(&store);
        })
    });
    let others: Vec<_> = others.collect();
    let visitor = visitor.then(|| {
        let store = store.clone();
        spawn(move || visit(&store))
    });
    for _ in 0..times {
        let free = returned.load(Ordering::Acquire);
        assert!(room(&store) || !free, "its lease was back, and it was not found");
    }
    user.join().unwrap();
    join_all(others);
    join_all(visitor);
    assert!(session.tombstone().is_some() || room(&store), "it is free, and is never found");
}

#[test]
fn a_returned_session_is_found_by_one_searcher() {
    exhaustively(150, || returned_while_searched(0, 1, false));
}

#[test]
fn a_returned_session_is_found_by_a_searcher_that_comes_twice() {
    exhaustively(1_500, || returned_while_searched(0, 2, false));
}

#[test]
fn a_returned_session_is_found_by_two_searchers() {
    exhaustively(10_000, || returned_while_searched(1, 1, false));
}

#[test]
fn a_returned_session_is_found_if_a_visitor_empties_the_queue() {
    exhaustively(5_000, || returned_while_searched(0, 1, true));
}

/// Two leases go back in the order of their sessions' age, `apart` ticks apart, while a newcomer
/// needs a place.
fn the_younger_stays(apart: u64) {
    let (store, [older, younger], [first, second], clock) = all_leased::<2>();
    let user = spawn(move || {
        drop(first);
        clock.set(1 + apart);
        drop(second);
    });
    let made = room(&store);
    assert_eq!(made, older.tombstone().is_some(), "another was evicted than the older");
    user.join().unwrap();
    assert!(younger.tombstone().is_none(), "the younger was evicted, and the older was free");
    assert!(made || room(&store) && older.tombstone().is_some());
}

#[test]
fn the_younger_of_two_returned_at_one_tick_stays() {
    exhaustively(10_000, || the_younger_stays(0));
}

#[test]
fn the_younger_of_two_returned_as_time_goes_by_stays() {
    exhaustively(10_000, || the_younger_stays(1));
}

/// One of two sessions is given back before the other is taken, so that one is free at every
/// moment.
fn one_is_always_free(apart: u64) {
    let (store, [_first, second], [lease, other], clock) = all_leased::<2>();
    drop(other);
    let user = spawn(move || {
        drop(lease);
        clock.set(1 + apart);
        drop(Lease::of(second, clock.now()));
    });
    assert!(room(&store), "one was free at every moment");
    user.join().unwrap();
}

#[test]
fn two_used_in_turn_at_one_tick_make_room() {
    exhaustively(80_000, || one_is_always_free(0));
}

#[test]
fn two_used_in_turn_as_time_goes_by_make_room() {
    exhaustively(80_000, || one_is_always_free(1));
}

#[test]
fn a_parked_session_that_is_used_again_is_found_afterwards() {
    exhaustively(20_000, || {
        let (store, [session], [lease], _clock) = all_leased::<1>();
        assert!(!room(&store), "it is in use, and parked from now on");
        let first = spawn(move || drop(lease));
        let second = spawn({
            let session = session.clone();
            move || drop(Lease::of(session, Tick::from_micros(1)))
        });
        visit(&store);
        join_all([first, second]);
        assert!(room(&store), "it is free, and is never found");
    });
}
