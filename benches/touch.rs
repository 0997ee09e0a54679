//! Touching sessions at random, beside the floor: a bare `DashMap` lookup, an `Arc` clone, a clock
//! read and a relaxed store. The bar is 1.35 times the floor at a million sessions.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::cell::LazyCell;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tenure::clock::CoarseClock;
use tenure::{Limit, Limits, SessionId, SessionStore};

mod run;

use peers::batch::Peer;
use peers::cursor::Cursor;
use peers::tables::{Kind, Tenure};
use run::{brief, sizes};

const TOUCHED: [Kind; 9] = [
    Kind::Floor,
    Kind::Tenure,
    Kind::Moka,
    Kind::MokaLru,
    Kind::MiniMoka,
    Kind::QuickCache,
    Kind::LruMutex,
    Kind::MutexHashMap,
    Kind::Papaya,
];

/// A table at its cap, and the ids of its sessions.
struct Full {
    ids: Vec<SessionId>,
    peer: Box<dyn Peer>,
}

impl Full {
    fn new(peer: Box<dyn Peer>, sessions: usize) -> Self {
        Self { ids: peer.fill(sessions), peer }
    }
}

fn touch(c: &mut Criterion) {
    for sessions in sizes([1_000, 100_000, 1_000_000]) {
        let cursor = LazyCell::new(|| Cursor::uniform(sessions));
        let mut group = c.benchmark_group(format!("touch/{sessions}"));
        for kind in TOUCHED {
            let full = LazyCell::new(|| Full::new(kind.build(sessions), sessions));
            group.bench_function(kind.name(), |b| {
                let (full, cursor) = (&*full, &*cursor);
                b.iter_custom(|steps| {
                    cursor.time(steps, |places| full.peer.touch_each(&full.ids, places))
                });
            });
        }
        group.finish();
    }
}

/// A lookup, in use, and out of use again. The floor's share is a second clock read and store.
fn acquire(c: &mut Criterion) {
    for sessions in sizes([1_000, 100_000, 1_000_000]) {
        let cursor = LazyCell::new(|| Cursor::uniform(sessions));
        let mut group = c.benchmark_group(format!("acquire and drop/{sessions}"));
        for kind in [Kind::Floor, Kind::Tenure] {
            let full = LazyCell::new(|| Full::new(kind.build(sessions), sessions));
            group.bench_function(kind.name(), |b| {
                let (full, cursor) = (&*full, &*cursor);
                b.iter_custom(|steps| {
                    cursor.time(steps, |places| full.peer.lease_each(&full.ids, places))
                });
            });
        }
        group.finish();
    }
}

/// With a clock that is read for the price of a load, and moved on every thousand touches.
fn coarse_clock(c: &mut Criterion) {
    let mut group = c.benchmark_group("touch, coarse clock");
    for sessions in sizes([1_000, 100_000, 1_000_000]) {
        let clock = CoarseClock::new();
        let full = LazyCell::new(|| {
            let limits = Limits::none().global(Limit::evict_oldest(sessions));
            let builder = SessionStore::builder().limits(limits).clock(clock.clone());
            let tenure = Tenure(builder.build().unwrap());
            (Full::new(Box::new(tenure), sessions), Cursor::uniform(sessions))
        });
        group.bench_function(BenchmarkId::new("tenure", sessions), |b| {
            let (full, cursor) = &*full;
            let touch_some = |places: &[u32]| {
                clock.refresh();
                full.peer.touch_each(&full.ids, places)
            };
            b.iter_custom(|steps| {
                cursor.time(steps, |places| places.chunks(1_000).map(touch_some).sum())
            });
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = brief(); targets = touch, coarse_clock, acquire }
criterion_main!(benches);
