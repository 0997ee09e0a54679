//! The longest that a single creation took, in a full table every session of which was touched.

use std::time::{Duration, Instant};

use crate::lineup::{Entrant, Lineup};
use crate::median::median;
use crate::results::{At, Results};
use crate::stages::progress;
use peers::random::SEED;
use peers::tables::Kind;

/// The median of three worst cases: one alone may be the operating system's.
const TIMES: u64 = 3;
const CREATES: usize = 20_000;

pub(crate) fn run(lineup: &mut Lineup, results: &mut Results) {
    let sessions = lineup.sessions;
    let at = At { workload: "worst create", sessions, threads: 1 };
    for entrant in &mut lineup.entrants {
        let (kind, evicts) = (entrant.kind, entrant.kind.abilities().evicts);
        if !evicts.makes_room() {
            results.missing(at, kind.name(), evicts.text());
            continue;
        }
        progress(&format!("worst create: {}", kind.name()));
        let (worst, _) = cycles(entrant, sessions, false);
        results.number(at, kind.name(), "max_ms", worst);
        if kind == Kind::Tenure {
            let (worst, reap) = cycles(entrant, sessions, true);
            results.number(at, "tenure, reap first", "max_ms", worst);
            results.number(at, "tenure, reap first", "reap_ms", reap);
        }
    }
}

/// The worst creation and the reap before it, in milliseconds.
fn cycles(entrant: &mut Entrant, sessions: usize, reap: bool) -> (f64, f64) {
    let count = CREATES.min(sessions / 4);
    let (mut worst, mut reaps) = (Vec::new(), Vec::new());
    for cycle in 0..TIMES {
        entrant.touch_all(SEED + 3 + cycle);
        if reap {
            let start = Instant::now();
            entrant.peer.settle();
            reaps.push(milliseconds(start.elapsed()));
        }
        let mut created = Vec::with_capacity(count);
        worst.push(milliseconds(entrant.peer.worst_create(count, &mut created)));
        entrant.ids.append(&mut created);
    }
    (median(&worst).unwrap_or(0.0), median(&reaps).unwrap_or(0.0))
}

fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}
