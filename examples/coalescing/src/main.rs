//! What a Redis has to do for sessions in use: requests that touch memory, and a refresh that
//! writes each session once, beside a write a request.
//!
//! ```console
//! cargo run --release -p coalescing
//! ```
//!
//! Prints a table in Markdown. All figures but the time are the server's own.
//!
//! The sessions are there before anything is counted, and each request is for one of them at
//! random. A refresh after so many requests stands for an interval of a few minutes.

#![allow(missing_docs, clippy::disallowed_methods)]

mod counts;
mod ways;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use fleet::RedisServer;

use counts::Counts;
use ways::Work;

/// How many bytes of data a session has.
const DATA: usize = 200;

/// Puts tenure with a collection in Redis beside a write a request.
#[derive(Parser)]
struct Args {
    /// 10,000 requests of 1,000 sessions: shows that it runs, not how fast.
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let (sessions, requests) = if args.quick { (1_000, 10_000) } else { (10_000, 100_000) };
    match run(&Work { sessions, requests, data: "x".repeat(DATA) }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(work: &Work) -> Result<(), Box<dyn Error>> {
    let Some(server) = RedisServer::start("") else { return Ok(()) };
    let Work { sessions, requests, .. } = work;
    println!("{requests} requests of {sessions} sessions with {DATA} bytes of data, one client\n");
    println!(
        "| way | commands sent | sessions written | bytes received | bytes sent \
         | CPU of the server | time | a request |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for (name, way) in ways::ALL {
        server.tell("FLUSHALL");
        let done = way(&server, work)?;
        done.print(name, work.requests);
    }
    Ok(())
}

/// Runs the counted part of a way.
fn measure(
    server: &RedisServer,
    part: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<Counts, Box<dyn Error>> {
    let before = Counts::reset(server);
    let start = std::time::Instant::now();
    part()?;
    Ok(Counts::since(server, &before, start.elapsed()))
}
