//! Creating in a full table, every session of which was touched at random beforehand.
//!
//! Touching all and then creating half as many anew is a cycle: each of these creations ends a
//! session that was touched. In a large table one cycle lasts for all rounds. The first creations
//! of a cycle are reported apart, since a table may put off work until then.

use std::time::Instant;

use crate::args::Scale;
use crate::lineup::{Entrant, Lineup};
use crate::results::{At, Laps, Results};
use crate::stages::progress;
use peers::random::SEED;
use peers::tables::Kind;
use peers::threads::per_operation;

/// The first creations are a tenth of the sessions, and no more than these.
const FIRST: usize = 10_000;
/// The most creations in a round.
const BATCH: usize = 5_000;

pub(crate) fn run(scale: &Scale, lineup: &mut Lineup, results: &mut Results) {
    let sessions = lineup.sessions;
    progress(&format!("create: {sessions} sessions"));
    let at = At { workload: "create", sessions, threads: 1 };
    let first = At { workload: "create, first", ..at };
    let batch = BATCH.min(sessions / 2);
    let mut cycles: Vec<Cycle> = Kind::ALL.into_iter().map(Cycle::new).collect();
    let mut kept = Vec::new();
    let laps = lineup.rounds(scale.rounds, |entrant, round| {
        if !entrant.kind.abilities().evicts.makes_room() {
            return None;
        }
        let cycle = &mut cycles[entrant.kind as usize];
        if cycle.left < batch {
            cycle.begin(entrant, sessions);
        }
        cycle.left -= batch;
        let (ns, missed) = create(entrant, batch, round + 1 == scale.rounds);
        kept.extend(missed.map(|missed| (entrant.kind, missed)));
        Some(ns)
    });
    results.laps(at, "ns", &laps);
    let firsts: Vec<Laps> = cycles.into_iter().map(|cycle| cycle.first).collect();
    results.laps(first, "ns", &firsts);
    for (kind, missed) in kept {
        results.hit_rate(at, kind, missed, batch);
    }
    for kind in Kind::ALL {
        if !kind.abilities().evicts.makes_room() {
            results.missing(at, kind.name(), kind.abilities().evicts.text());
            results.missing(first, kind.name(), kind.abilities().evicts.text());
        }
    }
}

struct Cycle {
    /// How many touched sessions may yet be evicted.
    left: usize,
    /// Nanoseconds a creation among the first of each cycle.
    first: Laps,
}

impl Cycle {
    fn new(kind: Kind) -> Self {
        Self { left: 0, first: Laps { kind, values: Vec::new() } }
    }

    fn begin(&mut self, entrant: &mut Entrant, sessions: usize) {
        entrant.touch_all(SEED + 2);
        let (ns, _) = create(entrant, FIRST.min(sessions / 10), false);
        self.first.values.push(ns);
        self.left = sessions / 2;
    }
}

/// Nanoseconds a creation; and, where that is asked for, how many of the new sessions are gone
/// again.
fn create(entrant: &mut Entrant, count: usize, look_after: bool) -> (f64, Option<usize>) {
    let mut created = Vec::with_capacity(count);
    let start = Instant::now();
    entrant.peer.create_each(count, &mut created);
    let ns = per_operation(start.elapsed(), 1, count);
    let gone = look_after.then(|| {
        entrant.peer.settle();
        created.iter().filter(|id| !entrant.peer.touch_one(id)).count()
    });
    entrant.ids.append(&mut created);
    (ns, gone)
}
