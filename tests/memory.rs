//! What a session costs in memory, by a counting allocator, everything in.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tenure::{Limit, Limits, NewSession, SessionStore};

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

// One test, since the allocator counts what every thread does.
#[test]
fn a_session_costs_at_most_250_bytes() {
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
