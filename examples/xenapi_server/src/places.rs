//! The places that connections take, and which of them is given up when there are too many.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// The places there are.
///
/// A connection is *silent* while no call of its client is under way: from its start until a whole
/// call has come, and again once the answer is written. Where all places are taken, the connection
/// that has been silent for longest gives its place to a new one. While all have calls under way,
/// new ones wait.
pub(crate) struct Places {
    free: Arc<Semaphore>,
    silent: Mutex<Silent>,
    /// Tells of a connection that has fallen silent.
    fell_silent: Notify,
}

#[derive(Default)]
struct Silent {
    /// By a number that counts up: the first has been silent for longest.
    connections: BTreeMap<u64, Arc<Notify>>,
    next: u64,
}

/// The place of a connection. It is free again when this is dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    state: Mutex<State>,
    /// Tells the connection to end.
    end: Arc<Notify>,
    _permit: Option<OwnedSemaphorePermit>,
}

#[derive(Clone, Copy)]
enum State {
    Silent(u64),
    Busy,
    /// The answer is made, and may not be written yet.
    Answered,
}

impl Places {
    pub(crate) fn new(count: NonZeroUsize) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(count.get())),
            silent: Mutex::default(),
            fell_silent: Notify::new(),
        })
    }

    /// A place for a new connection, which is silent. Waits until there is one.
    pub(crate) async fn take(self: &Arc<Self>) -> Place {
        let permit = match Arc::clone(&self.free).try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => self.take_over().await,
        };
        let end = Arc::new(Notify::new());
        let state = Mutex::new(State::Silent(self.silent().add(Arc::clone(&end))));
        Place { places: Arc::clone(self), state, end, _permit: permit }
    }

    async fn take_over(&self) -> Option<OwnedSemaphorePermit> {
        let mut freed = std::pin::pin!(Arc::clone(&self.free).acquire_owned());
        loop {
            let fell_silent = self.fell_silent.notified();
            let first = self.silent().connections.pop_first();
            if let Some((_, connection)) = first {
                connection.notify_one();
                return freed.await.ok();
            }
            tokio::select! {
                permit = &mut freed => return permit.ok(),
                () = fell_silent => {}
            }
        }
    }

    fn silent(&self) -> MutexGuard<'_, Silent> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Silent {
    fn add(&mut self, connection: Arc<Notify>) -> u64 {
        self.next += 1;
        self.connections.insert(self.next, connection);
        self.next
    }
}

impl Place {
    /// A whole call has come. Returns whether it may run: the place may have been given up.
    pub(crate) fn call_begins(&self) -> bool {
        let mut state = self.state();
        let may_run = match *state {
            State::Silent(number) => self.places.silent().connections.remove(&number).is_some(),
            State::Busy | State::Answered => true,
        };
        *state = State::Busy;
        may_run
    }

    /// The answer to the call is made.
    pub(crate) fn call_ends(&self) {
        let mut state = self.state();
        if matches!(*state, State::Busy) {
            *state = State::Answered;
        }
    }

    /// All that was answered is written.
    pub(crate) fn all_is_written(&self) {
        let mut state = self.state();
        if matches!(*state, State::Answered) {
            *state = State::Silent(self.places.silent().add(Arc::clone(&self.end)));
            self.places.fell_silent.notify_one();
        }
    }

    /// Waits until the place is given up.
    pub(crate) async fn given_up(&self) {
        self.end.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let State::Silent(number) = *self.state() {
            self.places.silent().connections.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn take(places: &Arc<Places>) -> Place {
        match poll(pin!(places.take())) {
            Poll::Ready(place) => place,
            Poll::Pending => panic!("there is no place"),
        }
    }

    #[test]
    fn the_longest_silent_gives_its_place_up() {
        let places = Places::new(NonZeroUsize::new(2).unwrap());
        let (first, second) = (take(&places), take(&places));
        // Silent again, and later than the other.
        assert!(first.call_begins());
        first.call_ends();
        first.all_is_written();
        let mut third = pin!(places.take());
        assert!(poll(third.as_mut()).is_pending());
        assert!(poll(pin!(first.given_up())).is_pending());
        assert!(poll(pin!(second.given_up())).is_ready());
        // A call that comes too late does not run.
        assert!(!second.call_begins());
        drop(second);
        assert!(poll(third.as_mut()).is_ready());
    }

    #[test]
    fn a_place_with_a_call_is_kept_until_the_answer_is_written() {
        let places = Places::new(NonZeroUsize::MIN);
        let busy = take(&places);
        assert!(busy.call_begins());
        let mut next = pin!(places.take());
        for ends in [Place::all_is_written, Place::call_ends] {
            assert!(poll(next.as_mut()).is_pending() && poll(pin!(busy.given_up())).is_pending());
            ends(&busy);
        }
        assert!(poll(next.as_mut()).is_pending() && poll(pin!(busy.given_up())).is_pending());
        busy.all_is_written();
        assert!(poll(next.as_mut()).is_pending() && poll(pin!(busy.given_up())).is_ready());
        drop(busy);
        assert!(poll(next.as_mut()).is_ready());
        assert!(places.silent().connections.is_empty());
    }
}
