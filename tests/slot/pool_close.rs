//! Closing a pool: in chunks, told before they end, and for good.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tenure::slot::{LoginError, PooledSession, SessionPool};
use tenure::{CreateError, EndReason, NewSession, Session};

use crate::common::plain;
use crate::setup::{balanced, ended, store, why};

fn chunk(size: usize) -> NonZeroUsize {
    NonZeroUsize::new(size).unwrap()
}

/// A pool in which so many wait, the numbers from 0 on.
fn filled(store: &crate::common::Store, count: u32) -> SessionPool<u32> {
    let pool = SessionPool::new(store);
    let login = |number| pool.checkout(|| NewSession::new(number)).unwrap();
    let lent: Vec<PooledSession<u32>> = (0..count).map(login).collect();
    drop(lent);
    assert_eq!(pool.len(), count as usize);
    pool
}

#[test]
fn pool_is_drained_in_chunks() {
    for (count, size, sizes) in [
        (10, 4, vec![4, 4, 2]),
        (8, 4, vec![4, 4]),
        (3, 10_000, vec![3]),
        (3, 1, vec![1, 1, 1]),
        (0, 5, vec![]),
        (3, usize::MAX, vec![3]),
        // More than the store ends at a time.
        (200, 150, vec![150, 50]),
    ] {
        let store = store();
        let pool = filled(&store, count);
        let (mut told, mut seen) = (Vec::new(), Vec::new());
        let closed = pool.close(chunk(size), |sessions| {
            assert!(sessions.iter().all(|session| !session.is_ended()), "told before they end");
            assert_eq!(ended(&store, EndReason::LoggedOut), seen.len() as u64, "chunk by chunk");
            told.push(sessions.len());
            seen.extend(sessions.iter().map(|session| *session.data()));
        });
        assert_eq!((closed, told), (count as usize, sizes));
        seen.sort_unstable();
        assert_eq!(seen, (0..count).collect::<Vec<_>>(), "each once");
        assert_eq!(ended(&store, EndReason::LoggedOut), u64::from(count));
        assert_eq!((pool.len(), store.stats().live), (0, 0));
        assert_eq!(pool.close(chunk(size), |_| unreachable!("nothing is left")), 0);
        balanced(&store, 0);
    }
}

#[test]
fn closed_pool_lends_nothing() {
    let store = store();
    let pool = filled(&store, 2);
    let other = pool.clone();
    pool.close(chunk(9), |_| ());
    for pool in [&pool, &other] {
        let refused = pool.checkout(|| unreachable!("nobody logs in")).map(drop);
        assert_eq!(refused.unwrap_err(), LoginError::Create(CreateError::Closed));
    }
    // The store is not closed.
    assert!(store.create(plain()).is_ok());
    balanced(&store, 0);
}

#[test]
fn session_given_back_to_a_closed_pool_is_logged_out() {
    let store = store();
    let pool = filled(&store, 2);
    let lent = pool.checkout(plain).unwrap();
    let session = Session::clone(&lent);
    assert_eq!(pool.close(chunk(9), |sessions| assert_eq!(sessions.len(), 1)), 1);
    assert!(!session.is_ended(), "it is in use");
    drop(lent);
    assert_eq!((why(&session), pool.len()), (Some(EndReason::LoggedOut), 0));
    balanced(&store, 0);
}

#[test]
fn session_given_back_during_a_drain_is_logged_out() {
    let store = store();
    let pool = filled(&store, 4);
    let lent = std::cell::Cell::new(Some(pool.checkout(plain).unwrap()));
    let closed = pool.close(chunk(2), |_| {
        assert!(pool.checkout(plain).is_err(), "it is closed from the beginning");
        drop(lent.take());
    });
    assert_eq!((closed, ended(&store, EndReason::LoggedOut), store.stats().live), (3, 4, 0));
    // One that logs in while the pool closes is lent, and not kept.
    let pool = filled(&store, 1);
    drop(pool.checkout(plain).unwrap());
    let taken = pool.checkout(plain).unwrap();
    let late = pool.checkout(|| {
        pool.close(chunk(2), |_| unreachable!("it is empty"));
        plain()
    });
    drop((taken, late.unwrap()));
    assert_eq!((pool.len(), store.stats().live), (0, 0));
    balanced(&store, 0);
}

#[test]
fn panicking_callback_of_a_drain_loses_no_session() {
    let store = store();
    let pool = filled(&store, 10);
    let mut calls = 0;
    let panics = catch_unwind(AssertUnwindSafe(|| {
        pool.close(chunk(3), |_| {
            calls += 1;
            assert!(calls < 2, "on purpose");
        })
    }));
    assert!(panics.is_err());
    assert_eq!((pool.len(), ended(&store, EndReason::LoggedOut)), (4, 6));
    assert!(pool.checkout(plain).is_err());
    let mut told = Vec::new();
    assert_eq!(pool.close(chunk(3), |sessions| told.push(sessions.len())), 4);
    assert_eq!((told, store.stats().live), (vec![3, 1], 0));
    balanced(&store, 0);
}

#[test]
fn callback_of_a_drain_may_use_the_store_and_the_pool() {
    let store = store();
    let pool = filled(&store, 5);
    let closed = pool.close(chunk(2), |sessions| {
        for session in sessions {
            assert!(store.peek(session.id()).is_ok());
            let _ = store.end(session.id());
        }
        let _ = (pool.len(), pool.checkout(plain).is_err(), format!("{pool:?}"));
        pool.close(chunk(1), |sessions| assert_eq!(sessions.len(), 1));
    });
    assert_eq!((closed, ended(&store, EndReason::LoggedOut)), (2, 5));
    balanced(&store, 0);
}

#[test]
fn dropped_pool_logs_out_idle_sessions() {
    let store = store();
    let pool = filled(&store, 100);
    let lent = pool.checkout(plain).unwrap();
    drop(pool.clone());
    assert_eq!(pool.len(), 99);
    drop(pool);
    assert_eq!(store.stats().live, 100, "what is lent keeps the pool");
    drop(lent);
    assert_eq!((ended(&store, EndReason::LoggedOut), store.stats().live), (100, 0));
    balanced(&store, 0);
}
