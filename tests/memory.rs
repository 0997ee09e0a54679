//! What a session costs in memory, by a counting allocator, everything in.

use std::alloc::System;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tenure::events::{BarrierError, Filter};
use tenure::{Limit, Limits, ManualClock, NewSession, Selector, SessionStore, Timeouts};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SESSIONS: usize = 1_000_000;

/// The bar: MongoDB's cache needs about 400 bytes a session.
const MOST: usize = 250;

/// The bytes that were allocated since the region began and are not freed yet.
fn held(region: &Region<'_, System>) -> isize {
    let change = region.change();
    change.bytes_allocated.cast_signed() - change.bytes_deallocated.cast_signed()
}

/// Fills a store and returns how many bytes each session takes.
fn bytes_a_session(limits: Limits) -> usize {
    let region = Region::new(ALLOCATOR);
    let store = SessionStore::<u64>::builder().limits(limits).build().unwrap();
    for n in 0..SESSIONS as u64 {
        let new = NewSession::new(n).principal("alice").originator("backup");
        store.create(new).unwrap();
    }
    let held = held(&region);
    assert_eq!(store.stats().live, SESSIONS);
    held.unsigned_abs() / SESSIONS
}

/// What a store may keep of what it does not need any more.
const LITTLE: isize = 64 * 1024;

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

/// After many sessions have ended, a reap frees nearly all that they took.
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
    let left = held(&region);
    assert!(left < 100_000, "{left} bytes are left of {CROWD} sessions");
}

/// Leaves this many tombstones in the store.
type Leave = fn(&SessionStore<u64>, usize);

/// Once many tombstones have reached their age, a reap frees what they took; so with those of
/// rotated ids, which lead to a successor besides.
#[test]
fn aged_tombstones_free_their_memory() {
    const MANY: usize = 50_000;
    let leave: [(&str, Leave); 2] = [
        ("ended", |store, many| {
            for n in 0..many as u64 {
                let session = store.create(NewSession::new(n)).unwrap();
                store.end(&session);
            }
        }),
        ("rotated", |store, many| {
            let session = store.create(NewSession::new(0).pinned()).unwrap();
            (0..many).for_each(|_| drop(store.rotate(session.id()).unwrap()));
        }),
    ];
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (clock, keep) = (ManualClock::new(), Duration::from_secs(60));
    for (how, leave) in leave {
        let builder =
            SessionStore::<u64>::builder().timeouts(Timeouts::none()).tombstones(MANY, keep);
        let store = builder.rotation_grace(keep).clock(clock.clone()).build().unwrap();
        let region = Region::new(ALLOCATOR);
        leave(&store, MANY);
        let full = held(&region);
        assert_eq!(store.stats().tombstones, MANY);
        assert!(full > 16 * LITTLE, "{how}: {full} bytes of {MANY} tombstones");
        clock.advance(keep);
        assert_eq!(store.reap().tombstones_dropped, MANY);
        let left = held(&region);
        println!("{how}: {full} bytes of {MANY} tombstones, {left} once they were dropped");
        assert!(left < LITTLE, "{how}: {left} of {full} bytes are left");
    }
}

/// The ring is freed with the last subscription, and a barrier that timed out leaves nothing.
#[test]
fn dropping_the_last_subscription_frees_the_event_ring() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let builder = SessionStore::<u64>::builder().limits(Limits::none());
    let store = builder.event_ring(20_000).tombstones(0, Duration::ZERO).build().unwrap();
    let publish = || {
        for n in 0..10_000 {
            let session = store.create(NewSession::new(n).principal("alice")).unwrap();
            store.end(session.id());
        }
    };
    // Whatever grows without events has grown then.
    publish();
    let region = Region::new(ALLOCATOR);
    let (events, other) = (store.subscribe(Filter::all()), store.subscribe(Filter::all()));
    publish();
    let full = held(&region);
    assert!(full > 16 * LITTLE, "{full} bytes for 20,000 events");
    let barriers = Region::new(ALLOCATOR);
    for _ in 0..2_000 {
        let late = other.watcher().barrier(Duration::from_micros(50));
        assert!(matches!(late, Err(BarrierError::TimedOut { behind: 20_000 })));
    }
    assert!(held(&barriers) < LITTLE, "{} bytes of barriers are left", held(&barriers));
    drop(events);
    assert!(held(&region) > 16 * LITTLE, "somebody follows still");
    drop(other);
    let left = held(&region);
    assert!(left < LITTLE, "{left} of {full} bytes are left");
}
