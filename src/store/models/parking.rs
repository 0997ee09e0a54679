//! Models of parking: a session whose last lease was given back is found, in its order.

use super::super::handle::SessionStore;
use super::setup::{id, limited};
use crate::clock::{Clock, StillClock};
use crate::error::{CreateError, Shortage};
use crate::limits::{Limit, Limits};
use crate::session::{Lease, NewSession, Session};
use crate::sync::checker::{exhaustively, interrupted_at_most, join_all, spawn};
use crate::sync::{Arc, AtomicBool, Ordering};
use crate::tick::Tick;

type Store = SessionStore<u32>;

/// How victims are found.
#[derive(Clone, Copy)]
enum By {
    /// In the index of all sessions.
    Index,
    /// In a group that has no index: each is read.
    SmallGroup,
}

/// A full store of this many sessions, all of them leased.
fn all_leased<const N: usize>(by: By) -> (Store, [Session<u32>; N], [Lease<u32>; N], StillClock) {
    let limit = Limit::evict_oldest(N);
    let (store, clock) = limited(match by {
        By::Index => Limits::none().global(limit),
        By::SmallGroup => Limits::none().per_principal(limit),
    });
    let sessions = [(); N].map(|()| store.create(new()).unwrap());
    let leases = sessions.each_ref().map(|session| store.acquire(&session.id()).unwrap());
    (store, sessions, leases, clock)
}

fn new() -> NewSession<u32> {
    NewSession::new(0).principal("alice")
}

/// Whether there was room for a newcomer. If not, every session was in use.
fn room(store: &Store) -> bool {
    match store.create(new()) {
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
    let (store, [session], [lease], _clock) = all_leased::<1>(By::Index);
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
fn the_younger_stays(by: By, apart: u64) {
    let (store, [older, younger], [first, second], clock) = all_leased::<2>(by);
    // A search of a small group only loads the words, so it has the spawned thread.
    let search = spawn({
        let store = store.clone();
        move || {
            let _ = room(&store);
        }
    });
    drop(first);
    clock.set(1 + apart);
    drop(second);
    search.join().unwrap();
    let made = store.stats().created > 2;
    assert_eq!(made, older.tombstone().is_some(), "another was evicted than the older");
    assert!(younger.tombstone().is_none(), "the younger was evicted, and the older was free");
    assert!(made || room(&store) && older.tombstone().is_some());
}

#[test]
fn the_younger_of_two_returned_at_one_tick_stays() {
    exhaustively(7_800, || the_younger_stays(By::Index, 0));
}

#[test]
fn the_younger_of_two_returned_as_time_goes_by_stays() {
    exhaustively(7_800, || the_younger_stays(By::Index, 1));
}

#[test]
fn the_younger_of_two_in_a_small_group_stays() {
    interrupted_at_most(4, 2_400, || the_younger_stays(By::SmallGroup, 0));
}

/// One of two sessions is given back before the other is taken, so that one is free at every
/// moment.
fn one_is_always_free(apart: u64) {
    let (store, [_first, second], [lease, other], clock) = all_leased::<2>(By::Index);
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

/// In a group without an index, where a search that reads one after the other may meet each in
/// use, and once more when it looks again.
#[test]
fn two_of_a_small_group_used_in_turn_make_room() {
    interrupted_at_most(5, 100_000, || {
        let (store, sessions, [lease, other], clock) = all_leased::<2>(By::SmallGroup);
        drop(other);
        let search = spawn(move || assert!(room(&store), "one was free at every moment"));
        let mut lease = Some(lease);
        for next in [1, 0, 1] {
            drop(lease.take());
            lease = Lease::of(sessions[next].clone(), clock.now()).ok();
        }
        search.join().unwrap();
    });
}

#[test]
fn a_parked_session_that_is_used_again_is_found_afterwards() {
    exhaustively(20_000, || {
        let (store, [session], [lease], _clock) = all_leased::<1>(By::Index);
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
