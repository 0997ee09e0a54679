//! Connections: who gets one, and for how long.

use std::error::Error;
use std::fmt;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

use crate::args::Args;
use crate::hang_up::watched;
use crate::methods::Api;
use crate::requests;

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 64 << 10;
/// How long running calls get to finish once the server stops.
pub(crate) const LAST_CALLS: Duration = Duration::from_secs(5);
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

/// Serves until `stop`, then lets the calls that run finish.
pub(crate) async fn serve(
    listener: TcpListener,
    bounds: Bounds,
    api: Arc<Api>,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(bounds.connections.get()));
    let running = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        // The place comes first: no connection is accepted that cannot be served.
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            next = next => next,
        };
        match accepted {
            Ok((stream, _)) => {
                let (api, watcher) = (Arc::clone(&api), running.watcher());
                tokio::spawn(async move {
                    let log = api.log;
                    if let Err(error) = connection(stream, watcher, bounds.read_timeout, api).await
                    {
                        log.debug(format_args!("connection: {error}"));
                    }
                    drop(place);
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
    if tokio::time::timeout(LAST_CALLS, running.shutdown()).await.is_err() {
        api.log.error("some clients did not finish in time");
    }
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

/// Serves one client until it leaves, or until it is too slow.
///
/// An answer may take up to an hour to *make*, as that of `task.sleep`; not if its client is gone.
async fn connection(
    stream: TcpStream,
    watcher: Watcher,
    timeout: Duration,
    api: Arc<Api>,
) -> Result<(), hyper::Error> {
    let (stream, hang_up) = watched(stream);
    let mut stream = TimeoutStream::new(stream);
    // A client that asks and never reads would keep its place for ever.
    stream.set_write_timeout(Some(timeout));
    let answer = service_fn(move |request| {
        let (api, hang_up) = (Arc::clone(&api), hang_up.clone());
        async move {
            tokio::select! {
                // The call first: what came before the end is done.
                biased;
                answer = requests::answer(&api, timeout, request) => Ok(answer),
                () = hang_up.wait() => Err(ClientGone),
            }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), answer);
    watcher.watch(connection).await
}
