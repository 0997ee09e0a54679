//! What events cost those who create and end sessions: with nobody who follows, with some who do
//! and never come to read, and with one who reads all of it.
//!
//! With nobody, an event is one load and a branch, which is too little to be seen here. Compare
//! instruction counts of two builds for that.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tenure::{EventKind, Filter, SessionStore, Subscription};

mod common;

use common::new_session;

/// A store with sessions in it, and so many who follow it.
fn store(followers: usize, filter: &Filter) -> (SessionStore<u64>, Vec<Subscription>) {
    let store = SessionStore::builder().build().unwrap();
    for n in 0..10_000 {
        store.create(new_session(n)).unwrap();
    }
    let followers = (0..followers).map(|_| store.subscribe(filter.clone())).collect();
    (store, followers)
}

fn create_and_end(store: &SessionStore<u64>) {
    let session = store.create(new_session(0)).unwrap();
    black_box(store.end_session(&session));
}

fn publish(c: &mut Criterion) {
    let mut group = c.benchmark_group("create and end, followed by");
    for followers in [0, 1, 8] {
        let (store, _followers) = store(followers, &Filter::all());
        group.bench_function(BenchmarkId::from_parameter(followers), |b| {
            b.iter(|| create_and_end(&store));
        });
    }
    // Eight who want something else, and so pass by everything.
    let (other, _followers) = store(8, &Filter::all().principal("nobody"));
    group.bench_function("8 with another filter", |b| b.iter(|| create_and_end(&other)));
    let (kept, mut followers) = store(1, &Filter::all());
    group.bench_function("1 that reads", |b| {
        b.iter(|| {
            create_and_end(&kept);
            while let Ok(Some(event)) = followers[0].try_next() {
                black_box(event);
            }
        });
    });
    group.finish();
}

/// Reading alone: a full ring, again and again from its oldest event.
fn read(c: &mut Criterion) {
    let (store, _events) = store(1, &Filter::all());
    let start = store.subscribe(Filter::all()).token();
    (0..2_000).for_each(|_| create_and_end(&store));
    let mut group = c.benchmark_group("read 4,000 events");
    group.throughput(Throughput::Elements(4_000));
    let from_the_start = |filter| store.subscribe_from(filter, start).expect("they are kept");
    group.bench_function("one by one", |b| {
        b.iter(|| {
            let mut events = from_the_start(Filter::all());
            while let Ok(Some(event)) = events.try_next() {
                black_box(event);
            }
        });
    });
    group.bench_function("in batches of 64", |b| {
        b.iter(|| {
            let mut events = from_the_start(Filter::all());
            while events.info().lag > 0 {
                black_box(events.next_batch(64, std::time::Duration::ZERO).unwrap());
            }
        });
    });
    group.bench_function("past all of them", |b| {
        b.iter(|| {
            let rotated = Filter::all().kinds([EventKind::Rotated]);
            assert!(from_the_start(rotated).try_next().unwrap().is_none());
        });
    });
    group.finish();
}

criterion_group!(benches, publish, read);
criterion_main!(benches);
