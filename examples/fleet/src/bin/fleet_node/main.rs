//! One node of a fleet, as a process of its own: it storms, refreshes and listens until it is told
//! to stop, and says what was acknowledged. Several of them and one Redis are a test.
//!
//! A login is named by the first id that it had. Ids are secrets: only a test prints them.
//!
//! | line of the input | |
//! |---|---|
//! | `at LOGIN ID` | another node created this login, or gave it this id |
//! | `stop` | ends the storm; says `stopped` |
//! | `refresh` | says `refreshed`, or why not |
//! | `ask ID` | says `live ID CHANGES`, or `ended ID REASON`, or `refused ID WHY` |
//!
//! | line of the output | |
//! |---|---|
//! | `at LOGIN ID` | it was created, or has this id now: acknowledged |
//! | `ending LOGIN`, `ended LOGIN` | it may end from now on; that is acknowledged |
//! | `rotating LOGIN` | it may have another id from now on, until `at` says which |
//! | `kept LOGIN` | the last rotation was too late, and did nothing |
//! | `changing LOGIN`, `changed LOGIN` | its data may count one more; that is acknowledged |
//! | `trouble WHAT` | something that should not be |

#![allow(missing_docs, clippy::disallowed_methods)]

mod logins;
mod storm;

use std::error::Error;
use std::io::stdin;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Scope};
use std::time::Duration;

use clap::Parser;
use tenure::collection::{HashKey, Heard, Policy, RedisCollection, RedisOptions};
use tenure::shared::{SharedAcquireError, SharedSessions};
use tenure::{Limit, Limits, SessionId, SessionStore};

use logins::Logins;

pub(crate) type Node = SharedSessions<u64, RedisCollection>;

/// The most sessions in its memory: others are unloaded, and loaded when they are used.
const MEMORY: usize = 200;
const IDLE: Duration = Duration::from_secs(3_600);
/// How long it waits between two refreshes, and for what a listener hears.
const PAUSE: Duration = Duration::from_millis(20);

/// One node of a fleet: it storms until it is told to stop. `main.rs` says what its lines mean.
#[derive(Parser)]
struct Args {
    /// Where the Redis or Valkey is: `redis://HOST:PORT`.
    #[arg(long)]
    redis: String,
    /// How many threads storm.
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// What they draw from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

fn main() -> ExitCode {
    if let Err(error) = run(&Args::parse()) {
        println!("trouble {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let options = RedisOptions::new(Policy::new(Duration::from_secs(300)));
    let collection = RedisCollection::new(&args.redis, options)?;
    let limits = Limits::default().global(Limit::evict_oldest(MEMORY));
    let store = SessionStore::builder().limits(limits).idle_timeout(IDLE);
    let builder = SharedSessions::builder(collection, HashKey::new([7; 32]));
    let node = builder.store(store).build()?;
    node.refresh()?;
    let (logins, storms, runs) = (Logins::default(), AtomicBool::new(true), AtomicBool::new(true));
    thread::scope(|scope| {
        let worker = |number: u64| {
            let (node, logins, storms) = (&node, &logins, &storms);
            scope.spawn(move || {
                let mut steps = storm::Storm::new(node, logins, [args.seed, number]);
                while storms.load(Ordering::Relaxed) {
                    steps.step();
                }
            })
        };
        let mut threads: Vec<_> = (0..args.threads).map(worker).collect();
        listen(scope, &node, &runs);
        threads.push(scope.spawn(|| {
            while storms.load(Ordering::Relaxed) {
                refresh(&node);
                thread::sleep(PAUSE);
            }
        }));
        for line in stdin().lines().map_while(Result::ok) {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["at", login, id] => logins.learn(login, id),
                ["stop"] => {
                    storms.store(false, Ordering::Relaxed);
                    threads.drain(..).for_each(|thread| thread.join().expect("no panic"));
                    println!("stopped");
                }
                ["refresh"] => {
                    refresh(&node);
                    println!("refreshed");
                }
                ["ask", id] => ask(&node, id),
                _ => println!("trouble with the line {line}"),
            }
        }
        storms.store(false, Ordering::Relaxed);
        runs.store(false, Ordering::Relaxed);
    });
    Ok(())
}

fn refresh(node: &Node) {
    if let Err(error) = node.refresh() {
        println!("trouble {error}");
    }
}

/// Takes what the collection publishes, as it happens.
fn listen<'scope>(scope: &'scope Scope<'scope, '_>, node: &'scope Node, runs: &'scope AtomicBool) {
    scope.spawn(move || {
        let mut follower = node.collection().follow();
        while runs.load(Ordering::Relaxed) {
            match follower.recv_timeout(PAUSE) {
                Some(Heard::Change(key, change)) => node.hear(key, change),
                Some(Heard::Lost(error)) => println!("trouble {error}"),
                // The thread that refreshes hears of the rest.
                _ => {}
            }
        }
    });
}

fn ask(node: &Node, id: &str) {
    let Ok(parsed) = id.parse::<SessionId>() else { return println!("trouble with an id") };
    match node.acquire_or_load(parsed) {
        Ok(lease) => println!("live {id} {}", *lease.data().get()),
        Err(SharedAcquireError::Ended(tombstone)) => {
            println!("ended {id} {}", tombstone.reason());
        }
        Err(error) => println!("refused {id} {error}"),
    }
}
