//! A request from start to end: acquire and drop, or what the others have in place of it.

use std::time::Instant;

use crate::args::Scale;
use crate::lineup::Lineup;
use crate::results::{At, Results};
use crate::stages::progress;
use peers::random::{self, SEED};
use peers::threads::per_operation;

pub(crate) fn run(scale: &Scale, lineup: &mut Lineup, results: &mut Results) {
    let at = At { workload: "lease", sessions: lineup.sessions, threads: 1 };
    progress(&format!("{}: {} sessions", at.workload, at.sessions));
    let draws = random::uniform(lineup.sessions, scale.largest_batch() * scale.rounds, SEED + 1);
    let laps = lineup.rounds(scale.rounds, |entrant, round| {
        let places = &draws[round * scale.largest_batch()..][..scale.batch(entrant.kind, 1)];
        entrant.peer.lease_each(&entrant.ids, &places[places.len() / 10 * 9..]);
        let start = Instant::now();
        entrant.peer.lease_each(&entrant.ids, places);
        Some(per_operation(start.elapsed(), 1, places.len()))
    });
    results.laps(at, "ns", &laps);
}
