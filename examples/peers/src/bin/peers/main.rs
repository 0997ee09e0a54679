//! tenure beside what one might use in its place: caches, maps with a lock, another session store.
//!
//! ```console
//! cargo run --release -p peers
//! cargo run --release -p peers -- --csv peers.csv --markdown peers.md
//! cargo run --release -p peers -- --quick
//! ```
//!
//! At one number of sessions all tables are alive at once. Each round runs the same batch on each
//! of them, and another begins each time. What is reported is the median of the rounds; the ratio
//! to the floor is the median of the rounds' ratios, so that a slow moment of the machine, which
//! hits neighbours alike, cancels out.

#![allow(missing_docs, clippy::disallowed_methods)]

mod args;
mod lineup;
mod machine;
mod median;
mod report;
mod results;
mod workloads;

use std::error::Error;
use std::time::Instant;

use args::{Args, Scale};
use clap::Parser;
use lineup::Lineup;
use results::Results;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    if let Some(subject) = &args.memory_of {
        return workloads::memory::measure_here(subject, args.memory_sessions);
    }
    let start = Instant::now();
    let scale = args.scale();
    let head = machine::describe();
    println!("{head}");
    let results = run(&scale)?;
    let took = start.elapsed().as_secs();
    print!("{}", report::plain(&results));
    println!("{took} s in all.");
    if let Some(file) = &args.markdown {
        std::fs::write(file, report::markdown(&head, &results))?;
    }
    if let Some(file) = &args.csv {
        report::write_csv(file, &results)?;
    }
    Ok(())
}

fn run(scale: &Scale) -> Result<Results, Box<dyn Error>> {
    let mut results = Results::default();
    // First, while this process is small and nothing else runs.
    workloads::memory::run(scale, &mut results)?;
    workloads::mass_reap::run(scale, &mut results);
    for &sessions in &scale.sizes {
        progress(&format!("filling the tables with {sessions} sessions"));
        let mut lineup = Lineup::fill(sessions);
        workloads::touch::run(scale, &mut lineup, &mut results);
        if scale.is_large(sessions) {
            workloads::lease::run(scale, &mut lineup, &mut results);
        }
        if scale.is_largest(sessions) {
            workloads::touch::run_hot(scale, &mut lineup, &mut results);
        }
        workloads::create::run(scale, &mut lineup, &mut results);
        if scale.is_largest(sessions) {
            workloads::worst::run(&mut lineup, &mut results);
        }
        if scale.is_large(sessions) {
            workloads::mix::run(scale, &mut lineup, &mut results);
        }
        if scale.is_largest(sessions) {
            // The process ends soon. Freeing millions of records one by one would delay that.
            std::mem::forget(lineup);
        }
    }
    Ok(results)
}

/// To those who wait; the results go to standard output.
fn progress(doing: &str) {
    eprintln!("… {doing}");
}
