//! One slot of a store, shared by the forms in which applications get it.
//!
//! # Orderings
//!
//! The atomics here are relaxed: they order nothing. A reader that misses an update takes a slot
//! for unused a moment too long or too short; what decides is the cell, and the session's word.

use super::cell::{SlotCell, Ticket};
use super::error::TooManyLeases;
use super::given::Given;
use super::options::Options;
use super::single_flight::SingleFlight;
use crate::end::EndReason;
use crate::session::{Record, Session, drop_record};
use crate::store::SessionStore;
use crate::sync::{Arc, AtomicU32, AtomicU64, Ordering};
use crate::tick::Tick;

/// A slot at work.
pub(crate) struct Engine<T> {
    pub(super) store: SessionStore<T>,
    /// The session in it has an end hook that leads here, and does not keep it.
    pub(super) cell: Arc<SlotCell<Occupant<T>>>,
    pub(super) single_flight: SingleFlight,
    pub(super) options: Options<T>,
    /// When it was last asked, in microseconds; kept for keyed slots.
    last_asked: AtomicU64,
    /// How many logins are under way, or wait for one.
    pub(super) logins: AtomicU32,
}

impl<T> Engine<T> {
    pub(crate) fn new(store: SessionStore<T>, options: Options<T>) -> Self {
        let single_flight = SingleFlight::new(Arc::clone(&store.table().context));
        Self {
            store,
            cell: Arc::new(SlotCell::new()),
            single_flight,
            options,
            last_asked: AtomicU64::new(0),
            logins: AtomicU32::new(0),
        }
    }

    /// The session in the slot, if it is good.
    pub(crate) fn session(&self) -> Option<Session<T>> {
        // A handle needs no lease.
        self.get().unwrap_or_default()
    }

    /// What is in the slot, if it is good.
    #[inline]
    pub(crate) fn get<G: Given<T>>(&self) -> Result<Option<G>, TooManyLeases> {
        if self.options.check.is_none()
            && let Some(session) = self.peek()
        {
            let now = G::now(&session.record);
            match G::of(session, now) {
                Ok(given) => return Ok(Some(given)),
                Err((session, refusal)) => {
                    drop_record(session.record);
                    TooManyLeases::check(refusal)?;
                }
            }
        }
        self.vet(&self.cell.ticket())
    }

    /// What this ticket is for, if it is good. Otherwise the slot is emptied, and a session that
    /// the check refuses is ended.
    pub(super) fn vet<G: Given<T>>(
        &self,
        ticket: &Ticket<Occupant<T>>,
    ) -> Result<Option<G>, TooManyLeases> {
        let Some(record) = ticket.occupant().and_then(Occupant::record) else { return Ok(None) };
        loop {
            let now = G::now(record);
            // The ticket keeps the record, so none of these handles is the last.
            match G::of(Session::new(Arc::clone(record)), now) {
                Ok(given) => {
                    let check = self.options.check.as_ref();
                    if check.is_none_or(|check| check(given.session())) {
                        return Ok(Some(given));
                    }
                    drop(given);
                    if self.cell.empty_if(ticket) {
                        self.end(record, EndReason::Killed);
                    }
                    return Ok(None);
                }
                Err((_, refusal)) => TooManyLeases::check(refusal)?,
            }
            // It is pinned, so only its absolute deadline can be over.
            let _ended = self.store.table().expire(record, now);
            // Unless its deadline was put off meanwhile.
            if record.word.load().ended() {
                self.cell.empty_if(ticket);
                return Ok(None);
            }
        }
    }

    /// Ends a session of the slot's, unless another thread was faster. An expired one ends for its
    /// timeout.
    pub(super) fn end(&self, record: &Arc<Record<T>>, reason: EndReason) -> bool {
        let table = self.store.table();
        // It is in no slot any more, so nothing else would end it.
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
        let number = record.number();
        drop_record(record);
        Some(number)
    }

    /// What the slot holds, good or not.
    #[inline]
    pub(super) fn peek(&self) -> Option<Session<T>> {
        self.cell.look(Occupant::session).flatten()
    }
}

impl<T: Send + Sync + 'static> Engine<T> {
    /// Puts a session into the slot, if nothing has changed since the ticket was drawn. The slot
    /// lets go of it when it ends.
    pub(super) fn install(&self, ticket: &Ticket<Occupant<T>>, fresh: &Session<T>) -> bool {
        let installed = self.cell.install(ticket, Occupant::new(fresh));
        if installed {
            let cell = Arc::downgrade(&self.cell);
            fresh.on_end(move |ended, _| {
                let Some(cell) = cell.upgrade() else { return };
                let ticket = cell.ticket();
                if ticket.occupant().is_some_and(|occupant| occupant.holds(&ended.record)) {
                    cell.empty_if(&ticket);
                }
            });
        }
        installed
    }
}

/// A session in a slot. The slot may be the last to hold it, so dropping it may drop the
/// application's data.
pub(super) struct Occupant<T>(Option<Arc<Record<T>>>); // `None` only while it is dropped

impl<T> Occupant<T> {
    fn new(session: &Session<T>) -> Self {
        Self(Some(Arc::clone(&session.record)))
    }

    pub(super) fn record(&self) -> Option<&Arc<Record<T>>> {
        self.0.as_ref()
    }

    pub(super) fn holds(&self, record: &Arc<Record<T>>) -> bool {
        self.record().is_some_and(|own| Arc::ptr_eq(own, record))
    }

    fn session(&self) -> Option<Session<T>> {
        self.0.as_ref().map(Arc::clone).map(Session::new)
    }
}

impl<T> Drop for Occupant<T> {
    fn drop(&mut self) {
        if let Some(record) = self.0.take() {
            drop_record(record);
        }
    }
}
