//! Creating a session in a full store, which evicts the oldest; every session was touched at random
//! beforehand.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

mod common;

use common::{Places, full_store, new_session};

fn create_at_the_cap(c: &mut Criterion) {
    let mut group = c.benchmark_group("create at the cap");
    for sessions in [10_000, 100_000, 1_000_000] {
        let (store, ids) = full_store(sessions);
        let mut places = Places::new(sessions);
        for _ in 0..2 * sessions {
            store.touch(&ids[places.draw()]).unwrap();
        }
        group.bench_function(BenchmarkId::from_parameter(sessions), |b| {
            b.iter(|| black_box(store.create(new_session(0)).unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, create_at_the_cap);
criterion_main!(benches);
