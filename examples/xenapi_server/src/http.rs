//! Connections: who gets one, and for how long.

use std::error::Error;
use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_io_timeout::TimeoutStream;

use crate::args::Args;
use crate::hang_up::watched;
use crate::methods::Api;
use crate::places::{Place, Places};
use crate::requests;

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 64 << 10;
/// How long running calls get to finish once the server stops.
const LAST_CALLS: Duration = Duration::from_millis(300);
/// How long to wait when no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// What clients may take of the server.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    read_timeout: Duration,
    connections: NonZeroUsize,
}

impl From<&Args> for Bounds {
    fn from(args: &Args) -> Self {
        Self { read_timeout: args.read_timeout, connections: args.max_connections }
    }
}

/// Serves until `stop`, then lets the calls that run finish. Returns when it was told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    bounds: Bounds,
    api: Arc<Api>,
    stop: impl Future<Output = ()>,
) -> Instant {
    let places = Places::new(bounds.connections);
    let running = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        // Of the connections that wait for a place, one is accepted: only for one that is there is
        // a silent one given up.
        let next = async {
            let (stream, _) = listener.accept().await?;
            Ok::<_, io::Error>((stream, places.take().await))
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            next = next => next,
        };
        match accepted {
            Ok((stream, place)) => {
                let (api, watcher) = (Arc::clone(&api), running.watcher());
                tokio::spawn(async move {
                    let log = api.log;
                    let timeout = bounds.read_timeout;
                    if let Err(error) = connection(stream, place, watcher, timeout, api).await {
                        log.debug(format_args!("connection: {error}"));
                    }
                });
            }
            Err(error) => {
                // Such as too many open files: waiting is all that helps.
                api.log.error(format_args!("cannot accept a connection: {error}"));
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    let stopped = Instant::now();
    if tokio::time::timeout(LAST_CALLS, running.shutdown()).await.is_err() {
        api.log.error("some clients did not finish in time");
    }
    stopped
}

/// The client closed while its call was running. The call is dropped, and the connection with it.
#[derive(Debug)]
struct ClientGone;

impl fmt::Display for ClientGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client is gone")
    }
}

impl Error for ClientGone {}

/// Serves one client until it leaves, until it is too slow, or until its place is given up.
///
/// An answer may take up to an hour to *make*, as that of `task.sleep`; not if its client is gone.
async fn connection(
    stream: TcpStream,
    place: Place,
    watcher: Watcher,
    timeout: Duration,
    api: Arc<Api>,
) -> Result<(), hyper::Error> {
    let place = Arc::new(place);
    let (stream, hang_up) = watched(stream, Arc::clone(&place));
    let mut stream = TimeoutStream::new(stream);
    // A client that asks and never reads would keep its place for ever.
    stream.set_write_timeout(Some(timeout));
    let its_place = Arc::clone(&place);
    let answer = service_fn(move |request| {
        let (api, place, hang_up) = (Arc::clone(&api), Arc::clone(&its_place), hang_up.clone());
        async move {
            let answer = tokio::select! {
                // The call first: what came before the end is done.
                biased;
                answer = requests::answer(&api, &place, timeout, request) => Ok(answer),
                () = hang_up.wait() => Err(ClientGone),
            };
            place.call_ends();
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .max_header_size(LONGEST_HEAD)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), answer);
    tokio::select! {
        biased;
        ended = watcher.watch(connection) => ended,
        () = place.given_up() => Ok(()),
    }
}
