//! Ending all sessions of a principal: the cost must follow how many those are, and not how many
//! others there are. Listing all sessions, and finding one by its track id.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::cell::LazyCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{
    BatchSize, Bencher, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main,
};
use tenure::{Limits, Selector, SessionStore, TrackId};

mod run;

use peers::{new_session, random};
use run::{brief, only_tries, size, sizes};

/// A store of the sessions of others.
fn crowd(others: usize) -> SessionStore<u64> {
    let store = SessionStore::builder().limits(Limits::none()).build().unwrap();
    let of_others = |n| new_session(n).principal(format!("user {}", n % 1_000));
    (0..others as u64).for_each(|n| drop(store.create(of_others(n)).unwrap()));
    store
}

/// Gives alice `own` sessions, and times ending all of them.
fn end_all(b: &mut Bencher<'_>, store: &SessionStore<u64>, own: usize) {
    let alice = Selector::principal("alice");
    let log_in = || (0..own as u64).for_each(|n| drop(store.create(new_session(n)).unwrap()));
    let end = |()| assert_eq!(store.end_where(&alice).ended, own);
    b.iter_batched(log_in, end, BatchSize::PerIteration);
}

fn end_where(c: &mut Criterion) {
    let mut group = c.benchmark_group("end_where");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(100));
    for others in sizes([10_000, 100_000, 1_000_000]) {
        let store = LazyCell::new(|| crowd(others));
        group.bench_function(BenchmarkId::new("100 among others", others), |b| {
            end_all(b, &store, 100);
        });
    }
    let store = LazyCell::new(|| crowd(size(100_000)));
    for own in [10, 100, 1_000, 10_000] {
        group.throughput(Throughput::Elements(own as u64));
        group.bench_function(BenchmarkId::new("own", own), |b| end_all(b, &store, own));
    }
    group.finish();
}

/// As [`crowd`], after each session has been replaced by another, in random order: neighbours in
/// the list are no neighbours in memory.
fn mixed_crowd(others: usize) -> SessionStore<u64> {
    let store = crowd(others);
    let sessions = store.sessions(&Selector::all());
    for place in random::shuffled(others, random::SEED) {
        let session = &sessions[place as usize];
        store.end(session.id());
        let next = new_session(*session.data()).principal(session.principal().unwrap());
        store.create(next).unwrap();
    }
    store
}

/// The work of one round.
type Work<'a> = &'a dyn Fn(&SessionStore<u64>);

/// Track ids of no session: every session is looked at.
const NONE: TrackId = TrackId::from_bytes([7; 16]);

const LIST: Work<'_> = &|store| drop(black_box(store.list(&Selector::all())));
const FIND: Work<'_> = &|store| assert!(store.list(&Selector::track_id(NONE)).is_empty());
const FIND_IN_GROUP: Work<'_> = &|store| {
    let selector = Selector::track_id(NONE).and_principal("user 7");
    assert!(store.list(&selector).is_empty());
};

fn find(c: &mut Criterion) {
    let mut group = c.benchmark_group("find");
    group.sampling_mode(SamplingMode::Flat);
    for all in sizes([10_000, 100_000]) {
        let store = LazyCell::new(|| mixed_crowd(all));
        group.throughput(Throughput::Elements(all as u64));
        for (name, work) in [("list", LIST), ("by track id", FIND)] {
            group.bench_function(BenchmarkId::new(name, all), |b| {
                let store: &SessionStore<u64> = &store;
                b.iter(|| work(store));
            });
        }
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("by principal and track id", all), |b| {
            let store: &SessionStore<u64> = &store;
            b.iter(|| FIND_IN_GROUP(store));
        });
    }
    group.finish();
}

/// How long finding one by its track id takes, measured in listings of the same store. Both take
/// turns, so that what else the machine does is in both.
fn find_beside_list(_: &mut Criterion) {
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    if wanted.is_some_and(|wanted| !"find beside list".contains(&wanted)) {
        return;
    }
    let store = mixed_crowd(size(100_000));
    let rounds = if only_tries() { 1 } else { 51 };
    let timed = |work: Work<'_>| {
        let start = Instant::now();
        work(&store);
        start.elapsed()
    };
    let (lists, finds): (Vec<_>, Vec<_>) = (0..rounds).map(|_| (timed(LIST), timed(FIND))).unzip();
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    let (list, find) = (median(lists), median(finds));
    let ratio = find.as_secs_f64() / list.as_secs_f64();
    println!("find beside list: {find:?} by track id, {list:?} a listing: {ratio:.2} of it");
}

criterion_group! {
    name = benches; config = brief(); targets = end_where, find, find_beside_list
}
criterion_main!(benches);
