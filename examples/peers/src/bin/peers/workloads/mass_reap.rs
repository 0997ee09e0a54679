//! Most of a table expires at once. How long does each session take that is collected, and what do
//! those notice who touch the sessions that live on?

mod expiring;
mod watch;

use std::time::{Duration, Instant};

use crate::args::Scale;
use crate::results::{At, Results};
use crate::stages::progress;
use crate::workloads::mass_reap::expiring::{Expiring, Expiry};
use crate::workloads::mass_reap::watch::{Watched, watch};
use peers::batch::Peer;
use peers::random::{self, SEED};
use peers::tables::{Floor, Kind, Moka, MutexHashMap, Tenure};

pub(crate) const WORKLOAD: &str = "mass reap";
pub(crate) const QUIET: &str = "touch, quiet";
pub(crate) const DURING: &str = "touch, during the mass reap";

/// For reading, and with more points for a plot.
const POINTS: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999)];
const CURVE: [(&str, f64); 16] = [
    ("q0.1", 0.1),
    ("q0.25", 0.25),
    ("q0.5", 0.5),
    ("q0.75", 0.75),
    ("q0.9", 0.9),
    ("q0.95", 0.95),
    ("q0.975", 0.975),
    ("q0.99", 0.99),
    ("q0.995", 0.995),
    ("q0.999", 0.999),
    ("q0.9995", 0.9995),
    ("q0.9999", 0.9999),
    ("q0.99995", 0.99995),
    ("q0.99999", 0.99999),
    ("q0.999999", 0.999_999),
    ("q1", 1.0),
];

pub(crate) fn run(scale: &Scale, results: &mut Results) {
    let at = At { workload: WORKLOAD, sessions: scale.largest(), threads: 1 };
    for kind in Kind::ALL {
        progress(&format!("mass reap: {}", kind.name()));
        match measure(kind, scale) {
            Ok(watched) => report(at, kind, &watched, results),
            Err(reason) => results.missing(at, kind.name(), reason),
        }
    }
}

fn measure(kind: Kind, scale: &Scale) -> Result<Watched<usize>, &'static str> {
    let (expiring, live, idle) = (scale.largest(), scale.largest() / 10, scale.short_idle);
    match kind {
        // No limit is to play a part.
        Kind::Tenure => reap(&Tenure::new(2 * (expiring + live)), scale),
        Kind::Floor => reap(&Floor::new(), scale),
        Kind::MutexHashMap => reap(&MutexHashMap::new(expiring + live), scale),
        Kind::Moka => reap(&Moka::<false>::unlimited(idle), scale),
        Kind::MokaLru => Err("as moka: without a cap the policy plays no part"),
        Kind::MiniMoka => Err("much as moka: not measured"),
        Kind::Papaya => Err("a scan, as the other floor: not measured"),
        Kind::TowerSessions => Err("expired sessions are never freed"),
        Kind::QuickCache | Kind::LruMutex => Err("no idle timeout"),
    }
}

fn reap<T: Expiring>(table: &T, scale: &Scale) -> Result<Watched<usize>, &'static str> {
    let (expiring, live) = (scale.largest(), scale.largest() / 10);
    let begun = Instant::now();
    (0..expiring).for_each(|_| table.create_expiring());
    let filled = Instant::now();
    // Their times must be later than those of the others, by the table's own clock.
    std::thread::sleep(Duration::from_millis(1));
    let cutoff = table.time();
    let mut ids = Vec::with_capacity(live);
    table.create_each(live, &mut ids);
    random::shuffle(&mut ids, SEED + 7);

    let expired = match T::EXPIRY {
        Expiry::Own(idle) => filled + idle,
        Expiry::Cutoff => filled,
        Expiry::Shared => {
            if begun.elapsed() + scale.quiet >= scale.short_idle {
                return Err("filling took longer than the idle timeout: the machine is too slow");
            }
            filled + scale.short_idle
        }
    };
    // Timers may be a little late.
    let then = expired + Duration::from_millis(20);
    let watched = watch(table, &ids, scale.quiet, then, || table.collect(cutoff));
    if watched.answer * 100 < expiring * 99 {
        return Err("part of it was collected beforehand");
    }
    Ok(watched)
}

fn report(at: At, kind: Kind, watched: &Watched<usize>, results: &mut Results) {
    let name = kind.name();
    let took = watched.took.as_secs_f64();
    results.number(at, name, "ns", took * 1e9 / watched.answer as f64);
    results.number(at, name, "reap_ms", took * 1e3);
    let seen = &watched.seen;
    let touches = seen.quiet.len() + seen.during.len();
    results.number(at, name, "hit_rate", 1.0 - seen.missed as f64 / touches.max(1) as f64);
    for (workload, histogram) in [(QUIET, &seen.quiet), (DURING, &seen.during)] {
        let at = At { workload, ..at };
        results.number(at, name, "touches", histogram.len() as f64);
        for (metric, quantile) in POINTS.into_iter().chain(CURVE) {
            results.number(at, name, metric, histogram.value_at_quantile(quantile) as f64);
        }
        results.number(at, name, "max", histogram.max() as f64);
    }
}
