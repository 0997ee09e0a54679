//! tenure beside what one might use in its place: caches, maps with a lock, another session store.
//!
//! ```console
//! cargo run --release --example peers
//! cargo run --release --example peers -- --csv peers.csv --markdown peers.md
//! cargo run --release --example peers -- --quick
//! ```
//!
//! At one number of sessions all tables are alive at once. Each round runs the same batch on each of
//! them, and another begins each time. What is reported is the median of the rounds; the ratio to the
//! floor is the median of the rounds' ratios, so that a slow moment of the machine, which hits
//! neighbours alike, cancels out.

#![allow(missing_docs, clippy::disallowed_methods)]

mod args;
#[path = "../../benches/common/mod.rs"]
mod common;
mod machine;
mod median;
mod report;
mod results;
mod stage;
mod threads;
mod works;

use std::error::Error;
use std::time::Instant;

use args::{Args, Scale};
use clap::Parser;
use results::Results;
use stage::Stage;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    if let Some(subject) = &args.memory_of {
        return works::memory::measure_here(subject, args.memory_sessions);
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
    works::memory::run(scale, &mut results)?;
    works::mass_reap::run(scale, &mut results);
    for &sessions in &scale.sizes {
        progress(&format!("filling the tables with {sessions} sessions"));
        let mut stage = Stage::fill(sessions);
        works::touch::run(scale, &mut stage, &mut results);
        if scale.is_large(sessions) {
            works::lease::run(scale, &mut stage, &mut results);
        }
        if scale.is_largest(sessions) {
            works::touch::run_hot(scale, &mut stage, &mut results);
        }
        works::create::run(scale, &mut stage, &mut results);
        if scale.is_largest(sessions) {
            works::worst::run(&mut stage, &mut results);
        }
        if scale.is_large(sessions) {
            works::mix::run(scale, &mut stage, &mut results);
        }
        if scale.is_largest(sessions) {
            // The process ends soon. Freeing millions of records one by one would delay that.
            std::mem::forget(stage);
        }
    }
    Ok(results)
}

/// To those who wait; the results go to standard output.
fn progress(doing: &str) {
    eprintln!("… {doing}");
}
