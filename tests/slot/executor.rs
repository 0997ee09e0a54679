//! Futures that are polled by hand, so that a test says who goes on when.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// A waker that counts how often it is called.
#[derive(Default)]
pub(crate) struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Calls {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A future with a waker of its own.
pub(crate) struct Task<'a, R> {
    future: Pin<Box<dyn Future<Output = R> + Send + 'a>>,
    calls: Arc<Calls>,
}

impl<'a, R> Task<'a, R> {
    pub(crate) fn new(future: impl Future<Output = R> + Send + 'a) -> Self {
        Self { future: Box::pin(future), calls: Arc::default() }
    }

    /// Polls once.
    pub(crate) fn poll(&mut self) -> Poll<R> {
        let waker = Waker::from(Arc::clone(&self.calls));
        self.poll_with(&waker)
    }

    pub(crate) fn poll_with(&mut self, waker: &Waker) -> Poll<R> {
        self.future.as_mut().poll(&mut Context::from_waker(waker))
    }

    /// Polls once, which must be enough.
    #[track_caller]
    pub(crate) fn finish(&mut self) -> R {
        match self.poll() {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("it still waits"),
        }
    }

    /// Polls once, which must not be enough.
    #[track_caller]
    pub(crate) fn waits(&mut self) {
        assert!(self.poll().is_pending(), "it does not wait");
    }

    /// How often it was woken.
    pub(crate) fn woken(&self) -> usize {
        self.calls.count()
    }

    /// How many keep its waker, apart from itself.
    pub(crate) fn wakers_kept(&self) -> usize {
        Arc::strong_count(&self.calls) - 1
    }
}

/// A login that waits until it is told how it went.
pub(crate) struct Gate<R>(Arc<Mutex<Option<R>>>);

impl<R> Gate<R> {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// Lets the next one through, with this.
    pub(crate) fn open(&self, result: R) {
        *self.0.lock().unwrap() = Some(result);
    }

    /// Waits for [`open`](Self::open). Whoever opens it polls the task as well.
    pub(crate) fn pass(&self) -> impl Future<Output = R> + use<R> {
        let place = Arc::clone(&self.0);
        std::future::poll_fn(move |_| {
            place.lock().unwrap().take().map_or(Poll::Pending, Poll::Ready)
        })
    }

    /// How many futures wait at it.
    pub(crate) fn waiting(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}
