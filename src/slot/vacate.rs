//! Emptying a slot, and taking it out of use.

use super::cell::Ticket;
use super::engine::{Engine, Occupant};
use crate::end::EndReason;
use crate::session::{Session, drop_record};
use crate::sync::Arc;

/// What a slot held before it went out of use.
#[must_use = "its session has to end"]
pub(crate) struct Retired<T> {
    reason: EndReason,
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
    /// Empties the slot and ends what it held. Returns whether that was live.
    pub(crate) fn invalidate(&self) -> bool {
        let before = self.cell.empty();
        self.single_flight.abandon();
        self.end_ticket(&before, EndReason::Killed)
    }

    /// Empties the slot if it holds this session. Returns whether that was live.
    pub(crate) fn invalidate_session(&self, session: &Session<T>) -> bool {
        let ticket = self.cell.ticket();
        ticket.occupant().is_some_and(|occupant| occupant.holds(&session.record))
            && self.cell.empty_if(&ticket)
            && self.end_ticket(&ticket, EndReason::Killed)
    }

    /// Takes the slot out of use, and ends what it held. Returns whether that was live.
    pub(crate) fn retire(&self, reason: EndReason) -> bool {
        self.end_retired(self.close(reason))
    }

    /// Takes the slot out of use, and no more: no application code runs. What it held is to be
    /// ended, and so is what a login brings that is under way.
    pub(crate) fn close(&self, reason: EndReason) -> Retired<T> {
        let mut passed = Vec::new();
        let last = self.cell.retire(reason, &mut passed);
        Retired { reason, last, _passed: passed }
    }

    /// Ends what the slot held. Returns whether that was live.
    pub(crate) fn end_retired(&self, retired: Retired<T>) -> bool {
        let Retired { reason, last, .. } = retired;
        self.single_flight.abandon();
        self.end_ticket(&last, reason)
    }

    /// Takes the slot out of use, unless it is in use: its session, which is logged out, has a
    /// lease, or a login is under way. In a slot that was `unused` for long such a login counts as
    /// abandoned.
    pub(super) fn retire_if_free(&self, unused: bool) -> Attempted {
        let mut ticket = self.cell.ticket();
        if self.is_logging_in() && !unused {
            return Attempted::InUse;
        }
        if let Some(record) = ticket.occupant().and_then(Occupant::record).map(Arc::clone) {
            let table = self.store.table();
            // The session has ended before its slot is given up: a lease that comes in between
            // spares it, and a login that comes in between finds another slot.
            let free = !record.word.load().in_use()
                && table.end_if_free(table.moment_or_origin(), &record, EndReason::LoggedOut);
            if free {
                // Its end has emptied the slot, or is about to.
                ticket = self.cell.ticket();
            }
            let another = ticket.occupant().is_some_and(|occupant| !occupant.holds(&record));
            drop_record(record);
            if !free {
                return Attempted::InUse;
            }
            if another {
                return Attempted::Changed;
            }
        }
        if ticket.is_retired() || self.cell.retire_if(&ticket, EndReason::LoggedOut) {
            // What waits here for a login that was abandoned goes on to another slot.
            self.single_flight.abandon();
            Attempted::Done
        } else {
            Attempted::Changed
        }
    }

    /// Whether the slot is out of use.
    pub(super) fn is_retired(&self) -> bool {
        self.cell.ticket().is_retired()
    }

    fn end_ticket(&self, ticket: &Ticket<Occupant<T>>, reason: EndReason) -> bool {
        let record = ticket.occupant().and_then(|occupant| occupant.record());
        record.is_some_and(|record| self.end(record, reason))
    }
}

impl<T: Send + Sync + 'static> Engine<T> {
    /// Puts a session in the place of what the slot holds, which ends as `Replaced`. Not if the
    /// slot is out of use.
    pub(super) fn put(&self, fresh: &Session<T>) -> bool {
        loop {
            let before = self.cell.ticket();
            if before.is_retired() {
                return false;
            }
            if self.install(&before, fresh) {
                self.single_flight.abandon();
                self.end_ticket(&before, EndReason::Replaced);
                return true;
            }
        }
    }
}

impl<T> Drop for Engine<T> {
    fn drop(&mut self) {
        self.retire(EndReason::LoggedOut);
    }
}
