//! Getting the session of a slot, beside what it is made of: loading an `ArcSwap`, and reading the
//! clock if the session has an absolute timeout. The bars: with that timeout no more than both
//! together; without it, 1.5 times the load; and a hundredth of a login, which takes 2.4 ms in
//! xapi.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use criterion::{Criterion, criterion_group, criterion_main};
use tenure::clock::CoarseClock;
use tenure::slot::ReusableSession;
use tenure::{Clock, NewSession, SessionStore, SystemClock, Timeouts};

use peers::new_session;

const LOGIN: Duration = Duration::from_micros(2_400);

/// A slot that holds a session.
fn held(store: &SessionStore<u64>) -> ReusableSession<u64> {
    let slot = ReusableSession::new(store);
    slot.get_or_login(|| new_session(0)).unwrap();
    slot
}

fn get(c: &mut Criterion) {
    let mut group = c.benchmark_group("slot");
    let bare = ArcSwap::from_pointee(0_u64);
    group.bench_function("ArcSwap::load_full", |b| b.iter(|| black_box(bare.load_full())));

    let endless = SessionStore::builder().timeouts(Timeouts::none()).build().unwrap();
    let slot = held(&endless);
    group.bench_function("get", |b| b.iter(|| black_box(slot.get().unwrap())));
    group.bench_function("get_or_login", |b| {
        b.iter(|| black_box(slot.get_or_login(|| new_session(1)).unwrap()));
    });

    let clock = SystemClock::new();
    group.bench_function("ArcSwap::load_full and SystemClock::now", |b| {
        b.iter(|| (black_box(bare.load_full()), black_box(clock.now())));
    });

    let default = SessionStore::builder().clock(SystemClock::new()).build().unwrap();
    let slot = held(&default);
    group.bench_function("get, absolute timeout", |b| b.iter(|| black_box(slot.get().unwrap())));
    group.bench_function("lease_or_login, absolute timeout", |b| {
        b.iter(|| black_box(slot.lease_or_login(|| new_session(1)).unwrap()));
    });

    let coarse = SessionStore::builder().clock(CoarseClock::new()).build().unwrap();
    let slot = held(&coarse);
    group.bench_function("get, absolute timeout, coarse clock", |b| {
        b.iter(|| black_box(slot.get().unwrap()));
    });
    // Once more, for the noise.
    let bare = Arc::new(ArcSwap::from_pointee(0_u64));
    group.bench_function("ArcSwap::load_full, again", |b| b.iter(|| black_box(bare.load_full())));
    group.bench_function("ArcSwap::load_full and SystemClock::now, again", |b| {
        b.iter(|| (black_box(bare.load_full()), black_box(clock.now())));
    });
    group.finish();
}

/// What the slot saves.
fn log_in(c: &mut Criterion) {
    let store = SessionStore::builder().build().unwrap();
    let slot = ReusableSession::new(&store);
    let mut group = c.benchmark_group("slot");
    group.sample_size(20);
    group.bench_function("a login of 2.4 ms", |b| {
        b.iter(|| {
            slot.invalidate();
            let login = || {
                std::thread::sleep(LOGIN);
                Ok::<_, Infallible>(NewSession::new(0))
            };
            black_box(slot.try_get_or_login(login).unwrap())
        });
    });
    group.finish();
}

criterion_group!(benches, get, log_in);
criterion_main!(benches);
