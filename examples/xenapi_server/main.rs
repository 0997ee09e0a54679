//! A server for real XenAPI clients, such as the PyPI package `XenAPI`, on top of `tenure`.
//!
//! ```text
//! cargo run --release --example xenapi_server -- --port 0 --user root:secret \
//!     --max-sessions 400 --idle-timeout 24h --reap-every 30s
//! ```
//!
//! It logs users in, keeps their sessions under xapi's limits, and says why a session ended. There
//! are no virtual machines behind it.
//!
//! # What is where
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs`, `users.rs`, `log.rs` | the command line, who may log in, the lines on stderr |
//! | `http.rs`, `requests.rs` | connections, and the sizes and times that a client may take |
//! | `rpc.rs`, `params.rs`, `failure.rs`, `refs.rs` | XML-RPC and XenAPI: calls in, answers out |
//! | `methods.rs`, `session_methods.rs`, `host_methods.rs` | the methods themselves |
//! | `sessions.rs`, `directory.rs`, `reaper.rs` | how the server uses `tenure`: start here |
//!
//! # References are secrets, names are not
//!
//! A login answers `OpaqueRef:<uuid>`. That reference *is* the session: whoever has it acts as its
//! user. xapi shows the references of all sessions to every client that may read; this server shows
//! them to nobody. `session.get_all` and `session.get_all_records` answer
//! `OpaqueRef:trackid-<hex>` instead, which *names* a session. The getters (`session.get_originator`
//! and so on) take such a name as well as a reference; no call accepts it as its session. The
//! session's `uuid` is the same name in another form, and the log uses it too.
//!
//! # Where it differs from xapi
//!
//! * The limits hold at every login, not only after the next collection.
//! * `SESSION_INVALID` carries why the session ended. Its handle is shortened, so that a client's
//!   log of the error does not hold a reference in full.
//! * Only `root` may log other users out: `session.logout_subject_identifier` takes one's own name
//!   or is refused with `RBAC_PERMISSION_DENIED`.
//! * It speaks plain HTTP on the loopback interface. Put TLS in front of anything else.
//!
//! A password on the command line can be read by other users of the machine. That is fit for an
//! example and for tests.

#![allow(clippy::doc_markdown, reason = "XenAPI is a name, not code")]
#![allow(
    clippy::unnecessary_wraps,
    reason = "all methods have one type, also those that cannot fail"
)]

mod args;
mod changes;
mod classes;
mod directory;
mod event_methods;
mod failure;
mod feed;
mod host_methods;
mod hosts;
mod http;
mod log;
mod login;
mod methods;
mod params;
mod pool;
mod reaper;
mod records;
mod refs;
mod registration;
mod requests;
mod rpc;
mod session_methods;
mod sessions;
mod users;

use std::error::Error;
use std::io::Write;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Notify;

use args::{Args, Secrets};
use hosts::Hosts;
use log::Log;
use methods::Api;
use pool::Pool;
use sessions::Sessions;

#[tokio::main]
async fn main() -> ExitCode {
    let (args, secrets) = Args::read();
    let log = Log::new(args.log);
    match run(&args, secrets, log).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log.error(error);
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args, secrets: Secrets, log: Log) -> Result<(), Box<dyn Error>> {
    let earlier_deadline = Arc::new(Notify::new());
    let sessions = Sessions::new(args, log, Arc::clone(&earlier_deadline))?;
    tokio::spawn(reaper::run(sessions.clone(), args.reap_every, earlier_deadline, log));

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await?;
    let mut signals = Signals::new()?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {}", listener.local_addr()?)?;
    stdout.flush()?;

    let stop = {
        let sessions = sessions.clone();
        async move {
            signals.next().await;
            // Ends every session, which wakes the calls that wait in `task.sleep`.
            let ended = sessions.close();
            log.info(format_args!("stopping, {ended} sessions ended"));
        }
    };
    let pool = Pool::new(args, secrets.pool, &sessions, log);
    let api = Api { users: secrets.users, sessions, hosts: Hosts::new("host"), pool, log };
    http::serve(listener, args.into(), Arc::new(api), stop).await;
    Ok(())
}

/// What asks the server to stop. Made before the first client can come, so that none is missed.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What asks the server to stop.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
