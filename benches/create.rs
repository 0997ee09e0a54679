//! Creating sessions: in a full table, where each evicts another, with and without limits for each
//! principal; and in a table with room.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::cell::{LazyCell, RefCell};
use std::ops::Range;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tenure::{Limit, Limits, SessionId};

mod run;

use peers::batch::Peer;
use peers::churn::Churn;
use peers::table::{LOGIN, Login};
use peers::tables::{Kind, Tenure};
use run::{brief, size, sizes};

fn at_the_cap(c: &mut Criterion) {
    for sessions in sizes([10_000, 100_000, 1_000_000]) {
        let mut group = c.benchmark_group(format!("create at the cap/{sessions}"));
        let evicting = Kind::ALL.into_iter().filter(|kind| kind.abilities().evicts.makes_room());
        for kind in evicting {
            let create = |peer: &dyn Peer, which: Range<usize>, ids: &mut Vec<SessionId>| {
                peer.create_each(which.len(), ids);
            };
            let full = LazyCell::new(|| Churn::new(kind.build(sessions), sessions, &create));
            group.bench_function(kind.name(), |b| {
                let full = &*full;
                b.iter_custom(|count| full.time(count));
            });
        }
        group.finish();
    }
}

/// Each principal has as many sessions as the next, as many as its limit allows.
fn by_principal(c: &mut Criterion) {
    let all = size(1_000_000);
    for (principals, each) in [(all, 1), (10, all / 10)] {
        let of_each = format!("{principals} principals, {each} sessions each");
        let names: LazyCell<Vec<String>, _> =
            LazyCell::new(|| (0..principals).map(|n| format!("user {n}")).collect());
        let create = |peer: &dyn Peer, which: Range<usize>, ids: &mut Vec<SessionId>| {
            ids.extend(which.filter_map(|n| {
                // A step that shares no factor with any number of principals here.
                let name = names[n * 7_919 % principals].as_str();
                peer.create_one(Login { principal: name, ..LOGIN })
            }));
        };
        let global = Limits::none().global(Limit::evict_oldest(all));
        let both = global.clone().per_principal(Limit::evict_oldest(each));
        let mut group = c.benchmark_group(format!("create at the cap/{of_each}"));
        for (name, limits) in [("a global limit", global), ("and one for each principal", both)] {
            let build = || Box::new(Tenure::with_limits(limits.clone()));
            let full = LazyCell::new(|| Churn::new(build(), all, &create));
            group.bench_function(name, |b| {
                let full = &*full;
                b.iter_custom(|count| full.time(count));
            });
        }
        group.finish();
    }
}

/// A table that is filled, and made anew when it is full.
struct Filling {
    kind: Kind,
    cap: usize,
    peer: Box<dyn Peer>,
    ids: Vec<SessionId>,
}

impl Filling {
    fn new(kind: Kind, cap: usize) -> Self {
        Self { kind, cap, peer: kind.build(cap), ids: Vec::with_capacity(cap) }
    }

    fn time(&mut self, count: u64) -> Duration {
        let (mut left, mut time) = (count, Duration::ZERO);
        while left > 0 {
            if self.ids.len() == self.cap {
                self.ids.clear();
                self.peer = self.kind.build(self.cap);
            }
            let (from, room) = (self.ids.len(), self.cap - self.ids.len());
            let some = usize::try_from(left).map_or(room, |left| room.min(left));
            let start = Instant::now();
            self.peer.create_each(some, &mut self.ids);
            time += start.elapsed();
            assert_eq!(self.ids.len(), from + some, "a table with room refuses nothing");
            left -= some as u64;
        }
        time
    }
}

fn below_the_cap(c: &mut Criterion) {
    let sessions = size(100_000);
    let mut group = c.benchmark_group("create below the cap");
    for kind in Kind::ALL {
        let filling = LazyCell::new(|| RefCell::new(Filling::new(kind, sessions)));
        group.bench_function(BenchmarkId::new(kind.name(), sessions), |b| {
            b.iter_custom(|count| filling.borrow_mut().time(count));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = brief();
    targets = at_the_cap, by_principal, below_the_cap
}
criterion_main!(benches);
