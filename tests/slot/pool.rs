//! Sessions to borrow: the last one given back goes first.

use std::sync::{Arc, OnceLock};

use tenure::slot::{LoginError, SessionPool};
use tenure::{
    CreateError, EndAs, EndOutcome, EndReason, Limit, LimitKind, Limits, ManualClock, NewSession,
    SessionStore,
};

use crate::common::{Store, plain, secs};
use crate::setup::{balanced, ended, store, why};

/// Borrows from the pool; a new one gets this number.
fn borrow(pool: &SessionPool<u32>, number: u32) -> tenure::slot::PooledSession<u32> {
    pool.checkout(|| NewSession::new(number)).unwrap()
}

#[test]
fn last_session_given_back_is_lent_first() {
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
fn clones_share_the_pool() {
    let store = store();
    let pool = SessionPool::new(&store);
    let other = pool.clone();
    let lent = borrow(&pool, 1);
    drop(pool);
    drop(lent);
    assert_eq!((other.len(), *borrow(&other, 2).data()), (1, 1));
}

#[test]
fn lent_session_is_in_use() {
    let limits = Limits::none().global(Limit::evict_oldest(2));
    let store: Store = SessionStore::builder().limits(limits).build().unwrap();
    let pool = SessionPool::new(&store);
    let (one, other) = (borrow(&pool, 1), borrow(&pool, 2));
    assert_eq!((one.leases(), store.stats().leases), (1, 2));
    assert!(matches!(store.create(plain()), Err(CreateError::Full { live: 2, .. })));
    let refused = pool.checkout(plain);
    assert!(matches!(refused, Err(LoginError::Create(CreateError::Full { .. }))));
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
fn session_that_ended_while_idle_is_not_lent() {
    let store = store();
    let pool = SessionPool::new(&store);
    let lent = [1, 2, 3, 4].map(|number| borrow(&pool, number));
    let ids = lent.each_ref().map(|session| session.id());
    drop(lent);
    // Arrays drop from the front: 4 was given back last.
    assert!(matches!(store.end(ids[3]), EndOutcome::Ended(_)));
    assert!(matches!(store.end_as(ids[1], EndAs::killed()), EndOutcome::Ended(_)));
    let again = [5, 6, 7].map(|number| borrow(&pool, number));
    assert_eq!(again.each_ref().map(|session| *session.data()), [3, 1, 7]);
    assert!(pool.is_empty());
    balanced(&store, 0);
    assert_eq!((ended(&store, EndReason::LoggedOut), ended(&store, EndReason::Killed)), (1, 1));
}

#[test]
fn session_that_ended_while_lent_is_not_kept() {
    let store = store();
    let pool = SessionPool::new(&store);
    let lent = borrow(&pool, 1);
    assert!(matches!(store.end_as(lent.id(), EndAs::killed()), EndOutcome::Ended(_)));
    let session = tenure::Session::clone(&lent);
    drop(lent);
    assert_eq!((pool.len(), why(&session)), (0, Some(EndReason::Killed)));
    assert_eq!(*borrow(&pool, 2).data(), 2);
    balanced(&store, 0);
}

#[test]
fn dirty_session_is_logged_out() {
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
fn login_may_use_the_pool() {
    let store = store();
    let pool = SessionPool::new(&store);
    let outer = pool.checkout(|| {
        assert_eq!(*borrow(&pool, 3).data(), 3);
        plain()
    });
    assert_eq!(pool.len(), 1);
    drop(outer);
    assert_eq!(pool.len(), 2);
    balanced(&store, 0);
}

/// A session that nobody could use is still lent, and says that it has ended.
#[test]
fn session_that_ends_at_once_is_not_kept() {
    let clock = tenure::ManualClock::new();
    let store: Store = SessionStore::builder().clock(clock.clone()).build().unwrap();
    let pool = SessionPool::new(&store).margin(secs(0));
    let lent = pool.checkout(|| plain().absolute_timeout(secs(1))).unwrap();
    clock.advance(secs(1));
    assert!(lent.is_ended());
    drop(lent);
    assert_eq!((pool.len(), ended(&store, EndReason::AbsoluteTimeout)), (0, 1));
    balanced(&store, 0);
}

/// "A borrowed one is in use": also from another thread that needs its place at the same moment,
/// which is played by the warning that comes between its creation and its lease.
#[test]
fn session_is_in_use_from_its_creation_on() {
    let (place, full): (Arc<OnceLock<Store>>, _) = (Arc::default(), Limit::evict_oldest(1));
    let inner = Arc::clone(&place);
    let builder = SessionStore::builder().limits(Limits::none().global(full));
    let builder = builder.clock(ManualClock::new()).on_earlier_deadline(move || {
        let _ = inner.get().unwrap().create(plain().absolute_timeout(None));
    });
    let store: Store = builder.build().unwrap();
    assert!(place.set(store.clone()).is_ok());
    assert_eq!(store.next_deadline(), None);
    let lent = SessionPool::new(&store).checkout(plain);
    assert!(lent.is_err() || lent.is_ok_and(|lent| !lent.is_ended()));
}
