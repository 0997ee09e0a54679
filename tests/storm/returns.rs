//! Leases that are returned in the middle of a search for a victim: in a group that is small
//! enough to be read through, in one that has an index, and in the index of all sessions.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use tenure::{Limit, Limits, ManualClock, Session, SessionStore};

use crate::common::{Store, factor, meet, of, spin_until};

/// So many sessions of a group are read through, and no more.
const SMALL: usize = 16;
/// An index of two levels.
const LARGE: usize = 40;

fn per_principal(many: usize) -> Limits {
    Limits::none().per_principal(Limit::evict_oldest(many))
}

fn global(many: usize) -> Limits {
    Limits::none().global(Limit::evict_oldest(many))
}

fn rounds() -> usize {
    300 * factor()
}

/// A full store of one principal with every session in use, and the leases. In every other round
/// a search has met all of them before.
fn all_in_use(
    limits: &Limits,
    many: usize,
    round: usize,
) -> (Store, Vec<Session<u32>>, Vec<tenure::Lease<u32>>) {
    let builder = SessionStore::builder().limits(limits.clone()).clock(ManualClock::new());
    let store: Store = builder.build().unwrap();
    let sessions: Vec<_> = (0..many).map(|_| store.create(of("alice")).unwrap()).collect();
    let leases = sessions.iter().map(|session| store.acquire(session.id()).unwrap()).collect();
    if round.is_multiple_of(2) {
        assert!(store.create(of("alice")).is_err());
    }
    (store, sessions, leases)
}

/// Spins for a time that differs from round to round, so that the threads meet in many places.
fn linger(round: usize, many: usize) {
    for _ in 0..many * (round % 64) / 8 {
        std::hint::spin_loop();
    }
}

/// The first is free whenever the last is, and is older: the last must never go in its place.
fn never_the_younger(limits: &Limits, many: usize) {
    for round in 0..rounds() {
        let (store, sessions, mut leases) = all_in_use(limits, many, round);
        let (last, first) = (leases.pop(), leases.swap_remove(0));
        let ready = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                meet(&ready, 2);
                linger(round, many);
                drop(first);
                drop(last);
            });
            meet(&ready, 2);
            // It may come before either is free, and be refused.
            let _ = store.create(of("alice"));
        });
        assert!(!sessions[many - 1].is_ended(), "round {round}: the last of {many} went");
    }
}

/// At every moment the first or the last is free: no create may find all of them in use.
fn never_all(limits: &Limits, many: usize) {
    for round in 0..rounds() {
        let (store, sessions, mut leases) = all_in_use(limits, many, round);
        let first = leases.swap_remove(0);
        // The last has taken its place.
        drop(leases.swap_remove(0));
        let (ready, created) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            scope.spawn(|| {
                meet(&ready, 2);
                linger(round, many);
                drop(first);
                let last = store.acquire(sessions[many - 1].id());
                spin_until(|| created.load(Ordering::Relaxed) == 1);
                drop(last);
            });
            meet(&ready, 2);
            let new = store.create(of("alice"));
            created.store(1, Ordering::Relaxed);
            assert!(new.is_ok(), "round {round}: {:?}", new.err());
        });
    }
}

/// As [`never_all`], but the two are used in turn until one was evicted.
fn never_all_in_turn(limits: &Limits, many: usize) {
    for round in 0..rounds() {
        let (store, sessions, mut leases) = all_in_use(limits, many, round);
        let ids = [sessions[0].id(), sessions[many - 1].id()];
        let mut held = Some(leases.swap_remove(0));
        drop(leases.swap_remove(0));
        let (ready, created) = (AtomicUsize::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                meet(&ready, 2);
                for id in ids.into_iter().cycle().skip(1) {
                    // Given back before the other is taken.
                    drop(held.take());
                    held = store.acquire(id).ok();
                    if held.is_none() || created.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
            meet(&ready, 2);
            let new = store.create(of("alice"));
            created.store(true, Ordering::Relaxed);
            assert!(new.is_ok(), "round {round}: {:?}", new.err());
        });
    }
}

#[test]
fn older_session_is_evicted_from_a_small_group_though_both_leases_return_during_the_search() {
    never_the_younger(&per_principal(SMALL), SMALL);
}

#[test]
fn older_session_is_evicted_from_a_large_group_though_both_leases_return_during_the_search() {
    never_the_younger(&per_principal(LARGE), LARGE);
}

#[test]
fn older_session_is_evicted_from_the_store_though_both_leases_return_during_the_search() {
    never_the_younger(&global(LARGE), LARGE);
}

#[test]
fn create_succeeds_while_one_session_of_a_small_group_is_always_free() {
    never_all(&per_principal(SMALL), SMALL);
    never_all_in_turn(&per_principal(SMALL), SMALL);
    never_all_in_turn(&per_principal(2), 2);
}

#[test]
fn create_succeeds_while_one_session_of_a_large_group_is_always_free() {
    never_all(&per_principal(LARGE), LARGE);
    never_all_in_turn(&per_principal(LARGE), LARGE);
}

#[test]
fn create_succeeds_while_one_session_of_the_store_is_always_free() {
    never_all(&global(LARGE), LARGE);
    never_all_in_turn(&global(LARGE), LARGE);
    never_all_in_turn(&global(2), 2);
}
