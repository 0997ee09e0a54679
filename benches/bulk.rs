//! Ending all sessions of a principal. The cost must follow how many those are, and not how many
//! others there are.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::cell::LazyCell;

use criterion::{
    BatchSize, Bencher, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main,
};
use tenure::{Limits, Selector, SessionStore};

mod run;

use peers::new_session;
use run::{brief, size, sizes};

/// A store of the sessions of others.
fn crowd(others: usize) -> SessionStore<u64> {
    let store = SessionStore::builder().limits(Limits::none()).build().unwrap();
    let of_others = |n| new_session(n).principal(format!("user {}", n % 1_000));
    (0..others as u64).for_each(|n| drop(store.create(of_others(n)).unwrap()));
    store
}

/// Gives alice `own` sessions, and times ending all of them.
fn end_all(b: &mut Bencher<'_>, store: &SessionStore<u64>, own: usize) {
    let alice = Selector::all().principal("alice");
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

criterion_group! { name = benches; config = brief(); targets = end_where }
criterion_main!(benches);
