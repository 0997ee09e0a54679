//! What a session costs in memory, by a counting allocator, everything in.

use std::alloc::System;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tenure::{BarrierError, Filter, Limit, Limits, NewSession, Selector, SessionStore};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SESSIONS: usize = 1_000_000;

/// The bar: MongoDB's cache needs about 400 bytes a session.
const MOST: usize = 250;

/// Fills a store and answers how many bytes each session takes.
fn bytes_a_session(limits: Limits) -> usize {
    let region = Region::new(ALLOCATOR);
    let store = SessionStore::<u64>::builder().limits(limits).build().unwrap();
    for n in 0..SESSIONS as u64 {
        let new = NewSession::new(n).principal("alice").originator("backup");
        store.create(new).unwrap();
    }
    let used = region.change();
    assert_eq!(store.stats().live, SESSIONS);
    (used.bytes_allocated - used.bytes_deallocated) / SESSIONS
}

/// One test at a time, since the allocator counts what every thread does.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn a_session_costs_at_most_250_bytes() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let global = Limits::none().global(Limit::evict_oldest(SESSIONS));
    let all = global
        .clone()
        .per_principal(Limit::evict_oldest(SESSIONS))
        .per_originator(Limit::evict_oldest(SESSIONS));
    for (name, limits) in [("a global limit", global), ("every limit", all)] {
        let bytes = bytes_a_session(limits);
        println!("{SESSIONS} sessions, T = u64, {name}: {bytes} bytes a session");
        assert!(bytes <= MOST, "{bytes} bytes a session with {name}, more than {MOST}");
    }
}

/// Of what a crowd leaves behind when it logs out, little is left once the reaper has come by.
#[test]
fn ended_sessions_free_their_memory() {
    const CROWD: u64 = 100_000;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let limits = Limits::none().per_principal(Limit::evict_oldest(3));
    let builder = SessionStore::<u64>::builder().limits(limits);
    let store = builder.tombstones(0, Duration::ZERO).build().unwrap();
    let region = Region::new(ALLOCATOR);
    for n in 0..CROWD {
        store.create(NewSession::new(n).principal(format!("user-{n}"))).unwrap();
    }
    assert_eq!(store.end_where(&Selector::all()).ended, 100_000);
    let _ = store.reap();
    let change = region.change();
    let left = change.bytes_allocated - change.bytes_deallocated;
    assert!(left < 100_000, "{left} bytes are left of {CROWD} sessions");
}

/// The ring is freed with the last subscription, and a barrier that timed out leaves nothing.
#[test]
fn dropping_the_last_subscription_frees_the_event_ring() {
    const LITTLE: isize = 64 * 1024;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let builder = SessionStore::<u64>::builder().limits(Limits::none());
    let store = builder.event_ring(20_000).tombstones(0, Duration::ZERO).build().unwrap();
    let publish = || {
        for n in 0..10_000 {
            let session = store.create(NewSession::new(n).principal("alice")).unwrap();
            store.end(&session.id());
        }
    };
    // Whatever grows without events has grown then.
    publish();
    let used = |region: &Region<'_, System>| {
        let change = region.change();
        change.bytes_allocated.cast_signed() - change.bytes_deallocated.cast_signed()
    };
    let region = Region::new(ALLOCATOR);
    let (events, other) = (store.subscribe(Filter::all()), store.subscribe(Filter::all()));
    publish();
    let full = used(&region);
    assert!(full > 16 * LITTLE, "{full} bytes for 20,000 events");
    let barriers = Region::new(ALLOCATOR);
    for _ in 0..2_000 {
        let late = other.watcher().barrier(Duration::from_micros(50));
        assert!(matches!(late, Err(BarrierError::TimedOut { behind: 20_000 })));
    }
    assert!(used(&barriers) < LITTLE, "{} bytes of barriers are left", used(&barriers));
    drop(events);
    assert!(used(&region) > 16 * LITTLE, "somebody follows still");
    drop(other);
    let left = used(&region);
    assert!(left < LITTLE, "{left} of {full} bytes are left");
}
