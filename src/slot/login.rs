//! Logging in: again where the slot is taken away meanwhile, and one at a time if that is wanted.
//!
//! # Orderings
//!
//! The count of logins is relaxed: it orders nothing. An eviction that misses a login takes a slot
//! out of use that is about to be used; that login then finds another.

use std::future::{Future, ready};
use std::ops::Deref;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::engine::Engine;
use super::error::LoginError;
use super::given::Given;
use super::single_flight::Joined;
use crate::clock::{Clock, SystemClock};
use crate::end::EndReason;
use crate::session::{NewSession, drop_record};
use crate::sync::{Arc, AtomicU32, Ordering, Parker, ThreadId, current_thread};

/// How often a login is tried whose session is taken away before it can be used.
pub(super) const TRIES: u32 = 8;

/// What the slot gives, or what a login in this thread brings. `find` finds the slot; should that
/// go out of use meanwhile, it is asked for another.
pub(crate) fn get_or_login<G, T, S, E>(
    find: impl Fn() -> Result<S, LoginError<E>>,
    mut login: impl FnMut() -> Result<NewSession<T>, E>,
) -> Result<G, LoginError<E>>
where
    G: Given<T>,
    T: Send + Sync + 'static,
    S: Deref<Target = Engine<T>>,
{
    let slot = find()?;
    // Before a future is built, which would make this three times as dear.
    if let Some(given) = slot.get()? {
        return Ok(given);
    }
    let wait = slot.options.single_flight.unwrap_or_default();
    drop(slot);
    let mut login = || ready(login());
    block_on(wait, log_in(find, &mut login, Some(current_thread().id())))
}

/// As [`get_or_login`], with a login on the application's runtime.
pub(crate) async fn get_or_login_async<G, T, S, E, F>(
    find: impl Fn() -> Result<S, LoginError<E>>,
    mut login: impl FnMut() -> F,
) -> Result<G, LoginError<E>>
where
    G: Given<T>,
    T: Send + Sync + 'static,
    S: Deref<Target = Engine<T>>,
    F: Future<Output = Result<NewSession<T>, E>>,
{
    if let Some(given) = find()?.get()? {
        return Ok(given);
    }
    log_in(find, &mut login, None).await
}

/// The loop over slots that go out of use. `thread` is the caller's, if the login keeps to it.
async fn log_in<G, T, S, E, F>(
    find: impl Fn() -> Result<S, LoginError<E>>,
    login: &mut impl FnMut() -> F,
    thread: Option<ThreadId>,
) -> Result<G, LoginError<E>>
where
    G: Given<T>,
    T: Send + Sync + 'static,
    S: Deref<Target = Engine<T>>,
    F: Future<Output = Result<NewSession<T>, E>>,
{
    for _ in 0..TRIES {
        let slot = find()?;
        if let Some(given) = slot.log_in(login, thread).await? {
            return Ok(given);
        }
    }
    Err(LoginError::Contended { tries: TRIES })
}

/// Runs a login of this thread's, which waits for nothing but other logins: for `wait` in all.
fn block_on<R, E>(
    wait: Duration,
    attempt: impl Future<Output = Result<R, LoginError<E>>>,
) -> Result<R, LoginError<E>> {
    let mut attempt = pin!(attempt);
    let (clock, parker) = (SystemClock::new(), Arc::new(Parker::default()));
    let waker = Waker::from(Arc::clone(&parker));
    let mut waited = Duration::ZERO;
    loop {
        match attempt.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => return result,
            Poll::Pending if waited >= wait => return Err(LoginError::TimedOut { waited }),
            Poll::Pending => {
                let before = clock.now();
                parker.park(wait.saturating_sub(waited));
                waited += clock.now().since(before);
            }
        }
    }
}

impl<T: Send + Sync + 'static> Engine<T> {
    /// What the slot gives, or what a login brings; `None` where the slot is out of use.
    async fn log_in<G, E, F>(
        &self,
        login: &mut impl FnMut() -> F,
        thread: Option<ThreadId>,
    ) -> Result<Option<G>, LoginError<E>>
    where
        G: Given<T>,
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        let _counted = Counted::new(&self.logins);
        let (mut tries, mut refused) = (0, 0);
        loop {
            let mut under_way = None;
            if let Some(longest) = self.options.single_flight {
                match self.single_flight.join(thread, longest).await {
                    Joined::Lead(leading) => under_way = Some(leading),
                    Joined::LookAgain => {}
                }
            }
            // What changes from here on decides over the login.
            let ticket = self.cell.ticket();
            if ticket.is_retired() {
                return Ok(None);
            }
            if ticket.occupant().is_some() {
                match self.vet(&ticket)? {
                    Some(given) => return Ok(Some(given)),
                    // The slot has been emptied, by this thread or another.
                    None if refused < TRIES => refused += 1,
                    None => return Err(LoginError::Contended { tries: tries + refused }),
                }
                continue;
            }
            if self.options.single_flight.is_some() && under_way.is_none() {
                continue;
            }
            if tries == TRIES {
                return Err(LoginError::Contended { tries });
            }
            tries += 1;
            let new = login().await.map_err(LoginError::Login)?;
            let fresh: G = self.options.create(&self.store, new).map_err(LoginError::Create)?;
            if self.install(&ticket, fresh.session()) {
                // Also those go on that wait for a login which has taken this one over.
                self.single_flight.abandon();
                return Ok(Some(fresh));
            }
            let record = Arc::clone(&fresh.session().record);
            drop(fresh);
            // In a slot that went out of use meanwhile it ends as what the slot held did.
            let reason = self.cell.ticket().retired().unwrap_or(EndReason::Replaced);
            self.end(&record, reason);
            drop_record(record);
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
