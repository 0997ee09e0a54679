//! What a session costs in memory, by an allocator that counts the bytes that are asked for. The
//! data of a session is a `u64`.
//!
//! `TENURE_BENCH_HUGE=1` adds ten million sessions, by what the operating system says that the
//! process has, and what a touch costs there.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tenure::{Limit, Limits, SessionId};

#[path = "memory/huge.rs"]
mod huge;
mod run;

use peers::batch::Peer;
use peers::table::{LOGIN, Login};
use peers::tables::{Kind, Tenure};
use run::{huge, size};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// MongoDB says that its cache of logical sessions needs about 4 MB for 10,000.
const MONGODB: f64 = 400.0;

fn main() {
    if huge() {
        // First, while the process has little else.
        huge::compare(size(10_000_000));
    }
    let sessions = size(1_000_000);
    println!("bytes a session, of {sessions}");
    for (name, bytes) in tenures(sessions).into_iter().chain(peers(sessions)) {
        println!("{name:45} {bytes:8.1}");
    }
    println!("{:45} {MONGODB:8.1}\n", "MongoDB's logical sessions, as published");
    come_and_go(sessions);
}

/// How many bytes `fill` leaves behind for each session.
fn bytes_a_session<T>(sessions: usize, fill: impl FnOnce(&mut Vec<SessionId>) -> T) -> f64 {
    // The ids are the client's to keep.
    let mut ids = Vec::with_capacity(sessions);
    let region = Region::new(ALLOCATOR);
    let table = fill(&mut ids);
    let bytes = left(&region) as f64 / sessions as f64;
    assert_eq!(ids.len(), sessions);
    drop(table);
    bytes
}

fn left(region: &Region<'_, System>) -> isize {
    let change = region.change();
    // What was reallocated is in both already.
    change.bytes_allocated.cast_signed() - change.bytes_deallocated.cast_signed()
}

fn tenures(sessions: usize) -> [(String, f64); 3] {
    let limit = Limit::evict_oldest(sessions);
    let global = Limits::none().global(limit);
    let every = global.clone().per_principal(limit).per_originator(limit);
    let shared = |limits| {
        bytes_a_session(sessions, |ids| {
            let tenure = Tenure::with_limits(limits);
            tenure.create_each(sessions, ids);
            tenure
        })
    };
    let each = global.clone().per_principal(Limit::evict_oldest(5));
    let of_each = bytes_a_session(sessions, |ids| {
        let tenure = Tenure::with_limits(each);
        let create = |n| {
            let name = format!("user {n}");
            tenure.create_one(Login { principal: &name, ..LOGIN })
        };
        ids.extend((0..sessions).filter_map(create));
        tenure
    });
    [
        ("tenure, a global limit, shared names".to_owned(), shared(global)),
        ("tenure, every limit, shared names".to_owned(), shared(every)),
        ("tenure, a principal each, limited".to_owned(), of_each),
    ]
}

/// The others, with the same names, of which each session has its own copy.
fn peers(sessions: usize) -> impl Iterator<Item = (String, f64)> {
    let others = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Tenure);
    others.map(move |kind| {
        let bytes = bytes_a_session(sessions, |ids| {
            let peer = kind.build(sessions);
            peer.create_each(sessions, ids);
            peer.settle();
            peer
        });
        (kind.name().to_owned(), bytes)
    })
}

/// What is left when as many sessions as fit come and go ten times.
fn come_and_go(sessions: usize) {
    const TIMES: usize = 10;
    println!("megabytes of a store to which {sessions} sessions come, and log out");
    let mut ids = Vec::with_capacity(sessions);
    let region = Region::new(ALLOCATOR);
    let tenure = Tenure::new(sessions);
    let megabytes = || left(&region) as f64 / 1e6;
    for time in 1..=TIMES {
        tenure.create_each(sessions, &mut ids);
        if time == 1 || time == TIMES {
            println!("{:45} {:8.1}", format!("full, fill {time} of {TIMES}"), megabytes());
        }
        for id in ids.drain(..) {
            tenure.0.end(id);
        }
        // Which gives memory back, as an application does now and then.
        let _ = tenure.0.reap();
        if time == 1 || time == TIMES {
            println!("{:45} {:8.1}", format!("all logged out, {time} of {TIMES}"), megabytes());
        }
    }
    assert_eq!(tenure.0.stats().live, 0);
}
