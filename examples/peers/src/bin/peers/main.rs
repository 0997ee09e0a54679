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
mod outputs;
mod report;
mod results;
mod stages;
mod workloads;

use std::error::Error;
use std::time::Instant;

use args::Args;
use clap::Parser;
use outputs::Output;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    if let Some(subject) = &args.memory_of {
        return workloads::memory::measure_here(subject, args.memory_sessions);
    }
    // Before minutes are spent on what then cannot be written.
    let markdown = args.markdown.as_deref().map(Output::open).transpose()?;
    let csv = args.csv.as_deref().map(Output::open).transpose()?;
    let start = Instant::now();
    let scale = args.scale();
    let head = machine::describe();
    println!("{head}");
    let results = stages::run(&scale)?;
    let took = start.elapsed().as_secs();
    print!("{}", report::plain(&results));
    println!("{took} s in all.");
    if let Some(file) = markdown {
        file.replace(&report::markdown(&head, &results))?;
    }
    if let Some(file) = csv {
        file.replace(&report::csv(&results)?)?;
    }
    Ok(())
}
