//! A server for real XenAPI clients, such as the PyPI package `XenAPI`, on top of `tenure`.
//!
//! ```text
//! cargo run --release -p xenapi_server -- --port 0 --user root:secret \
//!     --max-sessions 400 --idle-timeout 24h --reap-every 30s
//! ```
//!
//! It logs users in, keeps their sessions under xapi's limits, says why a session ended, and tells
//! clients what happens: to sessions, and to the hosts of its pool. There are no virtual machines
//! behind it.
//!
//! # What is where
//!
//! - `args.rs`, `users.rs`, `log.rs`, `log_writer.rs`: the command line, who may log in, the lines
//!   on stderr
//! - `http.rs`, `places.rs`, `hang_up.rs`, `requests.rs`: connections, and the sizes and times that
//!   a client may take
//! - `rpc.rs`, `params.rs`, `failure.rs`, `refs.rs`: XML-RPC and XenAPI: calls in, answers out
//! - `methods.rs`, `*_methods.rs`: the methods themselves
//! - `sessions.rs`, `login.rs`, `directory.rs`, `records.rs`, `reaper.rs`: how the server uses
//!   `tenure`: start here
//! - `feed.rs`, `registration.rs`, `classes.rs`, `changes.rs`: events: a `Subscription` a class,
//!   awaited with `recv` and `poll_recv`, in XenAPI's words
//! - `pool.rs`: logins of pool members, and the `ReusableSession` that they may share
//! - `history.rs`, `objects.rs`, `gone.rs`, `position.rs`: a table that follows a `Subscription`,
//!   and makes up by `resync` for what that loses: what `event.from` is answered from
//! - `hosts.rs`, `host_log.rs`, `forward.rs`, `peer.rs`, `farewells.rs`: `HostLiveness`, what the
//!   log says of it, and calls to other hosts and their logins
//!
//! # References are secrets, names are not
//!
//! A login returns `OpaqueRef:<uuid>`. That reference *is* the session: a client that has it acts
//! as its user. xapi shows the references of all sessions to every client that may read; this
//! server shows them to nobody. `session.get_all` and `session.get_all_records` return
//! `OpaqueRef:trackid-<hex>` instead, which *names* a session. The getters
//! (`session.get_originator` and so on) take such a name as well as a reference; no call accepts it
//! as its session. The session's `uuid` is the same name in another form, and the log uses it too.
//! Events go by these names, too.
//!
//! # Events
//!
//! `event.register`, `event.unregister`, `event.next` and `event.from` know the classes `session`
//! and `host`, single objects of them (`session/<name>`, `host/<ref>`), and `*`. Other classes are
//! fine and have no events. `root` and pool members see all sessions, others those of their own
//! user; everybody sees the hosts. Every method may be called `class.method` or `class_method`:
//! Python has no other name for `event_from`.
//!
//! A call that waits holds no thread, and keeps its session in use: it is not evicted and does not
//! idle out meanwhile. It fails with `SESSION_INVALID` at once when its session ends in another
//! way, and frees what it holds when its client hangs up. A registration belongs to the session and
//! goes with it; what a client had been sent when its connection broke is gone, so a client that
//! cannot afford that uses `event.from`, whose token says how far it got.
//!
//! The store keeps the last `--event-ring` events for `event.next`. `event.from` returns what
//! became of each object, however many events that took; the server remembers the last
//! `--event-ring` sessions that ended. A client that is behind by more is told `EVENTS_LOST` and
//! begins anew, if what is lost is among what it watches and may see. One that watches single
//! objects loses nothing in `event.next` either, while they live or are remembered.
//!
//! `valid_ref_counts` are of the moment of the token: a client that has applied all events up to
//! there has as many objects.
//!
//! # The pool
//!
//! Members log in with `session.slave_login` and the secret of `--pool-secret`. With
//! `--reuse-pool-sessions` they all get the same session, which no limit counts and no logout ends
//! (and whose one registration for `event.next` they share: let them use `event.from`). Without,
//! each has its own, which ends when its host is assumed dead.
//!
//! A host that has sent no `host.heartbeat` for `--host-dead-after`, and has not logged in either,
//! is assumed dead. The server does not send any itself: that is for those who run the pool.
//! `host.get_servertime` of another host is asked there, by a login that all such calls share, and
//! that is logged out there when it is given up, or, if the host cannot be reached then, when it
//! calls again. Here it is a session of the store's, too, but no
//! client's: it is in no list and in no event. A dead host is answered `HOST_OFFLINE` without a
//! try, one that cannot be talked to `CANNOT_CONTACT_HOST`, after `--peer-timeout` at the latest.
//!
//! # Where it differs from xapi
//!
//! * The limits hold at every login, not only after the next collection.
//! * `SESSION_INVALID` carries why the session ended. Its handle is shortened, so that a client's
//!   log of the error does not hold a reference in full.
//! * A deleted session's last snapshot says how it `ended`.
//! * A token of `event.from` that is too old to tell what was deleted since, or from before a
//!   restart, is `EVENTS_LOST`; xapi goes on and says nothing of what was deleted meanwhile.
//! * `valid_ref_counts` has the classes that are asked for and that this server has objects of, and
//!   counts what the client may see. xapi counts all objects of all classes.
//! * What was created and has ended between two calls of `event.from` is left out, as in xapi.
//!   Where an answer has only the first of many events, it is that between two answers.
//! * Users see their own sessions only. `root` and pool members see all.
//! * One session may wait with 16 calls at a time, else `TOO_BUSY`. `event.next` returns nothing
//!   after an hour, which is also the longest timeout of `event.from`: it stands for all that are
//!   negative or longer. One answer has no more than 256 events, and the rest follows; only where
//!   `event.from` begins, it has every object at once.
//! * `host.heartbeat`, `host.get_live`, `host.get_session_stats`, `session.why_ended` and
//!   `task.sleep` are this server's own methods. xapi does not have them.
//! * Only `root` and pool members may log other users out: `session.logout_subject_identifier`
//!   takes one's own name or is refused with `RBAC_PERMISSION_DENIED`.
//! * Where all of `--max-connections` are taken, a new connection takes the place of the one that
//!   has been silent for longest; while each has a call under way, it waits.
//! * It speaks plain HTTP on the loopback interface. Put TLS in front of anything else.
//!
//! A password or pool secret on the command line can be read by other users of the machine. That is
//! fit for an example and for tests.

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
mod farewells;
mod feed;
mod forward;
mod gone;
mod hang_up;
mod history;
mod host_log;
mod host_methods;
mod hosts;
mod http;
mod log;
mod log_writer;
mod login;
mod methods;
mod objects;
mod params;
mod peer;
mod places;
mod pool;
mod position;
mod reaper;
mod records;
mod refs;
mod registration;
mod requests;
mod rpc;
mod session_methods;
mod sessions;
mod signals;
mod users;

use std::error::Error;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;

use args::{Args, Secrets};
use hosts::Hosts;
use log::Log;
use methods::Api;
use pool::Pool;
use sessions::Sessions;
use signals::Signals;

/// How long logouts at other hosts get once the server stops. With what the log gets after that,
/// this is less than a second.
const LAST_LOGOUTS: Duration = Duration::from_millis(600);

#[tokio::main]
async fn main() -> ExitCode {
    let (args, secrets) = Args::read();
    let log = Log::new(args.log);
    let outcome = run(&args, secrets, log).await;
    let code = match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log.error(error);
            ExitCode::FAILURE
        }
    };
    Log::flush();
    code
}

async fn run(args: &Args, secrets: Secrets, log: Log) -> Result<(), Box<dyn Error>> {
    let earlier_deadline = Arc::new(Notify::new());
    let sessions = Sessions::new(args, log, Arc::clone(&earlier_deadline))?;
    tokio::spawn(sessions.history.clone().follow());
    tokio::spawn(host_log::run(sessions.store.subscribe(feed::host_events()), log));
    let hosts = Hosts::new(args, &sessions)?;
    let reaper =
        reaper::run(sessions.clone(), hosts.clone(), args.reap_every, earlier_deadline, log);
    tokio::spawn(reaper);

    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
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
            tokio::spawn(async move {
                signals.next().await;
                // What a shell expects of a program that was interrupted.
                std::process::exit(130);
            });
        }
    };
    let pool = Pool::new(args, secrets.pool, &sessions, log);
    let farewells = hosts.farewells.clone();
    let api = Api { users: secrets.users, sessions, hosts, pool, log };
    let stopped = http::serve(listener, args.into(), Arc::new(api), stop).await;
    farewells.said(stopped + LAST_LOGOUTS).await;
    Ok(())
}
