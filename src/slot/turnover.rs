//! Taking sessions out of a slot.

use super::cell::Ticket;
use super::engine::Engine;
use super::tenant::Tenant;
use crate::end::EndReason;
use crate::session::Session;
use crate::sync::Arc;

/// What a slot held before it was emptied.
pub(crate) type Emptied<T> = Ticket<Tenant<T>>;

impl<T> Engine<T> {
    /// Empties the slot and ends what it held. Answers whether that was live.
    pub(crate) fn invalidate(&self) -> bool {
        self.settle(self.empty())
    }

    /// Empties the slot if it holds this session. Answers whether that was live.
    pub(crate) fn invalidate_session(&self, session: &Session<T>) -> bool {
        let ticket = self.cell.ticket();
        let held = ticket.tenant().and_then(Tenant::record);
        held.is_some_and(|record| Arc::ptr_eq(record, &session.record))
            && self.cell.empty_if(&ticket)
            && self.end_ticket(&ticket, EndReason::Killed)
    }

    /// Empties the slot, and no more: no host code runs. What it held is to be settled.
    pub(crate) fn empty(&self) -> Emptied<T> {
        self.cell.empty()
    }

    /// Ends what the slot held. Answers whether that was live.
    #[allow(clippy::needless_pass_by_value, reason = "it is settled")]
    pub(crate) fn settle(&self, before: Emptied<T>) -> bool {
        self.flights.abandon();
        self.end_ticket(&before, EndReason::Killed)
    }

    /// Takes the slot out of use and logs out what it held.
    pub(crate) fn retire(&self) {
        let before = self.cell.retire();
        self.flights.abandon();
        self.end_ticket(&before, EndReason::LoggedOut);
    }

    /// Puts a session in the place of what the slot holds, which ends as `Replaced`. Not if the slot is
    /// out of use.
    pub(super) fn put(&self, fresh: &Session<T>) -> bool {
        loop {
            let before = self.cell.ticket();
            if before.is_retired() {
                return false;
            }
            if self.cell.install(&before, Tenant::new(fresh)) {
                self.flights.abandon();
                self.end_ticket(&before, EndReason::Replaced);
                return true;
            }
        }
    }

    fn end_ticket(&self, ticket: &Ticket<Tenant<T>>, reason: EndReason) -> bool {
        let record = ticket.tenant().and_then(|tenant| tenant.record());
        record.is_some_and(|record| self.end(record, reason))
    }
}

impl<T> Drop for Engine<T> {
    fn drop(&mut self) {
        // A clock that panics here, perhaps while another panic unwinds, must not abort the host.
        let context = Arc::clone(&self.store.table().context);
        context.run_host_code(|| self.retire());
    }
}
