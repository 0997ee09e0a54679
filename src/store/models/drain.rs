//! Models of draining: what a drain waits for is told, whenever the last lease comes back.

use std::time::Duration;

use super::super::handle::SessionStore;
use super::super::selector::Selector;
use super::setup::setup;
use crate::error::AcquireError;
use crate::session::{NewSession, Session};
use crate::sync::Arc;
use crate::sync::checker::{exhaustively, interrupted_at_most, spawn};

type Store = SessionStore<u32>;

fn one() -> (Arc<Store>, Session<u32>) {
    let store = setup().0.build().unwrap();
    let session = store.create(NewSession::new(0)).unwrap();
    (Arc::new(store), session)
}

/// Drains everything. A wake-up that is lost is a deadlock.
fn drain(store: &Store, session: &Session<u32>) -> usize {
    let drained = store.drain(&Selector::all()).wait(Duration::MAX);
    assert_eq!((drained.leases, session.leases()), (0, 0));
    assert!(matches!(store.acquire(session), Err(AcquireError::Ended(_))));
    drained.ended
}

#[test]
fn a_lease_that_comes_back_meanwhile_is_waited_for() {
    exhaustively(1_000, || {
        let (store, session) = one();
        let lease = store.acquire(&session).unwrap();
        let user = spawn(move || drop(lease));
        assert_eq!(drain(&store, &session), 1);
        user.join().unwrap();
        assert!(store.table().context.drained.take(9).len() <= 1);
    });
}

#[test]
fn the_last_of_two_leases_is_waited_for() {
    interrupted_at_most(3, 5_000, || {
        let (store, session) = one();
        let leases = [(); 2].map(|()| store.acquire(&session).unwrap());
        let users = leases.map(|lease| spawn(move || drop(lease)));
        assert_eq!(drain(&store, &session), 1);
        users.into_iter().for_each(|user| user.join().unwrap());
    });
}

#[test]
fn a_lease_that_is_taken_meanwhile_is_refused_or_waited_for() {
    exhaustively(8_000, || {
        let (store, session) = one();
        let user = spawn({
            let (store, session) = (Arc::clone(&store), session.clone());
            move || drop(store.acquire(&session))
        });
        assert_eq!(drain(&store, &session), 1);
        user.join().unwrap();
    });
}

#[test]
fn two_drains_wait_for_the_same_lease() {
    interrupted_at_most(3, 20_000, || {
        let (store, session) = one();
        let lease = store.acquire(&session).unwrap();
        let other = spawn({
            let (store, session) = (Arc::clone(&store), session.clone());
            move || drain(&store, &session)
        });
        let user = spawn(move || drop(lease));
        let ended = drain(&store, &session);
        user.join().unwrap();
        assert_eq!(ended + other.join().unwrap(), 1, "it ends once");
    });
}
