//! A session that waits in the pool while others use it.

use tenure::slot::{LoginError, SessionPool};
use tenure::{NewSession, Session};

use crate::common::{Store, plain};
use crate::setup::{balanced, store};

/// A session of the pool, and all leases that it can give.
fn exhausted(store: &Store, pool: &SessionPool<u32>) -> (Session<u32>, Vec<tenure::Lease<u32>>) {
    let session = (*pool.checkout(|| NewSession::new(1)).unwrap()).clone();
    let leases = (0..16_383).map(|_| store.acquire(&session).unwrap()).collect();
    (session, leases)
}

#[test]
fn session_without_free_leases_waits_on_in_the_pool() {
    let store = store();
    let pool = SessionPool::new(&store);
    let (session, leases) = exhausted(&store, &pool);
    let other = pool.checkout(|| NewSession::new(2)).unwrap();
    assert_eq!((*other.data(), pool.len(), session.is_ended()), (2, 1, false));
    drop(other);
    // The other is lent again, though it was not given back last.
    assert_eq!(*pool.checkout(plain).unwrap().data(), 2);
    drop(leases);
    let both = [pool.checkout(plain).unwrap(), pool.checkout(plain).unwrap()];
    assert_eq!(both.map(|lent| *lent.data()), [2, 1]);
    assert_eq!((pool.len(), store.stats().created), (2, 2));
    balanced(&store, 0);
}

#[test]
fn session_without_free_leases_keeps_its_place_in_the_pool() {
    let store = store();
    let pool = SessionPool::new(&store).max_sessions(1);
    let (session, leases) = exhausted(&store, &pool);
    assert_eq!(pool.checkout(plain).unwrap_err(), LoginError::TooMany { max: 1 });
    assert_eq!((pool.len(), session.is_ended()), (1, false));
    drop(leases);
    assert_eq!(*pool.checkout(plain).unwrap().data(), 1);
}
