//! Emptying a slot, and taking it out of use.

use super::cell::Ticket;
use super::engine::{Engine, Occupant};
use crate::end::EndReason;
use crate::session::{Record, Session};
use crate::sync::Arc;

/// What a slot held before it went out of use.
#[must_use = "its session has to end"]
pub(crate) struct Retired<T> {
    last: Ticket<Occupant<T>>,
    /// Kept, since to drop it may be to drop the application's data.
    _passed: Vec<Ticket<Occupant<T>>>,
}

/// What became of an attempt to take a slot out of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempted {
    Done,
    /// It is in use.
    InUse,
    /// Something else was put into it meanwhile.
    Changed,
}

impl<T> Engine<T> {
    /// Empties the slot and ends what it held. Answers whether that was live.
    pub(crate) fn invalidate(&self) -> bool {
        let before = self.cell.empty();
        self.single_flight.abandon();
        self.end_ticket(&before, EndReason::Killed)
    }

    /// Empties the slot if it holds this session. Answers whether that was live.
    pub(crate) fn invalidate_session(&self, session: &Session<T>) -> bool {
        let ticket = self.cell.ticket();
        let held = ticket.occupant().and_then(Occupant::record);
        held.is_some_and(|record| Arc::ptr_eq(record, &session.record))
            && self.cell.empty_if(&ticket)
            && self.end_ticket(&ticket, EndReason::Killed)
    }

    /// Takes the slot out of use, and ends what it held. Answers whether that was live.
    pub(crate) fn retire(&self, reason: EndReason) -> bool {
        self.end_retired(self.close(), reason)
    }

    /// Takes the slot out of use, and no more: no application code runs. What it held is to be
    /// ended.
    pub(crate) fn close(&self) -> Retired<T> {
        let mut passed = Vec::new();
        let last = self.cell.retire(&mut passed);
        Retired { last, _passed: passed }
    }

    /// Ends what the slot held. Answers whether that was live.
    pub(crate) fn end_retired(&self, retired: Retired<T>, reason: EndReason) -> bool {
        let Retired { last, .. } = retired;
        self.single_flight.abandon();
        self.end_ticket(&last, reason)
    }

    /// Takes the slot out of use if it is not in use: no login is under way, and nobody holds a
    /// lease of its session, which is logged out.
    pub(super) fn retire_if_free(&self) -> Attempted {
        let ticket = self.cell.ticket();
        if self.is_logging_in() {
            return Attempted::InUse;
        }
        let table = self.store.table();
        let free = |record: &Arc<Record<T>>| {
            !record.word.load().in_use()
                && table.end_if_free(table.moment_or_origin(), record, EndReason::LoggedOut)
        };
        // The session has ended before its slot is given up: a lease that comes in between spares
        // it, and a login that comes in between finds another slot.
        if !ticket.occupant().and_then(Occupant::record).is_none_or(free) {
            Attempted::InUse
        } else if ticket.is_retired() || self.cell.retire_if(&ticket) {
            Attempted::Done
        } else {
            Attempted::Changed
        }
    }

    /// Whether the slot is out of use.
    pub(super) fn is_retired(&self) -> bool {
        self.cell.ticket().is_retired()
    }

    /// Puts a session in the place of what the slot holds, which ends as `Replaced`. Not if the
    /// slot is out of use.
    pub(super) fn put(&self, fresh: &Session<T>) -> bool {
        loop {
            let before = self.cell.ticket();
            if before.is_retired() {
                return false;
            }
            if self.cell.install(&before, Occupant::new(fresh)) {
                self.single_flight.abandon();
                self.end_ticket(&before, EndReason::Replaced);
                return true;
            }
        }
    }

    fn end_ticket(&self, ticket: &Ticket<Occupant<T>>, reason: EndReason) -> bool {
        let record = ticket.occupant().and_then(|occupant| occupant.record());
        record.is_some_and(|record| self.end(record, reason))
    }
}

impl<T> Drop for Engine<T> {
    fn drop(&mut self) {
        self.retire(EndReason::LoggedOut);
    }
}
