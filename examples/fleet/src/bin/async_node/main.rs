//! A node in an asynchronous server, on plain tokio: it serves requests, refreshes, follows
//! the ends on other nodes, and refreshes once more when it is told to stop (SIGTERM, Ctrl-C).
//!
//! ```console
//! cargo run -p fleet --bin async_node -- --port 4000
//! cargo run -p fleet --bin async_node -- --port 4000 --redis redis://127.0.0.1:6379
//! ```
//!
//! A request is a line, and so is its response, which begins with the status that HTTP has for it:
//! try it with `nc 127.0.0.1 4000`, or two nodes on one Redis.
//!
//! | request | response |
//! |---|---|
//! | `login NAME` | `200 COOKIE` |
//! | `get COOKIE` | `200 NAME TEXT` |
//! | `put COOKIE TEXT` | `200 saved` |
//! | `logout COOKIE` | `200 logged out` |
//! | `logout-others COOKIE` | `200 ended COUNT` |
//!
//! `main.rs` has what runs beside the requests, `requests.rs` what they do.

#![allow(missing_docs)]

mod requests;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tenure::SessionStore;
use tenure::collection::{
    AsyncCollection, AsyncRedisCollection, HashKey, Heard, MemoryCollection, Policy, RedisOptions,
};
use tenure::shared::{RefreshError, SharedSessions};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) type Sessions<C> = SharedSessions<String, C>;

/// How long to wait before what could not be done is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// A node in an asynchronous server.
#[derive(Parser)]
struct Args {
    /// Where the Redis or Valkey is: `redis://HOST:PORT`. Without, sessions are in memory.
    #[arg(long)]
    redis: Option<String>,
    /// The port to serve on, of this machine only.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// How many seconds there are between two refreshes.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    interval: u64,
    /// The hash key of the fleet: 32 bytes. A real one is random, and comes from where your
    /// secrets are.
    #[arg(long, default_value = "every node of a fleet knows this")]
    key: String,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result =
        Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(run(&args)));
    if let Err(error) = result {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let policy = Policy::new(Duration::from_secs(args.interval));
    match &args.redis {
        None => node(args, MemoryCollection::new(policy), |_| std::future::pending()).await,
        Some(url) => {
            let options = RedisOptions::new(policy).prefix("async_node");
            node(args, AsyncRedisCollection::new(url, options)?, follow).await
        }
    }
}

/// A node, from its start to its end.
async fn node<C, F>(
    args: &Args,
    collection: C,
    follow: impl FnOnce(Sessions<C>) -> F,
) -> Result<(), Box<dyn Error>>
where
    C: AsyncCollection + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let key = HashKey::try_from(args.key.as_bytes())?;
    let memory = SessionStore::builder().max_sessions(100_000);
    let sessions = SharedSessions::builder(collection, key).store(memory).build()?;

    // A wrong address, password or hash key is found here, not by the first user.
    sessions.refresh_async().await?;
    let interval = Duration::from_secs(args.interval);
    let tasks =
        [tokio::spawn(refresh(sessions.clone(), interval)), tokio::spawn(follow(sessions.clone()))];

    serve(&sessions, TcpListener::bind(("127.0.0.1", args.port)).await?).await?;

    for task in tasks {
        task.abort();
        let _cancelled = task.await; // only now has its refresh stopped
    }
    let report = sessions.refresh_async().await?;
    println!("stopped: {} sessions were used since the last refresh", report.touched);
    Ok(())
}

async fn refresh<C: AsyncCollection>(sessions: Sessions<C>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        sessions.store().reap();
        refresh_once(&sessions).await;
    }
}

async fn refresh_once<C: AsyncCollection>(sessions: &Sessions<C>) {
    loop {
        match sessions.refresh_async().await {
            Ok(_) => return,
            // It may have read the feed before the follower heard anything.
            Err(RefreshError::UnderWay) => tokio::time::sleep(PAUSE).await,
            Err(error) => return eprintln!("refresh: {error}"), // the next one does the rest
        }
    }
}

/// Passes on what ends on other nodes. The follower connects again by itself.
async fn follow(sessions: Sessions<AsyncRedisCollection>) {
    let mut follower = sessions.collection().follow();
    loop {
        match follower.recv().await {
            Heard::Change(key, change) => sessions.hear(key, change),
            Heard::Lost(error) => eprintln!("follower: {error}"),
            // What happened before it was not heard.
            Heard::Listening => refresh_once(&sessions).await,
            _ => {}
        }
    }
}

/// Serves until the process is told to stop and the requests that have begun are answered.
async fn serve<C: AsyncCollection + 'static>(
    sessions: &Sessions<C>,
    listener: TcpListener,
) -> Result<(), Box<dyn Error>> {
    println!("listening on {}", listener.local_addr()?);
    let (serving, stops) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut told_to_stop = std::pin::pin!(told_to_stop());
    loop {
        tokio::select! {
            () = &mut told_to_stop => break,
            accepted = listener.accept() => {
                match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(serve_one(sessions.clone(), stream, stops.clone()));
                    }
                    // Too many open files, for instance: that passes.
                    Err(error) => {
                        eprintln!("accept: {error}");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
    drop(serving);
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// Serves one connection until the client closes it, or the node stops.
async fn serve_one<C: AsyncCollection>(
    sessions: Sessions<C>,
    mut stream: TcpStream,
    mut stops: watch::Receiver<()>,
) {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read).lines();
    loop {
        let line = tokio::select! {
            line = lines.next_line() => line,
            _ = stops.changed() => break,
        };
        let Ok(Some(line)) = line else { break };
        let (status, text) = requests::respond(&sessions, &line).await;
        if write.write_all(format!("{status} {text}\n").as_bytes()).await.is_err() {
            break;
        }
    }
}

#[cfg(unix)]
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("a handler for SIGTERM");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn told_to_stop() {
    let _received = tokio::signal::ctrl_c().await;
}
