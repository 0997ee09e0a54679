//! Touching: at random, and one session from several threads.

use crate::args::Scale;
use crate::lineup::{Entrant, Lineup};
use crate::results::{At, Results};
use crate::stages::progress;
use peers::random::{self, SEED};
use peers::threads;

pub(crate) fn run(scale: &Scale, lineup: &mut Lineup, results: &mut Results) {
    let draws = random::uniform(lineup.sessions, scale.largest_batch() * scale.rounds, SEED);
    for threads in [1, 2] {
        let at = At { workload: "touch", sessions: lineup.sessions, threads };
        measure(scale, lineup, at, &draws, results);
    }
}

pub(crate) fn run_hot(scale: &Scale, lineup: &mut Lineup, results: &mut Results) {
    let draws = vec![0; scale.largest_batch() * scale.rounds];
    for threads in [2, 8] {
        let at = At { workload: "touch hot", sessions: lineup.sessions, threads };
        measure(scale, lineup, at, &draws, results);
    }
}

fn measure(scale: &Scale, lineup: &mut Lineup, at: At, draws: &[u32], results: &mut Results) {
    progress(&format!("{}: {} sessions, {} threads", at.workload, at.sessions, at.threads));
    let mut missed = vec![0; lineup.entrants.len()];
    let laps = lineup.rounds(scale.rounds, |entrant, round| {
        let places =
            &draws[round * scale.largest_batch()..][..scale.batch(entrant.kind, at.threads)];
        let (ns, lost) = touch(entrant, places, at.threads);
        missed[entrant.kind as usize] += lost;
        Some(ns)
    });
    results.laps(at, "ns", &laps);
    for lap in laps {
        let missed = missed[lap.kind as usize];
        if missed > 0 {
            results.hit_rate(
                at,
                lap.kind,
                missed,
                scale.batch(lap.kind, at.threads) * scale.rounds,
            );
        }
    }
}

/// The places are dealt out among the threads. A part of the batch runs first, untimed: the others
/// have just used the processor's caches.
fn touch(entrant: &Entrant, places: &[u32], threads: usize) -> (f64, usize) {
    let (peer, ids) = (&*entrant.peer, &*entrant.ids);
    peer.touch_each(ids, &places[places.len() / 10 * 9..]);
    let parts = places.chunks(places.len().div_ceil(threads));
    let (took, missed) = threads::run(parts.map(|part| || peer.touch_each(ids, part)).collect());
    (threads::per_operation(took, threads, places.len()), missed.into_iter().sum())
}
