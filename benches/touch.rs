//! Touching sessions at random, beside the floor: a bare DashMap lookup, an `Arc` clone, a clock read
//! and a relaxed store. The bar is 1.35 times the floor at a million sessions.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};

mod common;

use common::{Places, bare_map, full_store};

fn touch(c: &mut Criterion) {
    for sessions in [1_000, 100_000, 1_000_000] {
        let (store, ids) = full_store(sessions);
        let bare = bare_map(&ids);
        let mut group = c.benchmark_group(format!("touch/{sessions}"));

        let mut places = Places::new(sessions);
        let origin = Instant::now();
        group.bench_function("floor", |b| {
            b.iter(|| {
                let record = bare.get(&ids[places.draw()]).map(|entry| Arc::clone(entry.value()));
                let now = u64::try_from(origin.elapsed().as_micros()).unwrap();
                let record = record.unwrap();
                record.last_active.store(now, Ordering::Relaxed);
                black_box(record)
            });
        });

        let mut places = Places::new(sessions);
        group.bench_function("tenure", |b| {
            b.iter(|| black_box(store.touch(&ids[places.draw()]).unwrap()));
        });

        let mut places = Places::new(sessions);
        group.bench_function("tenure, acquire and drop", |b| {
            b.iter(|| drop(black_box(store.acquire(&ids[places.draw()]).unwrap())));
        });
        group.finish();
    }
}

criterion_group!(benches, touch);
criterion_main!(benches);
