//! What a server does all day: 95 % touches, 4 % leases, 1 % creations at the cap, some sessions
//! much more than others.
//!
//! Each thread owns every so-many-th session, and puts each new id where the draw says, so that few
//! lookups ask for sessions that were evicted. The tables without a cap grow by 1 % of the
//! operations.

use crate::args::Scale;
use crate::lineup::{Entrant, Lineup};
use crate::results::{At, Laps, Results};
use crate::stages::progress;
use peers::batch::Missed;
use peers::random::{self, SEED, Step};
use peers::threads;

pub(crate) fn run(scale: &Scale, lineup: &mut Lineup, results: &mut Results) {
    let sessions = lineup.sessions;
    for entrant in &mut lineup.entrants {
        if entrant.kind.abilities().evicts.makes_room() {
            entrant.touch_all(SEED + 4);
            entrant.top_up(sessions);
        }
        // How hot a session is must have nothing to do with how old it is.
        random::shuffle(&mut entrant.ids, SEED + 5);
    }
    for threads in [1, 2, 8] {
        measure(scale, lineup, At { workload: "mix", sessions, threads }, results);
    }
}

fn measure(scale: &Scale, lineup: &mut Lineup, at: At, results: &mut Results) {
    progress(&format!("{}: {} sessions, {} threads", at.workload, at.sessions, at.threads));
    let most = scale.largest_mix_batch(at.threads);
    let steps = tables(at, most * scale.rounds);
    let mut missed = vec![Missed::default(); lineup.entrants.len()];
    let times = lineup.rounds(scale.rounds, |entrant, round| {
        let each = scale.mix_batch(entrant.kind, at.threads);
        let parts = steps.iter().map(|steps| &steps[round * most..][..each]);
        let batch: Vec<&[Step]> = parts.collect();
        let (ns, lost) = mix(entrant, &batch);
        missed[entrant.kind as usize] += lost;
        Some(ns)
    });
    let per_second = |laps: Laps| {
        let values = laps.values.iter().map(|ns| at.threads as f64 * 1e3 / ns).collect();
        Laps { kind: laps.kind, values }
    };
    let rates: Vec<Laps> = times.into_iter().map(per_second).collect();
    results.laps(at, "mops", &rates);
    for Laps { kind, .. } in rates {
        let missed = missed[kind as usize].lookups;
        let steps = scale.mix_batch(kind, at.threads) * at.threads * scale.rounds;
        // One in a hundred is no lookup.
        results.hit_rate(at, kind, missed, steps / 100 * 99);
    }
}

/// The steps of each thread.
fn tables(at: At, count: usize) -> Vec<Vec<Step>> {
    let threads = u32::try_from(at.threads).expect("there are a few threads");
    let own = |thread| random::mix(at.sessions, thread, threads, count, SEED + 6);
    (0..threads).map(own).collect()
}

/// Deals the ids out, runs the steps, and collects the ids again. Returns nanoseconds an operation.
fn mix(entrant: &mut Entrant, steps: &[&[Step]]) -> (f64, Missed) {
    let (peer, threads) = (&*entrant.peer, steps.len());
    let mut parts = deal(&entrant.ids, threads);
    let jobs = parts.iter_mut().zip(steps).map(|(ids, steps)| || peer.mix(ids, steps));
    let (took, lost) = threads::run(jobs.collect());
    entrant.ids = interleave(&parts);
    let mut missed = Missed::default();
    for lost in lost {
        missed += lost;
    }
    let operations = steps.iter().map(|steps| steps.len()).sum();
    (threads::per_operation(took, threads, operations), missed)
}

/// Thread `t` of `n` gets the ids at `t`, `t + n`, `t + 2 n` and so on.
fn deal<T: Copy>(all: &[T], threads: usize) -> Vec<Vec<T>> {
    (0..threads).map(|thread| all.iter().copied().skip(thread).step_by(threads).collect()).collect()
}

/// Undoes `deal`.
fn interleave<T: Copy>(parts: &[Vec<T>]) -> Vec<T> {
    let longest = parts.first().map_or(0, Vec::len);
    (0..longest).flat_map(|at| parts.iter().filter_map(move |part| part.get(at).copied())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dealt_out_is_collected_in_the_same_order() {
        let all: Vec<u32> = (0..11).collect();
        for threads in 1..5 {
            let parts = deal(&all, threads);
            assert_eq!(parts[threads - 1][0] as usize, threads - 1);
            assert_eq!(interleave(&parts), all);
        }
    }
}
