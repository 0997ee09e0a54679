//! What a pool keeps: the sessions that wait in it, and how many are outside.

use std::collections::VecDeque;
use std::time::Duration;

use super::error::LoginError;
use super::leaving::Leaving;
use crate::end::EndReason;
use crate::error::CreateError;
use crate::session::{Gone, Lease, Refusal, Session};
use crate::store::SessionStore;
use crate::sync::{Arc, Mutex};
use crate::tick::Tick;

/// What the clones of a pool, and its loans, share.
pub(super) struct Shared<T> {
    pub(super) store: SessionStore<T>,
    state: Mutex<State<T>>,
}

struct State<T> {
    /// The one given back last is at the end.
    idle: VecDeque<Idle<T>>,
    /// How many sessions are lent, being logged in, or about to be logged out.
    outside: usize,
    max: usize,
    margin: Duration,
    closed: bool,
}

/// A session that waits in a pool, or will.
pub(super) struct Idle<T> {
    pub(super) session: Session<T>,
    /// When its id was last sent, as far as the pool knows.
    pub(super) sent: Tick,
}

/// Counts sessions that are outside of the pool, until it is dropped.
#[must_use = "dropping it lets others take the place"]
pub(super) struct Place<T> {
    pub(super) shared: Arc<Shared<T>>,
    count: usize,
}

/// What a checkout begins with: a session that waited and was last sent now, or none.
pub(super) type Borrowed<T> = (Place<T>, Option<(Lease<T>, Tick)>);

impl<T> Idle<T> {
    /// Whether the session is live, and at least the margin is left until it expires where its id
    /// is sent to. There it idles from the last time that it was sent.
    fn lasts(&self, now: Tick, margin: Duration) -> bool {
        let record = &self.session.record;
        let next = record.deadlines().next(self.sent, false);
        record.look(now).is_ok() && next.is_none_or(|(at, _)| at > now && at.since(now) >= margin)
    }
}

impl<T> State<T> {
    /// Takes the session out that was given back last: a lease of it, or the session that is to
    /// leave if it does not last. One that others have all leases of stays.
    fn take_last(&mut self, now: Tick) -> Option<Result<Lease<T>, Session<T>>> {
        for at in (0..self.idle.len()).rev() {
            let idle = &self.idle[at];
            let lent = if idle.lasts(now, self.margin) {
                Lease::of(idle.session.clone(), now)
            } else {
                Err(Gone::Expired.into())
            };
            if let Err(Refusal::TooManyLeases) = lent {
                continue;
            }
            let taken = self.idle.remove(at)?;
            return Some(lent.map_err(|_| taken.session));
        }
        None
    }
}

impl<T> Shared<T> {
    pub(super) fn new(store: SessionStore<T>) -> Self {
        let margin = Duration::from_secs(60);
        let state =
            State { idle: VecDeque::new(), outside: 0, max: usize::MAX, margin, closed: false };
        Self { store, state: Mutex::new(state) }
    }

    pub(super) fn set_margin(&self, margin: Duration) {
        self.state.lock().margin = margin;
    }

    pub(super) fn set_max(&self, max: usize) {
        self.state.lock().max = max;
    }

    pub(super) fn len(&self) -> usize {
        self.state.lock().idle.len()
    }

    fn leaving(&self, sessions: Vec<Session<T>>) -> Leaving<'_, T> {
        Leaving { store: &self.store, sessions, reason: EndReason::LoggedOut }
    }

    /// Takes the session out that was given back last, and is good; or the place for another.
    pub(super) fn borrow<E>(self: &Arc<Self>) -> Result<Borrowed<T>, LoginError<E>> {
        let now = self.store.now();
        let mut place = Place { shared: Arc::clone(self), count: 0 };
        loop {
            let mut state = self.state.lock();
            if state.closed {
                return Err(LoginError::Create(CreateError::Closed));
            }
            let next = state.take_last(now);
            if place.count == 0 {
                if next.is_none() && state.idle.len() + state.outside >= state.max {
                    return Err(LoginError::TooMany { max: state.max });
                }
                state.outside += 1;
                place.count = 1;
            }
            drop(state);
            match next {
                None => return Ok((place, None)),
                Some(Ok(lease)) => return Ok((place, Some((lease, now)))),
                // Before another one is let in.
                Some(Err(session)) => drop(self.leaving(vec![session])),
            }
        }
    }

    /// Takes a session back, and logs out those that have waited for too long.
    pub(super) fn take_back(&self, mut place: Place<T>, given: Idle<T>, dirty: bool) {
        let now = self.store.table().moment_or_origin().now;
        let mut leaving = self.leaving(Vec::new());
        let mut state = self.state.lock();
        let margin = state.margin;
        while state.idle.front().is_some_and(|oldest| !oldest.lasts(now, margin)) {
            leaving.sessions.extend(state.idle.pop_front().map(|oldest| oldest.session));
        }
        place.count += leaving.sessions.len();
        state.outside += leaving.sessions.len();
        if !dirty && !state.closed && given.lasts(now, margin) {
            state.idle.push_back(given);
            state.outside -= 1;
            place.count -= 1;
        } else {
            leaving.sessions.push(given.session);
        }
        drop(state);
        drop(leaving);
        drop(place);
    }

    /// Logs out all that have waited for too long, and lets go of what has ended. Returns how many.
    pub(super) fn sweep(self: &Arc<Self>) -> usize {
        let now = self.store.now();
        let mut state = self.state.lock();
        let margin = state.margin;
        let idle = std::mem::take(&mut state.idle);
        let (kept, gone): (VecDeque<_>, VecDeque<_>) =
            idle.into_iter().partition(|idle| idle.lasts(now, margin));
        state.idle = kept;
        let count = gone.len();
        state.outside += count;
        drop(state);
        let place = Place { shared: Arc::clone(self), count };
        drop(self.leaving(gone.into_iter().map(|idle| idle.session).collect()));
        drop(place);
        count
    }

    /// Closes the pool, and takes at most this many sessions out of it.
    pub(super) fn drain(&self, at_most: usize) -> Leaving<'_, T> {
        let mut state = self.state.lock();
        state.closed = true;
        let count = state.idle.len().min(at_most);
        let drained: Vec<_> = state.idle.drain(..count).map(|idle| idle.session).collect();
        drop(state);
        self.leaving(drained)
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        self.shared.state.lock().outside -= self.count;
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        drop(self.drain(usize::MAX));
    }
}
