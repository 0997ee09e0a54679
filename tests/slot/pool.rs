//! Sessions to borrow: the last one given back goes first.

use std::cell::Cell;

use tenure::{
    CreateError, EndOutcome, EndReason, Limit, LimitKind, Limits, NewSession, SessionPool,
    SessionStore,
};

use crate::common::{Store, of, plain, secs};
use crate::setup::{balanced, ended, store, too_long, why};

/// Borrows from the pool; a new one gets this number.
fn borrow(pool: &SessionPool<u32>, number: u32) -> tenure::PooledSession<u32> {
    pool.checkout(|| NewSession::new(number)).unwrap()
}

#[test]
fn the_last_one_given_back_goes_first() {
    let store = store();
    let pool = SessionPool::new(&store);
    assert!(pool.is_empty());
    let mut lent: Vec<_> = (0..5).map(|number| borrow(&pool, number)).collect();
    assert_eq!((pool.len(), store.stats().live), (0, 5));
    for at in [3, 0, 1, 1, 0] {
        drop(lent.remove(at));
    }
    assert_eq!((pool.len(), pool.is_empty()), (5, false));
    // Given back were 3, 0, 2, 4 and 1.
    let again: Vec<_> = (9..15).map(|number| borrow(&pool, number)).collect();
    let numbers: Vec<_> = again.iter().map(|session| *session.data()).collect();
    assert_eq!(numbers, [1, 4, 2, 0, 3, 14]);
    assert_eq!(store.stats().created, 6);
    balanced(&store, 0);
}

#[test]
fn one_that_waits_needs_no_login() {
    let store = store();
    let pool = SessionPool::new(&store);
    let logins = Cell::new(0);
    let login = || {
        logins.set(logins.get() + 1);
        plain()
    };
    let name = pool.checkout(login).unwrap().track_id();
    for _ in 0..100 {
        assert_eq!(pool.checkout(login).unwrap().track_id(), name);
    }
    assert_eq!((logins.get(), store.stats().created, pool.len()), (1, 1, 1));
}

#[test]
fn clones_are_the_same_pool() {
    let store = store();
    let pool = SessionPool::new(&store);
    let other = pool.clone();
    let lent = borrow(&pool, 1);
    drop(pool);
    drop(lent);
    assert_eq!((other.len(), *borrow(&other, 2).data()), (1, 1));
}

#[test]
fn a_borrowed_one_is_in_use() {
    let limits = Limits::none().global(Limit::evict_oldest(2));
    let store: Store = SessionStore::builder().limits(limits).build().unwrap();
    let pool = SessionPool::new(&store);
    let (one, other) = (borrow(&pool, 1), borrow(&pool, 2));
    assert_eq!((one.leases(), store.stats().leases), (1, 2));
    assert!(matches!(store.create(plain()), Err(CreateError::Full { live: 2, .. })));
    assert!(matches!(pool.checkout(plain), Err(CreateError::Full { .. })));
    assert!(!one.is_ended() && !other.is_ended() && !one.is_pinned());
    drop(one);
    assert_eq!(store.stats().leases, 1);
    // From the pool it may be taken: it is an ordinary session.
    let newcomer = store.create(plain()).unwrap();
    assert!(!other.is_ended() && !newcomer.is_ended());
    assert_eq!(ended(&store, EndReason::Evicted { limit: LimitKind::Global }), 1);
    let again = borrow(&pool, 3);
    assert_eq!((*again.data(), pool.len()), (3, 0), "the evicted one is left out");
    assert!(newcomer.is_ended() && !other.is_ended());
    balanced(&store, 0);
}

#[test]
fn what_ended_while_it_waited_is_left_out() {
    let store = store();
    let pool = SessionPool::new(&store);
    let lent = [1, 2, 3, 4].map(|number| borrow(&pool, number));
    let ids = lent.each_ref().map(|session| session.id());
    drop(lent);
    // Arrays drop from the front: 4 was given back last.
    assert!(matches!(store.end(&ids[3]), EndOutcome::Ended(_)));
    assert!(matches!(store.kill(&ids[1]), EndOutcome::Ended(_)));
    let again = [5, 6, 7].map(|number| borrow(&pool, number));
    assert_eq!(again.each_ref().map(|session| *session.data()), [3, 1, 7]);
    assert!(pool.is_empty());
    balanced(&store, 0);
    assert_eq!((ended(&store, EndReason::LoggedOut), ended(&store, EndReason::Killed)), (1, 1));
}

#[test]
fn what_ended_while_it_was_lent_is_not_kept() {
    let store = store();
    let pool = SessionPool::new(&store);
    let lent = borrow(&pool, 1);
    assert!(matches!(store.kill(&lent.id()), EndOutcome::Ended(_)));
    let session = tenure::Session::clone(&lent);
    drop(lent);
    assert_eq!((pool.len(), why(&session)), (0, Some(EndReason::Killed)));
    assert_eq!(*borrow(&pool, 2).data(), 2);
    balanced(&store, 0);
}

#[test]
fn a_dirty_one_is_logged_out() {
    let store = store();
    let pool = SessionPool::new(&store);
    let mut lent = borrow(&pool, 1);
    lent.mark_dirty();
    lent.mark_dirty();
    assert!(!lent.is_ended(), "whoever has it may go on with it");
    let session = tenure::Session::clone(&lent);
    drop(lent);
    assert_eq!((pool.len(), why(&session)), (0, Some(EndReason::LoggedOut)));
    // The next one is clean.
    drop(borrow(&pool, 2));
    assert_eq!((pool.len(), *borrow(&pool, 3).data()), (1, 2));
    balanced(&store, 0);
}

#[test]
fn a_login_that_fails_lends_nothing() {
    let store = store();
    let pool = SessionPool::new(&store);
    let refused = pool.checkout(|| of(&too_long()));
    assert!(matches!(refused, Err(CreateError::NameTooLong { .. })));
    let panics = std::panic::AssertUnwindSafe(|| pool.checkout(|| panic!("on purpose")).map(drop));
    assert!(std::panic::catch_unwind(panics).is_err());
    assert_eq!((pool.len(), store.stats().created), (0, 0));
    assert_eq!(*borrow(&pool, 1).data(), 1);
    // The login may use the pool.
    let lent = borrow(&pool, 2);
    let outer = pool.checkout(|| {
        assert_eq!(*borrow(&pool, 3).data(), 3);
        plain()
    });
    assert_eq!((pool.len(), *lent.data()), (1, 1));
    drop((lent, outer));
    assert_eq!(pool.len(), 3);
    let _ = store.close();
    assert_eq!(pool.checkout(plain).map(drop).unwrap_err(), CreateError::Closed);
    balanced(&store, 0);
}

/// A session that nobody could use is still lent, and says that it has ended.
#[test]
fn one_that_ends_at_once_is_not_kept() {
    let clock = tenure::ManualClock::new();
    let store: Store = SessionStore::builder().clock(clock.clone()).build().unwrap();
    let pool = SessionPool::new(&store).margin(secs(0));
    let lent = pool.checkout(|| plain().absolute_timeout(Some(secs(1)))).unwrap();
    clock.advance(secs(1));
    assert!(lent.is_ended());
    drop(lent);
    assert_eq!((pool.len(), ended(&store, EndReason::AbsoluteTimeout)), (0, 1));
    balanced(&store, 0);
}
