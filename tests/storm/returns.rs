//! Leases that are returned in the middle of a search for a victim in a small group.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tenure::{Limit, Limits, ManualClock, Session, SessionStore};

use crate::common::{Store, meet, of, spin_until};

const ROUNDS: usize = 1_000;

/// A full store of one principal with every session in use, and the leases.
fn all_in_use(limits: Limits, many: usize) -> (Store, Vec<Session<u32>>, Vec<tenure::Lease<u32>>) {
    let builder = SessionStore::builder().limits(limits).clock(ManualClock::new());
    let store: Store = builder.build().unwrap();
    let sessions: Vec<_> = (0..many).map(|_| store.create(of("alice")).unwrap()).collect();
    let leases = sessions.iter().map(|session| store.acquire(&session.id()).unwrap()).collect();
    (store, sessions, leases)
}

/// Spins for a time that differs from round to round, so that the threads meet in many places.
fn linger(round: usize) {
    for _ in 0..2 * (round % 64) {
        std::hint::spin_loop();
    }
}

/// The first is free whenever the last is, and is older: the last must never go in its place.
fn never_the_younger(limits: &Limits, many: usize) {
    for round in 0..ROUNDS {
        let (store, sessions, mut leases) = all_in_use(limits.clone(), many);
        let (last, first) = (leases.pop(), leases.swap_remove(0));
        let ready = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                meet(&ready, 2);
                linger(round);
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
    for round in 0..ROUNDS {
        let (store, sessions, mut leases) = all_in_use(limits.clone(), many);
        let first = leases.swap_remove(0);
        // The last has taken its place.
        drop(leases.swap_remove(0));
        let (ready, created) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            scope.spawn(|| {
                meet(&ready, 2);
                linger(round);
                drop(first);
                let last = store.acquire(&sessions[many - 1].id());
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

#[test]
fn older_session_is_evicted_though_both_leases_return_during_the_search() {
    never_the_younger(&Limits::none().per_principal(Limit::evict_oldest(16)), 16);
}

#[test]
fn create_succeeds_while_one_session_is_always_free() {
    never_all(&Limits::none().per_principal(Limit::evict_oldest(16)), 16);
}
