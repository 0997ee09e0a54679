//! Reaping: with nothing due, which must cost the same at a thousand sessions and at a million,
//! beside reading the clock; and with sessions due, beside a scan of the bare map.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::cell::LazyCell;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use criterion::{
    BatchSize, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use dashmap::DashMap;
use tenure::{Clock, Limits, ManualClock, SessionId, SessionStore, SystemClock, Timeouts};

mod run;

use peers::record::draw_id;
use peers::{Bare, bare_map, full_store, new_session};
use run::{brief, huge, size, sizes};

const SECOND: Duration = Duration::from_secs(1);

fn nothing_due(c: &mut Criterion) {
    let mut group = c.benchmark_group("reap, nothing due");
    let mut all = sizes([1_000, 100_000, 1_000_000, 10_000_000]).to_vec();
    if !huge() {
        all.pop();
    }
    for sessions in all {
        let full = LazyCell::new(|| full_store(sessions).0);
        group.bench_function(BenchmarkId::new("reap", sessions), |b| {
            let store = &*full;
            b.iter(|| black_box(store.reap()));
        });
    }
    let (store, _) = full_store(1);
    group.bench_function("the clock alone", |b| b.iter(|| black_box(store.now())));
    let clock = SystemClock::new();
    group.bench_function("the wall clock alone", |b| b.iter(|| black_box(clock.wall())));
    group.finish();
}

/// Every session has expired.
fn all_due(c: &mut Criterion) {
    let mut group = c.benchmark_group("all due");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for sessions in sizes([10_000, 100_000]) {
        group.throughput(Throughput::Elements(sessions as u64));
        group.bench_function(BenchmarkId::new("tenure", sessions), |b| {
            let expired = || {
                let (store, clock) = timed_store();
                create_brief(&store, sessions);
                clock.advance(SECOND);
                store
            };
            let reap = |store: SessionStore<u64>| {
                let report = store.reap();
                assert_eq!(report.ended.total(), sessions as u64);
                store
            };
            b.iter_batched(expired, reap, BatchSize::PerIteration);
        });
        group.bench_function(BenchmarkId::new("scan of the bare map", sessions), |b| {
            let expired = || bare_map(&draw_ids(sessions));
            let scan = |map: DashMap<SessionId, Arc<Bare>>| {
                end_idle(&map);
                map
            };
            b.iter_batched(expired, scan, BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// A few sessions have expired, among many that have not.
fn few_due(c: &mut Criterion) {
    let few = size(1_000);
    let mut group = c.benchmark_group(format!("{few} due"));
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.throughput(Throughput::Elements(few as u64));
    for others in sizes([10_000, 100_000, 1_000_000]) {
        let full = LazyCell::new(|| {
            let (store, clock) = timed_store();
            (0..others as u64).for_each(|n| drop(store.create(new_session(n)).unwrap()));
            (store, clock)
        });
        group.bench_function(BenchmarkId::new("tenure, others", others), |b| {
            let (store, clock) = &*full;
            let expire = || {
                create_brief(store, few);
                clock.advance(SECOND);
            };
            let reap = |()| assert_eq!(store.reap().ended.total(), few as u64);
            b.iter_batched(expire, reap, BatchSize::PerIteration);
        });
        let full = LazyCell::new(|| {
            let map = bare_map(&draw_ids(others));
            map.iter().for_each(|bare| bare.last_active.store(1, Ordering::Relaxed));
            map
        });
        group.bench_function(BenchmarkId::new("scan of the bare map, others", others), |b| {
            let map = &*full;
            let expire = || {
                let bare = || Arc::new(Bare { last_active: AtomicU64::new(0) });
                for id in draw_ids(few) {
                    map.insert(id, bare());
                }
            };
            b.iter_batched(expire, |()| end_idle(map), BatchSize::PerIteration);
            assert_eq!(map.len(), others);
        });
    }
    group.finish();
}

/// A store in which nothing expires but what says so itself.
fn timed_store() -> (SessionStore<u64>, ManualClock) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().limits(Limits::none()).timeouts(Timeouts::none());
    (builder.clock(clock.clone()).build().unwrap(), clock)
}

/// So many sessions that expire in a second.
fn create_brief(store: &SessionStore<u64>, sessions: usize) {
    let brief = |n| new_session(n).idle_timeout(SECOND);
    (0..sessions as u64).for_each(|n| drop(store.create(brief(n)).unwrap()));
}

fn draw_ids(count: usize) -> Vec<SessionId> {
    (0..count).map(|_| draw_id()).collect()
}

/// What the scan does: it asks each record whether it was active lately. That takes a clock read.
fn end_idle(map: &DashMap<SessionId, Arc<Bare>>) {
    black_box(Instant::now());
    map.retain(|_, bare| bare.last_active.load(Ordering::Relaxed) > 0);
}

criterion_group! { name = benches; config = brief(); targets = nothing_due, all_due, few_due }
criterion_main!(benches);
