//! Single flight: one login at a time, the others wait.
//!
//! A login that takes longer than the others may wait is taken over: the next to ask, or to look
//! after its wait, leads in its place. So a login that hangs holds one caller, not the slot. The
//! old leader does not learn of it; what it brings is let in if nothing else was before.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::session::Context as StoreContext;
use crate::sync::{Arc, Mutex, ThreadId};
use crate::tick::Tick;

/// The login under way and those that wait for it. The lock is held for a few instructions at a
/// time, never over a login.
pub(super) struct SingleFlight(Arc<Shared>);

struct Shared {
    flight: Mutex<Flight>,
    /// How long a login takes is real time, as is the wait for it.
    clock: SystemClock,
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
    since: Tick,
}

/// Says that a login is under way. Dropping it, by a panic too, lets the waiters go on.
#[must_use = "the flight ends when this is dropped"]
pub(super) struct UnderWay {
    shared: Arc<Shared>,
    /// `None` for a login inside a login of the same slot.
    leader: Option<Leader>,
}

/// A future of the moment when one may log in, or look whether another has.
pub(super) struct Joining {
    shared: Arc<Shared>,
    thread: Option<ThreadId>,
    /// How long the login of another may take until it is taken over.
    longest: Duration,
    waiting: Option<u64>,
}

/// What the wait came to.
pub(super) enum Joined {
    /// It is one's own turn to log in.
    Lead(UnderWay),
    /// The login of another is over.
    LookAgain,
}

impl SingleFlight {
    pub(super) fn new(store: Arc<StoreContext>) -> Self {
        let (flight, clock) = (Mutex::default(), SystemClock::new());
        Self(Arc::new(Shared { flight, clock, store }))
    }

    /// `thread` is the caller's, if it will not log in on another. A login that is under way for
    /// `longest` is taken over.
    pub(super) fn join(&self, thread: Option<ThreadId>, longest: Duration) -> Joining {
        Joining { shared: Arc::clone(&self.0), thread, longest, waiting: None }
    }

    /// There is no point in waiting for the login under way any more.
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
        let now = this.shared.clock.now();
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
            (Some(leader), waiting) if now.since(leader.since) < this.longest => {
                flight.next += 1;
                let number = waiting.unwrap_or(flight.next);
                let old = flight.waiters.insert(number, waker);
                drop(guard);
                drop(old);
                this.waiting = Some(number);
                return Poll::Pending;
            }
            // Those who wait for a login that is taken over wait for this one.
            (_, _) => {
                flight.next += 1;
                let (number, thread) = (flight.next, this.thread);
                flight.leader = Some(Leader { number, thread, since: now });
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
