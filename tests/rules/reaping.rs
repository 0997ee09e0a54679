//! Rules 6 and 8 for reaping: ahead of time, within the budget, with deadlines announced.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tenure::{EndAs, Limit, Limits, ManualClock, Selector, SessionStore, Timeouts};

use crate::capacity::evicted_by;
use crate::common::{Store, add_one, plain, secs};

/// The application sleeps until a deadline. A create brings an earlier one, and in between a lease
/// is returned and another thread reaps: the application must be told all the same.
#[test]
fn rule_08_an_earlier_deadline_is_announced_though_a_lease_returns_meanwhile() {
    let clock = ManualClock::new();
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let store: Store = SessionStore::builder()
        .limits(Limits::none().global(Limit::evict_oldest(2)))
        .timeouts(Timeouts::none().idle(secs(1_000)))
        .clock(clock.clone())
        .on_earlier_deadline(move || add_one(&count))
        .build()
        .unwrap();
    let oldest = store.create(plain()).unwrap();
    let lease = Mutex::new(Some(store.acquire(oldest.id()).unwrap()));
    clock.advance(secs(1));
    let victim = store.create(plain()).unwrap();
    clock.advance(secs(1));
    let inner = store.clone();
    victim.on_end(move |_, _| {
        // The search for a victim came across the oldest, so the return of its lease is queued.
        drop(lease.lock().unwrap_or_else(PoisonError::into_inner).take());
        let _ = inner.reap();
    });
    assert!(store.next_deadline().unwrap() > secs(900));
    let before = told.load(Ordering::Relaxed);
    store.create(plain().idle_timeout(secs(5))).unwrap();
    assert!(evicted_by(&victim).is_some());
    assert!(told.load(Ordering::Relaxed) > before, "the application sleeps on");
    assert_eq!(store.next_deadline(), Some(secs(5)));
}

#[test]
fn rule_08_a_session_without_timeouts_sets_no_deadline() {
    let clock = ManualClock::new();
    let limits = Limits::none().global(Limit::evict_oldest(1));
    let builder = SessionStore::builder().limits(limits).timeouts(Timeouts::none());
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    store.create(plain().idle_timeout(secs(5))).unwrap();
    store.create(plain()).unwrap();
    assert_eq!(store.next_deadline(), None);
    // The other way round, the newcomer's deadline counts from the first.
    store.create(plain().idle_timeout(secs(3))).unwrap();
    assert_eq!(store.next_deadline(), Some(secs(3)));
}

/// A full store whose sessions were all touched, in order, after they were created.
fn all_touched(limits: Limits, many: usize) -> (Store, Vec<tenure::Session<u32>>) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().limits(limits).clock(clock.clone());
    let store: Store = builder.touch_resolution(Duration::ZERO).build().unwrap();
    let crowd: Vec<_> = (0..many).map(|_| store.create(plain()).unwrap()).collect();
    for session in &crowd {
        clock.advance(Duration::from_micros(1));
        store.touch(session.id()).unwrap();
    }
    (store, crowd)
}

#[test]
fn rule_08_reap_finds_the_oldest_ahead_within_its_budget() {
    for reserve in [0, 100, 1_000] {
        let limits = Limits::none().global(Limit::evict_oldest(2_000 + reserve)).reserve(reserve);
        let (store, crowd) = all_touched(limits, 2_000);
        let mut steps = 0;
        for budget in 1.. {
            if steps >= 2_000 / 16 {
                break;
            }
            let report = store.reap_at_most(budget);
            assert!(report.steps <= budget && !report.more, "{report:?} of {budget}");
            assert!(report.steps > 0, "nothing to do after {steps} steps, reserve {reserve}");
            steps += report.steps;
        }
        let _ = store.reap();
        let before = store.stats().reaper.refreshed;
        store.create(plain()).unwrap();
        assert!(evicted_by(&crowd[0]).is_some(), "reserve {reserve}");
        assert_eq!((store.reap().steps, store.stats().reaper.refreshed), (0, before));
    }
}

#[test]
fn rule_08_reap_frees_memory_within_its_budget() {
    let (store, _) = all_touched(Limits::none(), 10_000);
    assert_eq!(store.end_where_as(&Selector::all(), EndAs::killed()).ended, 10_000);
    let mut rounds = 0;
    while store.reap_at_most(1).steps == 1 {
        rounds += 1;
    }
    // A step for each shard, of which there are 64.
    assert_eq!(rounds, 64);
}

#[test]
fn rule_08_dropping_tombstones_counts_against_the_budget() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().limits(Limits::none()).timeouts(Timeouts::none());
    let builder = builder.clock(clock.clone()).tombstones(100, secs(1_000));
    let store: Store = builder.build().unwrap();
    (0..50).for_each(|_| drop(store.create(plain()).unwrap()));
    assert_eq!(store.end_where_as(&Selector::all(), EndAs::killed()).ended, 50);
    clock.advance(secs(1_000));
    let report = store.reap_at_most(20);
    assert_eq!((report.tombstones_dropped, report.steps, report.more), (20, 20, true));
    assert_eq!(store.reap().tombstones_dropped, 30);
}

#[test]
fn rule_06_a_create_in_a_full_store_ends_every_expired_session() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().limits(Limits::none().global(Limit::reject(500)));
    let builder = builder.timeouts(Timeouts::none().idle(secs(10)));
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    (0..500).for_each(|_| drop(store.create(plain()).unwrap()));
    clock.advance(secs(10));
    store.create(plain()).unwrap();
    assert_eq!(store.stats().live, 1);
}
