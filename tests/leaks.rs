//! Rule 9 by a counting allocator: what ends is given back, however it ended.

mod common;

use std::alloc::System;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tenure::{
    EndAs, EndReason, Limit, Limits, ManualClock, NewSession, Selector, SessionStore, Timeouts,
};

use common::secs;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Sessions of one round, each with names of its own.
const SESSIONS: usize = 3_000;

/// What a round may leave behind, for tables that keep some room. One leaked name of each session
/// would be ten times as much.
const SLACK: usize = 20_000;

fn held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Creates sessions and ends each of them in one of the ways there are.
fn round(store: &SessionStore<[u64; 8]>, clock: &ManualClock, round: usize) {
    for number in 0..SESSIONS {
        let name = format!("{round}-{number}");
        let new = NewSession::new([0; 8]).principal(&*name).originator(&*name);
        let session = store.create(new.host(&*name)).unwrap();
        session.on_end(move |_, _| drop(name));
        let mut end = pin!(session.ended());
        let waiting = end.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(waiting.is_pending());
        let id = store.rotate(session.id()).unwrap().id();
        match number % 8 {
            0 => {
                let _ = store.end(id);
            }
            1 => {
                let host = session.host().unwrap();
                let _ = store.end_where_as(&Selector::host(host), EndAs::killed());
            }
            2 => {
                clock.advance(secs(10));
                let _ = store.reap();
            }
            3 => {
                // In use past its idle deadline, so the store parks it.
                let lease = store.acquire(id).unwrap();
                clock.advance(secs(10));
                let _ = store.reap();
                drop(lease);
            }
            4 => {
                // Ended while it is parked, and its lease dropped afterwards.
                let lease = store.acquire(id).unwrap();
                clock.advance(secs(10));
                let _ = store.reap();
                let _ = store.end_as(id, EndAs::killed());
                drop(lease);
            }
            5 => {
                clock.advance(secs(10));
                assert!(store.touch(id).is_err());
            }
            // Left, the first to be evicted, the other to be found expired.
            _ => {}
        }
    }
}

// One test, since the allocator counts what every thread does.
#[test]
fn rule_09_ended_sessions_free_their_memory() {
    let clock = ManualClock::new();
    let store = SessionStore::builder()
        .limits(Limits::none().global(Limit::evict_oldest(2)))
        .timeouts(Timeouts::none().idle(secs(10)))
        .tombstones(100, secs(1_000_000))
        .clock(clock.clone())
        .build()
        .unwrap();
    let empty = held();
    // The tables find their sizes first.
    (0..8).for_each(|number| round(&store, &clock, number));
    let before = held();
    for number in 8..12 {
        round(&store, &clock, number);
        let after = held();
        println!("after round {number}: {after} bytes, {before} before");
        assert!(after <= before + SLACK, "round {number}: {before} bytes grew to {after}");
    }
    let _ = store.end_where_as(&Selector::all(), EndAs::killed());
    assert_eq!(store.stats().live, 0);
    let ended = store.stats().ended;
    assert!(ended.evicted() > 0 && ended.count(EndReason::IdleTimeout) > 0);
    // Tombstones and the names that were evicted most are all that is left.
    let left = held() - empty;
    assert!(left <= 100_000, "an empty store holds {left} bytes");
}
