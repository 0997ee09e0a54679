//! A session of the pool that is about to expire is neither lent nor kept.

use std::time::Duration;

use tenure::slot::{PooledSession, SessionPool};
use tenure::{EndReason, ManualClock, NewSession, SessionStore, Timeouts};

use crate::common::{Store, plain, secs};
use crate::setup::{balanced, ended};

const TICK: Duration = Duration::from_micros(1);

fn pool(timeouts: Timeouts) -> (Store, SessionPool<u32>, ManualClock) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(timeouts).touch_resolution(Duration::ZERO);
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let pool = SessionPool::new(&store);
    (store, pool, clock)
}

fn borrow(pool: &SessionPool<u32>, number: u32) -> PooledSession<u32> {
    pool.checkout(|| NewSession::new(number)).unwrap()
}

#[test]
fn session_with_under_a_minute_until_its_idle_timeout_is_logged_out() {
    let (store, pool, clock) = pool(Timeouts::none().idle(secs(600)));
    drop(borrow(&pool, 1));
    clock.advance(secs(540).saturating_sub(TICK));
    // To borrow it is to send its id.
    drop(borrow(&pool, 2));
    clock.advance(secs(540));
    assert_eq!(*borrow(&pool, 3).data(), 1, "exactly a minute is not under a minute");
    clock.advance(secs(540) + TICK);
    assert_eq!(*borrow(&pool, 4).data(), 4);
    assert_eq!((ended(&store, EndReason::LoggedOut), pool.len()), (1, 1));
    // One that has expired is counted as such.
    clock.advance(secs(600));
    assert_eq!(*borrow(&pool, 7).data(), 7);
    assert_eq!((ended(&store, EndReason::IdleTimeout), store.stats().ended.total()), (1, 2));
    balanced(&store, 0);
}

/// The peer idles it from when the id was last sent, not from when the loan came back.
#[test]
fn giving_a_session_back_does_not_make_it_look_fresh() {
    let (store, pool, clock) = pool(Timeouts::none().idle(secs(600)));
    let lent = borrow(&pool, 1);
    clock.advance(secs(540) + TICK);
    drop(lent);
    assert_eq!((pool.len(), ended(&store, EndReason::LoggedOut)), (0, 1));
    // Nor while it waits.
    let lent = borrow(&pool, 2);
    clock.advance(secs(300));
    drop(lent);
    assert_eq!(pool.len(), 1);
    clock.advance(secs(240) + TICK);
    assert_eq!(*borrow(&pool, 3).data(), 3);
    // What is marked was sent.
    let mut lent = borrow(&pool, 4);
    for _ in 0..9 {
        clock.advance(secs(540));
        lent.mark_sent();
    }
    clock.advance(secs(540));
    drop(lent);
    assert_eq!((pool.len(), *borrow(&pool, 5).data()), (1, 3));
    balanced(&store, 0);
}

#[test]
fn session_with_under_a_minute_until_its_absolute_timeout_is_logged_out() {
    let (store, pool, clock) = pool(Timeouts::none().absolute(secs(600)));
    let lent = borrow(&pool, 1);
    clock.advance(secs(540).saturating_sub(TICK));
    drop(lent);
    let lent = borrow(&pool, 2);
    assert_eq!(*lent.data(), 1);
    // It is kept no longer when it comes back too late.
    clock.advance(2 * TICK);
    drop(lent);
    assert_eq!((pool.len(), ended(&store, EndReason::LoggedOut)), (0, 1));
    drop(borrow(&pool, 3));
    clock.advance(secs(540) + TICK);
    assert_eq!((*borrow(&pool, 4).data(), ended(&store, EndReason::LoggedOut)), (4, 2));
    balanced(&store, 0);
}

#[test]
fn margin_can_be_chosen() {
    for (margin, left, lent_again) in [
        (Duration::ZERO, TICK, true),
        (secs(5), secs(5), true),
        (secs(5), secs(5).saturating_sub(TICK), false),
        (secs(100), secs(99), false),
        // Nothing lasts so long.
        (Duration::MAX, secs(100), false),
    ] {
        let (store, pool, clock) = pool(Timeouts::none().absolute(secs(100)));
        let pool = pool.margin(margin);
        let lent = borrow(&pool, 1);
        clock.advance(secs(100).saturating_sub(left));
        drop(lent);
        assert_eq!(pool.len(), usize::from(lent_again));
        assert_eq!(*borrow(&pool, 2).data(), if lent_again { 1 } else { 2 }, "{margin:?}");
        balanced(&store, 0);
    }
}

#[test]
fn session_without_timeouts_is_kept() {
    let (store, pool, clock) = pool(Timeouts::none());
    let pool = pool.margin(Duration::MAX);
    drop(borrow(&pool, 1));
    clock.advance(secs(1_000_000));
    assert_eq!(*borrow(&pool, 2).data(), 1);
    // A session's own timeout counts as the store's does.
    let own = pool.checkout(plain).unwrap();
    drop((own, pool.checkout(|| plain().idle_timeout(secs(9))).unwrap()));
    balanced(&store, 0);
}

/// Those that nobody needed for long are at the far end, where nobody borrows.
#[test]
fn return_clears_away_old_sessions() {
    let (store, pool, clock) = pool(Timeouts::none().idle(secs(600)));
    let lent = [1, 2, 3, 4].map(|number| borrow(&pool, number));
    drop(lent);
    for _ in 0..9 {
        clock.advance(secs(60) + TICK);
        assert_eq!(pool.len(), 4);
        drop(borrow(&pool, 9));
    }
    assert_eq!((pool.len(), store.stats().live), (1, 1));
    assert_eq!(ended(&store, EndReason::LoggedOut), 3);
    assert_eq!(*borrow(&pool, 9).data(), 4);
    balanced(&store, 0);
}

#[test]
fn return_of_a_dirty_session_clears_away_old_sessions() {
    let (store, pool, clock) = pool(Timeouts::none().idle(secs(600)));
    let mut lent = borrow(&pool, 1);
    drop([2, 3].map(|number| borrow(&pool, number)));
    lent.mark_dirty();
    clock.advance(secs(599));
    drop(lent);
    assert_eq!((pool.len(), ended(&store, EndReason::LoggedOut)), (0, 3));
    balanced(&store, 0);
}
