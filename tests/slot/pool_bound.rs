//! A pool with a bound, and logins that fail or are futures.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use tenure::slot::{LoginError, PooledSession, SessionPool};
use tenure::{EndAs, EndReason, ManualClock, NewSession, SessionStore, Timeouts};

use crate::common::{Store, add_one, factor, plain, secs};
use crate::executor::{Gate, Task};
use crate::setup::{balanced, ended, store};

type Answer = Result<NewSession<u32>, &'static str>;

fn borrow(pool: &SessionPool<u32>, number: u32) -> PooledSession<u32> {
    pool.checkout(|| NewSession::new(number)).unwrap()
}

/// Whether the pool refuses to lend one more than it has.
#[track_caller]
fn is_full(pool: &SessionPool<u32>, max: usize) {
    let refused = pool.checkout(|| unreachable!("the pool is full")).map(drop);
    assert_eq!(refused.unwrap_err(), LoginError::TooMany { max });
}

#[test]
fn bound_counts_lent_and_idle_sessions() {
    let store = store();
    for (asked, max) in [(0, 1), (1, 1), (3, 3)] {
        let pool = SessionPool::new(&store).max_sessions(asked);
        let mut lent: Vec<_> = (0..max).map(|_| borrow(&pool, 1)).collect();
        is_full(&pool, max);
        // What comes back is lent again.
        drop(lent.pop());
        lent.push(borrow(&pool, 2));
        assert_eq!(*lent[max - 1].data(), 1);
        is_full(&pool, max);
        // What is logged out leaves its place.
        let mut dirty = lent.pop().unwrap();
        dirty.mark_dirty();
        is_full(&pool, max);
        drop(dirty);
        lent.push(borrow(&pool, 3));
        assert_eq!(*lent[max - 1].data(), 3);
        is_full(&pool, max);
        drop(lent);
        assert_eq!(pool.len(), max);
    }
    balanced(&store, 0);
}

#[test]
fn failed_login_frees_its_place() {
    let store = store();
    let pool = SessionPool::new(&store).max_sessions(1);
    let gate = Gate::<Answer>::new();
    for _ in 0..3 {
        let refused = pool.try_checkout(|| Err("wrong password")).map(drop);
        assert_eq!(refused.unwrap_err(), LoginError::Login("wrong password"));
        let zero = pool.checkout(|| plain().absolute_timeout(secs(0))).map(drop);
        assert!(matches!(zero, Err(LoginError::Create(_))));
        let login = || pool.checkout(|| panic!("on purpose")).map(drop);
        assert!(catch_unwind(AssertUnwindSafe(login)).is_err());
        let mut task = Task::new(pool.checkout_async(|| gate.pass()));
        task.waits();
        is_full(&pool, 1);
        drop(task);
        assert_eq!((gate.waiting(), store.stats().created), (0, 0));
    }
    let mut task = Task::new(pool.checkout_async(|| gate.pass()));
    task.waits();
    gate.open(Ok(NewSession::new(5)));
    let lent = task.finish().unwrap();
    is_full(&pool, 1);
    drop(lent);
    // One that waits needs no login.
    let again = Task::new(pool.checkout_async(|| gate.pass())).finish().unwrap();
    assert_eq!((*again.data(), gate.waiting()), (5, 0));
    balanced(&store, 0);
}

#[test]
fn sweep_logs_out_old_sessions_and_frees_their_places() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none().idle(secs(600)));
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let pool = SessionPool::new(&store).max_sessions(4);
    drop([1, 2].map(|number| borrow(&pool, number)));
    clock.advance(secs(540));
    assert_eq!((pool.sweep(), pool.len()), (0, 2), "a minute is left");
    let lent = [borrow(&pool, 3), borrow(&pool, 4), borrow(&pool, 5)];
    let ids = lent.each_ref().map(|lent| lent.id());
    drop(lent);
    clock.advance(secs(1));
    // The one in the middle ends by another hand.
    let _ = store.end_as(ids[1], EndAs::killed());
    assert_eq!((pool.sweep(), pool.len(), pool.sweep()), (1, 2, 0));
    clock.advance(secs(540));
    assert_eq!((pool.sweep(), pool.len()), (2, 0));
    assert_eq!((ended(&store, EndReason::LoggedOut), store.stats().live), (2, 0));
    let lent: Vec<_> = (0..4).map(|number| borrow(&pool, number)).collect();
    is_full(&pool, 4);
    drop(lent);
    balanced(&store, 0);
}

/// As many threads as there are sessions: none is ever refused, and there is never one too many.
#[test]
fn bound_holds_at_every_moment_and_refuses_no_free_place() {
    const THREADS: usize = 4;
    let store: Store = SessionStore::builder().build().unwrap();
    let pool = SessionPool::new(&store).max_sessions(THREADS);
    let checkouts = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (pool, store, checkouts) = (&pool, &store, &checkouts);
            scope.spawn(move || {
                for round in 0..3_000 * factor() {
                    let mut lent = pool.checkout(plain).unwrap();
                    add_one(checkouts);
                    if (round + thread) % 3 == 0 {
                        lent.mark_dirty();
                    }
                    assert!(store.stats().live <= THREADS);
                    drop(lent);
                    if round % 64 == 0 {
                        pool.sweep();
                    }
                }
            });
        }
    });
    assert_eq!(checkouts.load(Ordering::Relaxed), THREADS * 3_000 * factor());
    assert!(store.stats().peak <= THREADS && pool.len() <= THREADS);
    balanced(&store, 0);
}
