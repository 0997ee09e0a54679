//! Sessions that survive a crash: users log in, the program is killed with a signal that it cannot
//! catch, starts again, and those who had not logged out are still logged in.
//!
//! ```console
//! cargo run --release -p durable
//! cargo run --release -p durable -- --measure
//! cargo run --release -p durable --bin inspect -- FILE
//! ```
//!
//! | file | what it does |
//! |---|---|
//! | `story.rs` | what is told, in two processes that are killed |
//! | `login.rs` | the sessions: how they are opened |
//! | `storm.rs` | creates, ends and refreshes until it is killed: a test starts it |
//! | `measure.rs` | how long it takes, and how large the file is |
//! | `bin/inspect.rs` | what a file has, without secrets |

#![allow(missing_docs)]

mod login;
mod measure;
mod storm;
mod story;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Users log in, the program is killed, and they are still logged in when it starts again.
#[derive(Parser)]
struct Args {
    /// Where the sessions are kept: a file that is not there yet. By default, one among the
    /// system's temporary files, which is removed in the end.
    #[arg(long)]
    file: Option<PathBuf>,
    /// Measures in place of that: a refresh's worth of touches, opening, and the size of the file.
    #[arg(long)]
    measure: bool,
    /// How many sessions there are then.
    #[arg(long, default_value_t = 1_000_000, requires = "measure")]
    sessions: usize,
    /// How many of them are touched at once.
    #[arg(long, default_value_t = 100_000, requires = "measure")]
    touched: usize,
    /// Plays a part of the story, or of a test.
    #[arg(long, hide = true, requires = "file")]
    part: Option<Part>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Part {
    First,
    Second,
    Storm,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let given = args.file.clone();
    let path = given.clone().unwrap_or_else(login::path_of_this_process);
    let done = match args.part {
        Some(Part::First) => story::first(&path),
        Some(Part::Second) => story::second(&path),
        Some(Part::Storm) => storm::run(&path),
        None if args.measure => measure::run(&path, args.sessions, args.touched),
        None => story::tell(&path),
    };
    if given.is_none() {
        let _ = std::fs::remove_file(&path);
    }
    if let Err(error) = done {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
