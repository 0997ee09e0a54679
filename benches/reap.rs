//! A tick of the reaper with nothing due, at a thousand sessions and at a million. It must cost the
//! same.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

mod common;

use common::full_store;

fn nothing_due(c: &mut Criterion) {
    let mut group = c.benchmark_group("reap, nothing due");
    for sessions in [1_000, 1_000_000] {
        let (store, _) = full_store(sessions);
        group.bench_function(BenchmarkId::from_parameter(sessions), |b| {
            b.iter(|| black_box(store.reap()));
        });
    }
    group.finish();
}

criterion_group!(benches, nothing_due);
criterion_main!(benches);
