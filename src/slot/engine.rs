//! One slot of a store, shared by the forms in which hosts get it.

use super::cell::{SlotCell, Ticket};
use super::options::Options;
use super::single_flight::SingleFlight;
use crate::end::EndReason;
use crate::session::{Record, Session, drop_record};
use crate::store::SessionStore;
use crate::sync::{Arc, AtomicU32, AtomicU64, Ordering};
use crate::time::Tick;

/// A slot at work.
pub(crate) struct Engine<T> {
    pub(super) store: SessionStore<T>,
    pub(super) cell: SlotCell<Occupant<T>>,
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
    pub(super) fn vet(&self, ticket: &Ticket<Occupant<T>>) -> Option<Session<T>> {
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

/// A session in a slot. The slot may be the last to hold it, so dropping it may drop the
/// application's data.
pub(super) struct Occupant<T>(Option<Arc<Record<T>>>); // `None` only while it is dropped

impl<T> Occupant<T> {
    pub(super) fn new(session: &Session<T>) -> Self {
        Self(Some(Arc::clone(&session.record)))
    }

    pub(super) fn record(&self) -> Option<&Arc<Record<T>>> {
        self.0.as_ref()
    }

    pub(super) fn session(&self) -> Option<Session<T>> {
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

/// Whether the session has neither ended nor expired.
pub(super) fn is_live<T>(session: &Session<T>) -> bool {
    let record = &session.record;
    // Reading the clock is the dearest part of this. The session is pinned and does not idle out, so
    // only an absolute deadline needs the time.
    let now = if record.deadlines.absolute() { record.context.now() } else { Tick::ZERO };
    record.look(now).is_ok()
}
