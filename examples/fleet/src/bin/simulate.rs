//! A thousand nodes on virtual time: what reaches their collection, beside one write a request.
//!
//! ```console
//! cargo run --release -p fleet --bin simulate -- --nodes 1000 --users 50000 --hours 1
//! cargo run --release -p fleet --bin simulate -- --astray 100
//! ```
//!
//! The nodes are real, and so is their collection, in the memory of this process. The simulation is
//! in `src/simulation.rs`; what it counts is in the guide, on the page `sizing`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use fleet::simulation::{Config, run};

/// The most nodes, and users.
const MOST: i64 = 10_000_000;

/// Simulates a fleet of nodes over one collection.
#[derive(Parser)]
struct Args {
    /// How many nodes there are.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=MOST))]
    nodes: u32,
    /// How many users there are, at work or away.
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..=MOST))]
    users: u32,
    /// How many hours are counted.
    #[arg(long, default_value_t = 1.0)]
    hours: f64,
    /// The mean time between two requests of a user, in seconds.
    #[arg(long, default_value_t = 60.0)]
    think: f64,
    /// The mean number of requests of a visit.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    visit: u32,
    /// How many visits in a hundred end with a logout.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=100))]
    logouts: u32,
    /// The mean time until a user is back, in minutes.
    #[arg(long, default_value_t = 30.0)]
    away: f64,
    /// How many requests in a hundred go to any node, and not to that of the login.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=100))]
    astray: u32,
    /// How often a node refreshes, in seconds.
    #[arg(long, default_value_t = 300.0)]
    interval: f64,
    /// The idle timeout, in minutes.
    #[arg(long, default_value_t = 30.0)]
    idle: f64,
    /// The mean time until a node fails, in hours.
    #[arg(long, default_value_t = 24.0)]
    failure: f64,
    /// How many bytes of data a session has.
    #[arg(long, default_value_t = 100)]
    data: usize,
    /// Where the random numbers begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// So many of a unit, which has so many seconds.
fn span(count: f64, unit: f64) -> Result<Duration, String> {
    let span = Duration::try_from_secs_f64(count * unit);
    span.ok().filter(|span| !span.is_zero()).ok_or(format!("{count} is no span of time"))
}

fn config(args: &Args) -> Result<Config, String> {
    Ok(Config {
        nodes: args.nodes,
        users: args.users,
        span: span(args.hours, 3_600.0)?,
        think: span(args.think, 1.0)?,
        visit: args.visit,
        logouts: args.logouts,
        away: span(args.away, 60.0)?,
        astray: args.astray,
        interval: span(args.interval, 1.0)?,
        idle: span(args.idle, 60.0)?,
        failure: span(args.failure, 3_600.0)?,
        data: args.data,
        seed: args.seed,
    })
}

fn main() -> ExitCode {
    let config = match config(&Args::parse()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let report = run(config);
    print!("{report}");
    if report.faults().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
