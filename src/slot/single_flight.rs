//! Single flight: one login at a time, the others wait.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::session::Context as StoreContext;
use crate::sync::{Arc, Mutex, ThreadId};

/// Who logs in, and who waits for it. The lock is held for a few instructions at a time, never
/// over a login.
pub(super) struct SingleFlight(Arc<Shared>);

struct Shared {
    flight: Mutex<Flight>,
    store: Arc<StoreContext>,
}

#[derive(Debug, Default)]
struct Flight {
    leader: Option<Leader>,
    waiters: BTreeMap<u64, Waker>,
    next: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leader {
    number: u64,
    /// The thread whose login it is, where a login keeps to one thread.
    thread: Option<ThreadId>,
}

/// Says that a login is under way. Dropping it, by a panic too, lets the waiters go on.
#[must_use = "the flight ends when this is dropped"]
pub(super) struct UnderWay {
    shared: Arc<Shared>,
    /// `None` for a login inside a login of the same slot.
    leader: Option<Leader>,
}

/// A future of the moment when one may log in, or look whether somebody has.
pub(super) struct Joining {
    shared: Arc<Shared>,
    thread: Option<ThreadId>,
    waiting: Option<u64>,
}

/// What the wait came to.
pub(super) enum Joined {
    /// It is one's own turn to log in.
    Lead(UnderWay),
    /// Somebody's login is over.
    LookAgain,
}

impl SingleFlight {
    pub(super) fn new(store: Arc<StoreContext>) -> Self {
        Self(Arc::new(Shared { flight: Mutex::default(), store }))
    }

    /// `thread` is the caller's, if it will not log in on another.
    pub(super) fn join(&self, thread: Option<ThreadId>) -> Joining {
        Joining { shared: Arc::clone(&self.0), thread, waiting: None }
    }

    /// The login under way is worth nothing any more: nobody need wait for it.
    pub(super) fn abandon(&self) {
        self.0.end(|_| true);
    }
}

impl Shared {
    /// Ends the flight, if it is that of this leader, and wakes who waits for it.
    fn end(&self, its: impl FnOnce(Leader) -> bool) {
        let mut flight = self.flight.lock();
        let mut waiters = BTreeMap::new();
        if flight.leader.is_some_and(its) {
            flight.leader = None;
            waiters = std::mem::take(&mut flight.waiters);
        }
        drop(flight);
        for waker in waiters.into_values() {
            self.store.run_application_code(|| waker.wake());
        }
    }
}

impl Future for Joining {
    type Output = Joined;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Joined> {
        // A waker is application code: clone it before the lock, drop the old one after it.
        let waker = task.waker().clone();
        let this = &mut *self;
        let mut guard = this.shared.flight.lock();
        let flight = &mut *guard;
        let nested = |leader: Leader| leader.thread.is_some() && leader.thread == this.thread;
        let leader = match (flight.leader, this.waiting) {
            // A login that asks its own slot must not wait for itself.
            (Some(leader), _) if nested(leader) => None,
            // The flight that it waited for is over, and there may be another.
            (_, Some(number)) if !flight.waiters.contains_key(&number) => {
                return Poll::Ready(Joined::LookAgain);
            }
            (Some(_), waiting) => {
                flight.next += 1;
                let number = waiting.unwrap_or(flight.next);
                let old = flight.waiters.insert(number, waker);
                drop(guard);
                drop(old);
                this.waiting = Some(number);
                return Poll::Pending;
            }
            (None, _) => {
                flight.next += 1;
                flight.leader = Some(Leader { number: flight.next, thread: this.thread });
                flight.leader
            }
        };
        drop(guard);
        Poll::Ready(Joined::Lead(UnderWay { shared: Arc::clone(&self.shared), leader }))
    }
}

impl Drop for Joining {
    fn drop(&mut self) {
        if let Some(number) = self.waiting {
            let waker = self.shared.flight.lock().waiters.remove(&number);
            // It may panic, and another panic may be unwinding.
            self.shared.store.run_application_code(|| drop(waker));
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(own) = self.leader {
            self.shared.end(|leader| leader == own);
        }
    }
}
