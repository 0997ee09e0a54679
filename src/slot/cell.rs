//! What a slot holds, and the protocol by which it changes.
//!
//! Every change puts in a state that was not there before, even a state that looks the same. So the
//! pointer to a state is the slot's generation: a login takes the state that it began with as its
//! ticket, and is installed only if that very state is still there. It is not if another login was
//! faster, nor if the slot was invalidated meanwhile. The ticket keeps the state alive, so its
//! address is not used again.
//!
//! # Orderings
//!
//! Those of `arc-swap`: a change releases and a look acquires, so a thread that sees a state sees
//! the session in it. Nothing else is published by it.

use crate::end::EndReason;
use crate::sync::{Arc, Swap};

/// A place for one occupant.
#[derive(Debug)]
pub(super) struct SlotCell<S>(Swap<State<S>>);

/// What is in the slot.
#[derive(Debug)]
enum State<S> {
    Empty,
    Held(S),
    /// The slot is out of use for good, for this reason.
    Retired(EndReason),
}

/// What was in the slot at some moment.
#[derive(Debug)]
pub(super) struct Ticket<S>(Arc<State<S>>);

impl<S> SlotCell<S> {
    pub(super) fn new() -> Self {
        Self(Swap::new(State::Empty))
    }

    /// Looks at the occupant, if there is one, without taking a share in it.
    pub(super) fn look<R>(&self, look: impl FnOnce(&S) -> R) -> Option<R> {
        self.0.look(|state| match state {
            State::Held(occupant) => Some(look(occupant)),
            State::Empty | State::Retired(_) => None,
        })
    }

    pub(super) fn ticket(&self) -> Ticket<S> {
        Ticket(self.0.load())
    }

    /// Moves the occupant in, if nothing has changed since the ticket was drawn.
    pub(super) fn install(&self, ticket: &Ticket<S>, occupant: S) -> bool {
        !ticket.is_retired() && self.0.replace(&ticket.0, Arc::new(State::Held(occupant))).is_ok()
    }

    /// Empties the slot, if nothing has changed since the ticket was drawn.
    pub(super) fn empty_if(&self, ticket: &Ticket<S>) -> bool {
        !ticket.is_retired() && self.0.replace(&ticket.0, Arc::new(State::Empty)).is_ok()
    }

    /// Takes the slot out of use, if nothing has changed since the ticket was drawn.
    pub(super) fn retire_if(&self, ticket: &Ticket<S>, reason: EndReason) -> bool {
        self.0.replace(&ticket.0, Arc::new(State::Retired(reason))).is_ok()
    }

    /// Empties the slot, and makes every ticket worthless. Returns what was there.
    pub(super) fn empty(&self) -> Ticket<S> {
        self.change(|| State::Empty, &mut Vec::new())
    }

    /// Takes the slot out of use. Returns what was there. What it comes across on the way goes into
    /// `passed`: no occupant is dropped in here.
    pub(super) fn retire(&self, reason: EndReason, passed: &mut Vec<Ticket<S>>) -> Ticket<S> {
        self.change(|| State::Retired(reason), passed)
    }

    fn change(&self, state: impl Fn() -> State<S>, passed: &mut Vec<Ticket<S>>) -> Ticket<S> {
        let mut before = self.ticket();
        while !before.is_retired() {
            match self.0.replace(&before.0, Arc::new(state())) {
                Ok(()) => break,
                Err(now) => passed.push(std::mem::replace(&mut before, Ticket(now))),
            }
        }
        before
    }
}

impl<S> Ticket<S> {
    pub(super) fn occupant(&self) -> Option<&S> {
        match &*self.0 {
            State::Held(occupant) => Some(occupant),
            State::Empty | State::Retired(_) => None,
        }
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retired().is_some()
    }

    /// Why the slot is out of use, if it is.
    pub(super) fn retired(&self) -> Option<EndReason> {
        if let State::Retired(reason) = *self.0 { Some(reason) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_until_anything_changes() {
        let cell = SlotCell::new();
        let (first, late) = (cell.ticket(), cell.ticket());
        assert!(cell.install(&first, 1));
        assert!(!cell.install(&late, 2), "two racers were let in");
        assert_eq!(cell.look(|occupant| *occupant), Some(1));
        assert_eq!(cell.empty().occupant(), Some(&1));

        let under_way = cell.ticket();
        assert!(cell.empty().occupant().is_none());
        assert!(!cell.install(&under_way, 3), "an invalidation of an empty slot was undone");
    }

    #[test]
    fn a_retired_slot_stays_so() {
        let cell = SlotCell::new();
        cell.retire(EndReason::HostDead, &mut Vec::new());
        cell.retire(EndReason::LoggedOut, &mut Vec::new());
        assert!(!cell.install(&cell.ticket(), 1));
        assert!(!cell.empty_if(&cell.ticket()));
        assert!(cell.empty().is_retired());
        assert_eq!(cell.ticket().retired(), Some(EndReason::HostDead));
    }
}
