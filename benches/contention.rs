//! Several threads at once: all at one session, and each at its part of a table. The times are of
//! one operation of one thread; the throughput is that of all threads together.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::cell::{LazyCell, RefCell};

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use tenure::SessionId;

mod run;

use peers::batch::Peer;
use peers::random::{self, SEED, Step};
use peers::tables::Kind;
use peers::threads;
use run::{brief, size};

const CONTENDERS: [Kind; 4] = [Kind::Floor, Kind::Tenure, Kind::Moka, Kind::LruMutex];

/// How many steps a thread's table has.
const STEPS: usize = 1 << 18;

fn one_hot_session(c: &mut Criterion) {
    let hot = [0; 1_000];
    for threads in [2, 8] {
        let mut group = c.benchmark_group(format!("touch one session, threads: {threads}"));
        group.throughput(Throughput::Elements(threads)).sampling_mode(SamplingMode::Flat);
        for kind in CONTENDERS {
            let peer = LazyCell::new(|| {
                let peer = kind.build(1_000);
                let ids = peer.fill(1);
                (peer, ids)
            });
            group.bench_function(kind.name(), |b| {
                let (peer, ids) = &*peer;
                let touch = |steps: u64| {
                    for _ in 0..steps / 1_000 {
                        assert_eq!(peer.touch_each(ids, &hot), 0);
                    }
                    let rest = usize::try_from(steps % 1_000).expect("less than a thousand");
                    assert_eq!(peer.touch_each(ids, &hot[..rest]), 0);
                };
                b.iter_custom(|steps| {
                    threads::run((0..threads).map(|_| || touch(steps)).collect()).0
                });
            });
        }
        group.finish();
    }
}

/// What one thread owns of the mixed workload.
struct Part {
    ids: Vec<SessionId>,
    steps: Vec<Step>,
    at: usize,
}

impl Part {
    fn run(&mut self, peer: &dyn Peer, mut left: u64) {
        while left > 0 {
            let ahead = self.steps.len() - self.at;
            let some = usize::try_from(left).map_or(ahead, |left| ahead.min(left));
            peer.mix(&mut self.ids, &self.steps[self.at..self.at + some]);
            self.at = (self.at + some) % self.steps.len();
            left -= some as u64;
        }
    }
}

struct Mixed {
    peer: Box<dyn Peer>,
    parts: Vec<Part>,
}

impl Mixed {
    fn new(kind: Kind, sessions: usize, threads: u32) -> Self {
        let peer = kind.build(sessions);
        let ids = peer.fill(sessions);
        let part = |thread| Part {
            ids: ids.iter().copied().skip(thread as usize).step_by(threads as usize).collect(),
            steps: random::mix(sessions, thread, threads, STEPS, SEED),
            at: 0,
        };
        let parts = (0..threads).map(part).collect();
        Self { peer, parts }
    }
}

/// 95 % touches, 4 % leases, 1 % creations at the cap, at sessions drawn by Zipf's law.
fn mix(c: &mut Criterion) {
    let sessions = size(100_000);
    for threads in [1, 2, 8] {
        let mut group = c.benchmark_group(format!("mix, threads: {threads}"));
        group.throughput(Throughput::Elements(u64::from(threads)));
        group.sampling_mode(SamplingMode::Flat);
        for kind in CONTENDERS {
            let mixed = LazyCell::new(|| RefCell::new(Mixed::new(kind, sessions, threads)));
            group.bench_function(BenchmarkId::new(kind.name(), sessions), |b| {
                let Mixed { peer, parts } = &mut *mixed.borrow_mut();
                b.iter_custom(|steps| {
                    let jobs = parts.iter_mut().map(|part| || part.run(&**peer, steps));
                    threads::run(jobs.collect()).0
                });
            });
        }
        group.finish();
    }
}

criterion_group! { name = benches; config = brief(); targets = one_hot_session, mix }
criterion_main!(benches);
