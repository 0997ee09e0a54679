//! A connection that tells when its client is gone.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::places::Place;

/// How long to wait where there are bytes that nobody reads yet.
const PAUSE: Duration = Duration::from_millis(100);

/// What hyper reads and writes.
pub(crate) struct Stream {
    reads: Arc<OwnedReadHalf>,
    writes: OwnedWriteHalf,
    place: Arc<Place>,
}

/// Tells when the client closes. hyper looks for that only once it has read all that came before.
/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct HangUp(Arc<OwnedReadHalf>);

/// A connection, and what tells of its end. The place is told when all that was answered is
/// written.
pub(crate) fn watched(stream: TcpStream, place: Arc<Place>) -> (Stream, HangUp) {
    let (reads, writes) = stream.into_split();
    let reads = Arc::new(reads);
    (Stream { reads: Arc::clone(&reads), writes, place }, HangUp(reads))
}

impl HangUp {
    /// Waits until the client has closed its side, or the connection is broken.
    pub(crate) async fn wait(&self) {
        loop {
            match self.0.ready(Interest::READABLE).await {
                Ok(ready) if !ready.is_read_closed() => tokio::time::sleep(PAUSE).await,
                Ok(_) | Err(_) => return,
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream: &TcpStream = (*self.reads).as_ref();
        loop {
            ready!(stream.poll_read_ready(task))?;
            match stream.try_read(buffer.initialize_unfilled()) {
                Ok(length) => {
                    buffer.advance(length);
                    return Poll::Ready(Ok(()));
                }
                // The stream knows now that it is not ready.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writes).poll_write(task, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writes).poll_write_vectored(task, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.writes.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.writes).poll_flush(task));
        self.place.all_is_written();
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writes).poll_shutdown(task)
    }
}
