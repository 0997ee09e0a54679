//! What events cost those who create and end sessions: with no subscriber, with some who never come
//! to read, with one who reads all of it, and with thousands who want something else.
//!
//! With no subscriber, an event is one load and a branch, which is too little to be seen here.
//! Compare instruction counts of two builds for that.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tenure::events::{EventKind, Filter, Subscription};
use tenure::{NewSession, SessionStore};

use peers::new_session;

/// A store with sessions in it, and a subscription with each of these filters.
fn store(filters: impl IntoIterator<Item = Filter>) -> (SessionStore<u64>, Vec<Subscription>) {
    let store = SessionStore::builder().build().unwrap();
    for n in 0..10_000 {
        store.create(new_session(n)).unwrap();
    }
    let subscriptions = filters.into_iter().map(|filter| store.subscribe(filter)).collect();
    (store, subscriptions)
}

fn all(count: usize) -> Vec<Filter> {
    vec![Filter::all(); count]
}

/// Filters that want another principal each.
fn principals(count: usize) -> impl Iterator<Item = Filter> {
    (0..count).map(|number| Filter::all().principal(format!("user-{number}")))
}

fn create_and_end(store: &SessionStore<u64>, new: NewSession<u64>) {
    let session = store.create(new).unwrap();
    black_box(store.end(&session));
}

fn publish(c: &mut Criterion) {
    let mut group = c.benchmark_group("create and end, subscriptions");
    for count in [0, 1, 8] {
        let (store, _subscriptions) = store(all(count));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| create_and_end(&store, new_session(0)));
        });
    }
    let (store, mut subscriptions) = self::store(all(1));
    group.bench_function("1 that reads", |b| {
        b.iter(|| {
            create_and_end(&store, new_session(0));
            while let Ok(Some(event)) = subscriptions[0].try_recv() {
                black_box(event);
            }
        });
    });
    group.finish();
}

/// Subscriptions that want the sessions of one principal each. The session is of one of them.
fn narrow(c: &mut Criterion) {
    let mut group = c.benchmark_group("create and end, subscriptions to one principal each");
    for count in [1, 10_000] {
        let (store, _subscriptions) = store(principals(count));
        let name = format!("user-{}", count / 2);
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| create_and_end(&store, NewSession::new(0).principal(name.as_str())));
        });
    }
    group.finish();
}

/// Reading alone: a full ring, again and again from its oldest event.
fn read(c: &mut Criterion) {
    let (store, _events) = store(all(1));
    let start = store.subscribe(Filter::all()).token();
    (0..2_000).for_each(|_| create_and_end(&store, new_session(0)));
    let mut group = c.benchmark_group("read 4,000 events");
    group.throughput(Throughput::Elements(4_000));
    let from_the_start = |filter| store.subscribe_from(filter, start).expect("they are kept");
    group.bench_function("one by one", |b| {
        b.iter(|| {
            let mut events = from_the_start(Filter::all());
            while let Ok(Some(event)) = events.try_recv() {
                black_box(event);
            }
        });
    });
    group.bench_function("in batches of 64", |b| {
        b.iter(|| {
            let mut events = from_the_start(Filter::all());
            while events.info().lag > 0 {
                black_box(events.recv_batch(64, std::time::Duration::ZERO).unwrap());
            }
        });
    });
    group.bench_function("past all of them", |b| {
        b.iter(|| {
            let rotated = Filter::all().kinds([EventKind::Rotated]);
            assert!(from_the_start(rotated).try_recv().unwrap().is_none());
        });
    });
    group.finish();
}

/// What a token costs that leads nowhere: it depends on nothing that the store holds.
fn refuse(c: &mut Criterion) {
    let (store, _events) = store(all(1));
    let other = SessionStore::<()>::builder().build().unwrap();
    let elsewhere = other.subscribe(Filter::all()).token();
    c.bench_function("refuse a token of another store", |b| {
        b.iter(|| store.subscribe_from(Filter::all(), black_box(elsewhere)).unwrap_err());
    });
}

/// The one-way name, which is computed only when it is read.
fn track_id(c: &mut Criterion) {
    let store = SessionStore::builder().build().unwrap();
    let session = store.create(new_session(0)).unwrap();
    c.bench_function("track id", |b| b.iter(|| black_box(&session).track_id()));
}

criterion_group!(benches, publish, narrow, read, refuse, track_id);
criterion_main!(benches);
