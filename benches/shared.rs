//! Sessions that are in a collection too, beside the same store without one: what a lookup costs,
//! how many bytes a session takes, and how long a refresh takes. The collection is in memory, so
//! that what is measured is the node.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tenure::collection::{HashKey, MemoryCollection, Policy};
use tenure::shared::SharedSessions;
use tenure::{NewSession, SessionId, SessionStore};

mod run;

use run::size;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How often each is measured.
const ROUNDS: usize = 7;

type Node = SharedSessions<u64, MemoryCollection>;

fn main() {
    touches(size(100_000));
    bytes(size(1_000_000));
    refreshes(size(1_000_000), size(100_000));
}

/// A node that creates behind, so that filling it does not wait.
fn node(collection: &MemoryCollection) -> Node {
    let builder = SharedSessions::builder(collection.clone(), HashKey::new([7; 32]));
    builder.create_behind().end_behind().build().expect("sensible settings")
}

fn collection() -> MemoryCollection {
    MemoryCollection::new(Policy::new(Duration::from_secs(300)))
}

fn filled(sessions: usize) -> (Node, Vec<SessionId>) {
    let node = node(&collection());
    let create = |n| node.create(NewSession::new(n)).expect("there is room").id();
    let ids = (0..sessions as u64).map(create).collect();
    (node, ids)
}

/// The ids in an order that jumps about.
fn shuffled(ids: &[SessionId]) -> Vec<SessionId> {
    let step = 7_919 % ids.len().max(1);
    (0..ids.len()).map(|n| ids[n * step.max(1) % ids.len()]).collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn time(run: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    run();
    begun.elapsed()
}

fn touches(sessions: usize) {
    let plain = SessionStore::builder().build().expect("sensible settings");
    let create = |n| plain.create(NewSession::new(n)).expect("there is room").id();
    let ids: Vec<_> = (0..sessions as u64).map(create).collect();
    let ids = shuffled(&ids);
    let (node, shared_ids) = filled(sessions);
    node.refresh().expect("a collection in memory");
    let shared_ids = shuffled(&shared_ids);
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(time(|| ids.iter().for_each(|id| drop(black_box(plain.touch(id))))));
        let touch = |id| drop(black_box(node.store().touch(id)));
        beside.push(time(|| shared_ids.iter().for_each(touch)));
    }
    let ratio = median(beside).as_secs_f64() / median(alone.clone()).as_secs_f64();
    let each = median(alone).as_secs_f64() / sessions as f64 * 1e9;
    println!(
        "touch, of {sessions} sessions: {each:.0} ns; with a collection {ratio:.2} times as long"
    );
}

fn bytes(sessions: usize) {
    let of = |fill: &dyn Fn() -> Box<dyn std::any::Any>| {
        let region = Region::new(ALLOCATOR);
        let kept = fill();
        let change = region.change();
        let left = change.bytes_allocated.cast_signed() - change.bytes_deallocated.cast_signed();
        drop(kept);
        left as f64 / sessions as f64
    };
    let alone = of(&|| {
        let plain = SessionStore::builder().build().expect("sensible settings");
        (0..sessions as u64).for_each(|n| drop(plain.create(NewSession::new(n))));
        Box::new(plain)
    });
    let beside = of(&|| {
        let node = node(&collection());
        (0..sessions as u64).for_each(|n| drop(node.create(NewSession::new(n))));
        Box::new(node)
    });
    println!("bytes a session: {alone:.0}; with a collection {beside:.0}");
}

fn refreshes(sessions: usize, dirty: usize) {
    let (node, ids) = filled(sessions);
    println!("first refresh, {sessions} new: {:?}", time(|| drop(node.refresh())));
    let clean = (0..ROUNDS).map(|_| time(|| drop(node.refresh()))).collect();
    println!("refresh of {sessions}, nothing dirty: {:?}", median(clean));
    let ids = shuffled(&ids);
    let touched = (0..ROUNDS).map(|_| {
        ids.iter().take(dirty).for_each(|id| drop(node.store().touch(id)));
        time(|| drop(node.refresh()))
    });
    println!("refresh of {sessions}, {dirty} dirty: {:?}", median(touched.collect()));
}
