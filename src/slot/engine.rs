//! One slot of a store, shared by the forms in which hosts get it.

use std::future::{Future, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::cell::{SlotCell, Ticket};
use super::counted::Counted;
use super::error::{Attempt, LoginError};
use super::occupant::{Occupant, is_live};
use super::options::Options;
use super::single_flight::{Joined, SingleFlight};
use crate::clock::{Clock, SystemClock};
use crate::end::EndReason;
use crate::session::{NewSession, Record, Session, drop_record};
use crate::store::SessionStore;
use crate::sync::{Arc, AtomicU32, AtomicU64, Ordering, Parker, ThreadId, current_thread};
use crate::time::Tick;

/// How often a login is tried whose session is taken away before it can be used.
pub(crate) const TRIES: u32 = 8;

/// A slot at work.
pub(crate) struct Engine<T> {
    pub(super) store: SessionStore<T>,
    pub(super) cell: SlotCell<Occupant<T>>,
    pub(super) single_flight: SingleFlight,
    pub(super) options: Options<T>,
    /// When it was last asked, in microseconds; kept for keyed slots.
    last_asked: AtomicU64,
    /// How many logins are under way, or wait for one.
    logins: AtomicU32,
}

impl<T> Engine<T> {
    pub(crate) fn new(store: SessionStore<T>, options: Options<T>) -> Self {
        let single_flight = SingleFlight::new(Arc::clone(&store.table().context));
        Self {
            store,
            cell: SlotCell::new(),
            single_flight,
            options,
            last_asked: AtomicU64::new(0),
            logins: AtomicU32::new(0),
        }
    }

    /// The session in the slot, if it is good.
    pub(crate) fn get(&self) -> Option<Session<T>> {
        if self.options.check.is_none()
            && let Some(session) = self.peek()
        {
            if is_live(&session) {
                return Some(session);
            }
            drop_record(session.record);
        }
        self.vet(&self.cell.ticket())
    }

    /// The session of this ticket, if it is good. One that is not is ended, and the slot emptied.
    fn vet(&self, ticket: &Ticket<Occupant<T>>) -> Option<Session<T>> {
        let session = ticket.occupant()?.session()?;
        if is_live(&session) && self.options.check.as_ref().is_none_or(|check| check(&session)) {
            return Some(session);
        }
        if self.cell.empty_if(ticket) {
            self.end(&session.record, EndReason::Killed);
        }
        drop_record(session.record);
        None
    }

    /// Ends a session of the slot's, unless somebody was faster. An expired one ends for its
    /// timeout.
    pub(super) fn end(&self, record: &Arc<Record<T>>, reason: EndReason) -> bool {
        let table = self.store.table();
        // It is in no slot any more, so nobody else would end it.
        table.end_all(table.moment_or_origin(), &[record], reason, true).ended == 1
    }

    /// Whether a login is under way.
    pub(super) fn is_logging_in(&self) -> bool {
        self.logins.load(Ordering::Relaxed) > 0
    }

    pub(super) fn note_asked(&self, now: Tick) {
        self.last_asked.store(now.as_micros(), Ordering::Relaxed);
    }

    /// When it was last asked. What is later than now was noted before the clock ran back, and
    /// counts from now on.
    pub(super) fn last_asked(&self, now: Tick) -> Tick {
        let asked = Tick::from_micros(self.last_asked.load(Ordering::Relaxed));
        if asked > now {
            self.note_asked(now);
        }
        asked.min(now)
    }

    /// Whether it holds a session, good or not.
    pub(super) fn is_occupied(&self) -> bool {
        self.cell.look(|_| ()).is_some()
    }

    /// The creation number of what the slot holds, good or not.
    pub(super) fn number(&self) -> Option<u64> {
        let record = self.peek()?.record;
        let number = record.number;
        drop_record(record);
        Some(number)
    }

    /// What the slot holds, good or not.
    pub(super) fn peek(&self) -> Option<Session<T>> {
        self.cell.look(Occupant::session).flatten()
    }
}

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
