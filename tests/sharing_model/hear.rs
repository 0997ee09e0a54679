//! What a node does with an answer, and without one.

use crate::call::{Answer, Call, Flight, Lane, Outcome};
use crate::fault::Fault;
use crate::rule::Rule;
use crate::setup::Setup;
use crate::state::{Held, Keys, Pending, Row, World, bit};

impl World {
    /// The node hears the answer of what it has under way in a lane.
    pub(crate) fn hear(&mut self, node: usize, lane: Lane, setup: &Setup) {
        let Some(Flight { call, answer: Some(answer), .. }) = self.flight(node, lane).take() else {
            return;
        };
        match call {
            Call::Remove { key, .. } => self.hear_remove(node, key, answer.outcome, setup),
            Call::Ends { .. } => self.hear_ends(node, answer, setup),
            Call::Insert { key, .. } => self.hear_insert(node, key, answer, setup),
            Call::Store { key, used, .. } => {
                let used = self.translated_back(node, used, setup);
                self.hear_store(node, key, used, answer.outcome, setup);
            }
            Call::Load { key } => self.hear_load(node, key, answer, setup),
            Call::Rotate { old, new } => self.hear_rotate(node, old, new, answer.outcome),
        }
    }

    /// The node gives up waiting for an answer.
    pub(crate) fn give_up(&mut self, node: usize, lane: Lane, setup: &Setup) {
        let Some(Flight { call, .. }) = self.flight(node, lane).take() else { return };
        match call {
            Call::Insert { key, .. } => {
                if let Some(held) = self.held(node, key) {
                    held.doubt = true;
                }
            }
            Call::Store { .. } if setup.bounds.is_some() => self.nodes[node].failed += 1,
            Call::Rotate { old, .. } if !setup.has(Rule::RotateRepeats) => {
                self.seat(node, old).rotating = false;
            }
            Call::Load { key } => self.seat(node, key).ended_meanwhile = false,
            _ => {}
        }
        if lane == Lane::Refresh {
            self.nodes[node].good = false;
        }
    }

    fn hear_remove(&mut self, node: usize, key: u8, it: Outcome, setup: &Setup) {
        let Some(Pending { known, .. }) = self.seat(node, key).pending.take() else { return };
        match it {
            Outcome::Ended(Some(successor)) if setup.has(Rule::EndFollows) => {
                let loads = self.loads(node, successor);
                self.seat(node, successor).ended_meanwhile |=
                    loads && setup.has(Rule::FollowedEndIsAnEnd);
                self.bury_here(node, successor);
                self.seat(node, successor).pending = Some(Pending { fence: None, known });
                if known {
                    self.history.ended_here[node] |= bit(successor);
                }
                return;
            }
            Outcome::Missing if setup.has(Rule::MissingAcknowledgesNothing) => {
                // Nothing was known of it, and nothing was found.
                if !known {
                    self.seat(node, key).tombstone = false;
                }
                return;
            }
            _ => {}
        }
        self.history.ended_here[node] |= bit(key);
        // One session has all the keys.
        self.history.acknowledged = Keys::MAX;
    }

    fn hear_ends(&mut self, node: usize, answer: Answer, setup: &Setup) {
        match answer.outcome {
            Outcome::List(ended) => {
                for key in (0..2).filter(|key| ended & bit(*key) != 0) {
                    self.hear_of_end(node, key);
                }
            }
            _ if setup.has(Rule::GapMakesSuspect) => {
                for held in self.nodes[node].seats.iter_mut().filter_map(|it| it.held.as_mut()) {
                    held.suspect = true;
                }
            }
            _ => {}
        }
        self.nodes[node].epoch = answer.epoch;
        self.nodes[node].cursor = answer.seq;
    }

    fn hear_insert(&mut self, node: usize, key: u8, answer: Answer, setup: &Setup) {
        let row = self.row(key);
        let Some(held) = self.held(node, key) else { return };
        match answer.outcome {
            Outcome::Done => {
                held.inserted = true;
                held.doubt = false;
                self.history.saved |= bit(key);
            }
            Outcome::Stale => {
                let asks = held.doubt && setup.has(Rule::StaleAsks);
                held.inserted |= asks;
                held.suspect |= asks;
                held.doubt = asks && setup.has(Rule::DoubtOutlastsStale);
                self.nodes[node].heard = answer.time;
            }
            Outcome::Exists => {
                let own = held.nonce;
                self.seat(node, key).held = None;
                if matches!(row, Row::Live { nonce, .. } if nonce == own) {
                    self.fail(Fault::RefusedItself);
                }
            }
            _ => self.hear_of_end(node, key),
        }
    }

    fn hear_store(&mut self, node: usize, key: u8, used: u8, it: Outcome, setup: &Setup) {
        self.nodes[node].failed = 0;
        let missing = it == Outcome::Missing;
        if missing && !setup.has(Rule::MissingIsNotInserted) {
            if let Some(held) = self.held(node, key) {
                *held = Held { inserted: false, suspect: false, doubt: false, ..*held };
            }
            return;
        }
        if matches!(it, Outcome::Ended(_)) || (missing && setup.has(Rule::MissingEnds)) {
            // What can no longer be told from a session that never reached the collection.
            if self.history.saved & bit(key) == 0 {
                self.history.excused = Keys::MAX;
            }
            if let Some(Held { doubt, not_after: fence, .. }) = self.seat(node, key).held
                && missing
                && doubt
            {
                self.history.ended_here[node] |= bit(key);
                self.seat(node, key).pending = Some(Pending { fence, known: true });
            }
            return self.hear_of_end(node, key);
        }
        if it == Outcome::Done && self.held(node, key).is_some() {
            self.history.saved |= bit(key);
        }
        let seat = self.seat(node, key);
        if seat.late.is_some_and(|(late, _)| late <= used) {
            seat.late = None;
        }
        if let Some(held) = seat.held.as_mut() {
            held.stored = held.stored.max(used);
            held.suspect = false;
            held.doubt = false;
        }
    }

    fn hear_load(&mut self, node: usize, key: u8, answer: Answer, setup: &Setup) {
        let (epoch, cursor) = (self.nodes[node].epoch, self.nodes[node].cursor);
        let seat = self.seat(node, key);
        let meanwhile = std::mem::take(&mut seat.ended_meanwhile);
        let Outcome::Found { nonce, used: stored } = answer.outcome else { return };
        let refused = (seat.tombstone && setup.has(Rule::TakeChecksTombstone))
            || (seat.pending.is_some() && setup.has(Rule::TakeChecksPending))
            || (meanwhile && setup.has(Rule::TakeChecksMeanwhile))
            || (answer.epoch != epoch && setup.has(Rule::TakeChecksEpoch))
            || (answer.seq < cursor && setup.has(Rule::TakeChecksSeq));
        if refused || seat.held.is_some() {
            return;
        }
        let active = seat.late.take().map_or(answer.time, |(late, _)| late.max(answer.time));
        seat.held = Some(Held {
            nonce,
            active,
            stored,
            inserted: true,
            suspect: false,
            doubt: false,
            not_after: None,
            epoch: 0,
        });
    }

    fn hear_rotate(&mut self, node: usize, old: u8, new: u8, it: Outcome) {
        self.seat(node, old).rotating = false;
        match it {
            Outcome::Done => {
                self.history.client = new;
                self.history.created |= bit(new);
                let seat = *self.seat(node, old);
                if seat.held.is_some() && !self.seat(node, new).tombstone {
                    self.seat(node, new).held = seat.held;
                    self.seat(node, new).leased = seat.leased;
                }
                self.hear_of_end(node, old);
            }
            Outcome::Ended(_) => self.hear_of_end(node, old),
            _ => {
                if let Some(held) = self.held(node, old) {
                    held.suspect = true;
                }
            }
        }
    }
}
