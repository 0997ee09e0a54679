//! Logging in: once, however often the slot is taken away meanwhile, and one at a time if wanted.
//!
//! # Orderings
//!
//! The count of logins is relaxed: it orders nothing. An eviction that misses a login takes a slot
//! out of use that is about to be used; that login then finds another.

use std::future::{Future, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::engine::{Engine, Occupant};
use super::error::{Attempt, LoginError};
use super::single_flight::Joined;
use crate::clock::{Clock, SystemClock};
use crate::end::EndReason;
use crate::session::{NewSession, Session, drop_record};
use crate::sync::{Arc, AtomicU32, Ordering, Parker, ThreadId, current_thread};

/// How often a login is tried whose session is taken away before it can be used.
pub(crate) const TRIES: u32 = 8;

impl<T: Send + Sync + 'static> Engine<T> {
    /// The session in the slot, or that of a login. `thread` is the caller's, if the login keeps to
    /// it.
    async fn log_in<E, F>(
        &self,
        login: &mut impl FnMut() -> F,
        thread: Option<ThreadId>,
    ) -> Result<Session<T>, Attempt<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        let _counted = Counted::new(&self.logins);
        let (mut tries, mut refused) = (0, 0);
        loop {
            let mut under_way = None;
            if self.options.single_flight.is_some() {
                match self.single_flight.join(thread).await {
                    Joined::Lead(leading) => under_way = Some(leading),
                    Joined::LookAgain => {}
                }
            }
            // What changes from here on decides over the login.
            let ticket = self.cell.ticket();
            if ticket.is_retired() {
                return Err(Attempt::Retired);
            }
            if ticket.occupant().is_some() {
                match self.vet(&ticket) {
                    Some(session) => return Ok(session),
                    // The slot has been emptied, by this thread or another.
                    None if refused < TRIES => refused += 1,
                    None => return Err(Attempt::Failed(LoginError::Contended { tries })),
                }
                continue;
            }
            if self.options.single_flight.is_some() && under_way.is_none() {
                continue;
            }
            if tries == TRIES {
                return Err(Attempt::Failed(LoginError::Contended { tries }));
            }
            tries += 1;
            let new = login().await.map_err(|error| Attempt::Failed(LoginError::Login(error)))?;
            let created = self.options.create(&self.store, new);
            let fresh = created.map_err(|error| Attempt::Failed(LoginError::Create(error)))?;
            if self.cell.install(&ticket, Occupant::new(&fresh)) {
                return Ok(fresh);
            }
            self.end(&fresh.record, EndReason::Replaced);
            drop_record(fresh.record);
        }
    }

    /// The session in the slot, or that of a login on the runtime of the application's.
    pub(crate) async fn get_or_login_async<E, F>(
        &self,
        login: &mut impl FnMut() -> F,
    ) -> Result<Session<T>, Attempt<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        match self.get() {
            Some(session) => Ok(session),
            None => self.log_in(login, None).await,
        }
    }

    /// The session in the slot, or that of a login in this thread.
    pub(crate) fn get_or_login<E>(
        &self,
        login: &mut impl FnMut() -> Result<NewSession<T>, E>,
    ) -> Result<Session<T>, Attempt<E>> {
        if let Some(session) = self.get() {
            return Ok(session);
        }
        let mut login = || ready(login());
        let mut attempt = pin!(self.log_in(&mut login, Some(current_thread().id())));
        let wait = self.options.single_flight.unwrap_or_default();
        let (clock, parker) = (SystemClock::new(), Arc::new(Parker::default()));
        let waker = Waker::from(Arc::clone(&parker));
        let mut waited = Duration::ZERO;
        loop {
            match attempt.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(answer) => return answer,
                // The login itself never waits, so it is somebody else's that this one waits for.
                Poll::Pending if waited >= wait => {
                    return Err(Attempt::Failed(LoginError::TimedOut { waited }));
                }
                Poll::Pending => {
                    let before = clock.now();
                    parker.park(wait.saturating_sub(waited));
                    waited += clock.now().since(before);
                }
            }
        }
    }
}

/// Counts one login that is under way, until it is dropped.
struct Counted<'a>(&'a AtomicU32);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
