//! A fleet of nodes that share their sessions: users log in on one and go on on another, a logout
//! on one is known by all, a node fails and comes back.
//!
//! ```console
//! cargo run --release -p fleet
//! cargo run --release -p fleet -- --redis redis://127.0.0.1:6379
//! ```
//!
//! Without a Redis the nodes share a collection in the memory of this process. `nodes.rs` has the
//! fleet and its table, `story.rs` what happens to it.

#![allow(missing_docs)]

mod nodes;
mod story;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tenure::collection::{MemoryCollection, Policy, RedisCollection, RedisOptions};

/// The most users of a node.
const MOST: i64 = 1_000_000;

/// Nodes share their sessions: over one Redis, or in memory without one.
#[derive(Parser)]
struct Args {
    /// Where the Redis or Valkey is: `redis://HOST:PORT`.
    #[arg(long)]
    redis: Option<String>,
    /// How many nodes there are; at least two.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=64))]
    nodes: u8,
    /// How many users log in on each node.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=MOST))]
    users: u32,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let policy = Policy::new(Duration::from_secs(300));
    let done = match &args.redis {
        None => {
            println!("no --redis: the nodes share a collection in the memory of this process\n");
            let collection = MemoryCollection::new(policy);
            story::tell(&args, || Ok(collection.clone()))
        }
        // Each run has records of its own, and leaves those of others alone.
        Some(url) => {
            let options = RedisOptions::new(policy).prefix(format!("fleet-{}", std::process::id()));
            story::tell(&args, || Ok(RedisCollection::new(url, options.clone())?))
        }
    };
    if let Err(error) = done {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
