//! What a run consists of, in order, so that it can say what is left.

use std::error::Error;
use std::time::Instant;

use crate::args::Scale;
use crate::lineup::Lineup;
use crate::results::Results;
use crate::workloads::{create, lease, mass_reap, memory, mix, touch, worst};

/// A part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// First, while this process is small and nothing else runs.
    Memory,
    MassReap,
    /// The tables that the following stages run on.
    Fill(usize),
    Touch,
    Lease,
    TouchHot,
    Create,
    WorstCreate,
    Mix,
}

fn stages(scale: &Scale) -> Vec<Stage> {
    let mut stages = vec![Stage::Memory, Stage::MassReap];
    for &sessions in &scale.sizes {
        let (large, largest) = (scale.is_large(sessions), scale.is_largest(sessions));
        let all = [
            (Stage::Fill(sessions), true),
            (Stage::Touch, true),
            (Stage::Lease, large),
            (Stage::TouchHot, largest),
            (Stage::Create, true),
            (Stage::WorstCreate, largest),
            (Stage::Mix, large),
        ];
        stages.extend(all.into_iter().filter(|(_, runs)| *runs).map(|(stage, _)| stage));
    }
    stages
}

pub(crate) fn run(scale: &Scale) -> Result<Results, Box<dyn Error>> {
    let (mut results, mut lineup) = (Results::default(), Lineup::default());
    let (start, stages) = (Instant::now(), stages(scale));
    for (done, stage) in stages.iter().enumerate() {
        let (left, so_far) = (stages.len() - done - 1, start.elapsed().as_secs());
        eprintln!("stage {} of {}, {left} left, {so_far} s so far", done + 1, stages.len());
        match *stage {
            Stage::Memory => memory::run(scale, &mut results)?,
            Stage::MassReap => mass_reap::run(scale, &mut results),
            Stage::Fill(sessions) => {
                progress(&format!("filling the tables with {sessions} sessions"));
                // The tables of before are freed first.
                drop(std::mem::take(&mut lineup));
                lineup = Lineup::fill(sessions);
            }
            Stage::Touch => touch::run(scale, &mut lineup, &mut results),
            Stage::Lease => lease::run(scale, &mut lineup, &mut results),
            Stage::TouchHot => touch::run_hot(scale, &mut lineup, &mut results),
            Stage::Create => create::run(scale, &mut lineup, &mut results),
            Stage::WorstCreate => worst::run(&mut lineup, &mut results),
            Stage::Mix => mix::run(scale, &mut lineup, &mut results),
        }
    }
    // The process ends soon. Freeing millions of records one by one would delay that.
    std::mem::forget(lineup);
    Ok(results)
}

/// To those who wait; the results go to standard output.
pub(crate) fn progress(doing: &str) {
    eprintln!("  {doing}");
}
