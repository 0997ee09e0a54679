//! The collection: each operation in one step.

use crate::call::{Answer, Call, Outcome};
use crate::fault::Fault;
use crate::rule::Rule;
use crate::setup::Setup;
use crate::state::{Collection, Keys, Reason, Row, World, bit};

impl World {
    /// The collection's clock.
    pub(crate) fn collection_time(&self) -> u8 {
        self.now - self.collection.behind
    }

    /// Applies a call, whether or not anybody hears the answer.
    pub(crate) fn perform(&mut self, call: Call, setup: &Setup) -> Answer {
        let now = self.collection_time();
        let before = self.collection.rows;
        let outcome = match call {
            Call::Load { key } => self.load(key, setup),
            _ => self.collection.perform(call, now, setup),
        };
        for (key, row) in (0..).zip(before) {
            if row != Row::Nothing && !self.is_live(key) {
                self.history.gone |= bit(key);
            }
            if let Row::Tombstone { reason, .. } = self.row(key) {
                self.history.reasons[usize::from(key)].get_or_insert(reason);
            }
        }
        let Collection { epoch, seq, .. } = self.collection;
        Answer { time: now, epoch, seq, outcome }
    }

    fn load(&mut self, key: u8, setup: &Setup) -> Outcome {
        let now = self.collection_time();
        let touched = self.last_use(key, setup);
        match self.row(key) {
            Row::Nothing => Outcome::Missing,
            Row::Tombstone { successor, .. } => Outcome::Ended(successor),
            Row::Live { used, .. } if now >= used + setup.idle + setup.graced() => {
                if self.now < touched + setup.idle {
                    self.fail(Fault::RefusedTooEarly);
                }
                Outcome::Missing
            }
            Row::Live { nonce, mut used } => {
                if self.now >= touched + setup.idle + setup.grace {
                    self.fail(Fault::AcceptedTooLate);
                }
                self.history.touched[usize::from(key)] = self.now;
                if setup.has(Rule::LoadTouches) {
                    used = now;
                }
                self.collection.rows[usize::from(key)] = Row::Live { nonce, used };
                Outcome::Found { nonce, used }
            }
        }
    }

    /// When a client last used a session: now, if an application has a lease of it.
    pub(crate) fn last_use(&self, key: u8, setup: &Setup) -> u8 {
        let leased = |seat: usize| self.nodes[seat].seats[usize::from(key)].leased;
        let leased = (0..setup.nodes).any(leased);
        if leased { self.now } else { self.history.touched[usize::from(key)] }
    }

    /// Ends what has expired, and forgets tombstones that are older than their time.
    pub(crate) fn expire(&mut self, setup: &Setup) {
        let now = self.collection_time();
        for key in 0..2 {
            match self.row(key) {
                Row::Live { used, .. } if now >= used + setup.idle + setup.graced() => {
                    if self.now < self.last_use(key, setup) + setup.idle {
                        self.fail(Fault::RefusedTooEarly);
                    }
                    self.history.excused |= bit(key);
                    self.history.gone |= bit(key);
                    self.collection.bury(key, Reason::Idle, now, None);
                }
                Row::Tombstone { at, seq, .. } if now > at + setup.kept() => {
                    self.collection.rows[usize::from(key)] = Row::Nothing;
                    self.history.reasons[usize::from(key)] = None;
                    if setup.has(Rule::PruneRaisesFloor) {
                        self.collection.floor = self.collection.floor.max(seq);
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes everything away, tombstones too, and draws a new epoch.
    pub(crate) fn flush(&mut self) {
        for key in 0..2 {
            if self.row(key) != Row::Nothing {
                self.history.gone |= bit(key);
            }
        }
        self.history.reasons = [None; 2];
        self.history.excused = Keys::MAX;
        let Collection { epoch, behind, .. } = self.collection;
        self.collection =
            Collection { epoch: epoch + 1, seq: 0, floor: 0, behind, rows: [Row::Nothing; 2] };
    }
}

impl Collection {
    fn perform(&mut self, call: Call, now: u8, setup: &Setup) -> Outcome {
        match call {
            Call::Insert { key, nonce, used, not_after, epoch } => {
                let other_epoch = setup.has(Rule::InsertChecksEpoch) && epoch != self.epoch;
                let late = setup.has(Rule::InsertChecksTime) && now > not_after;
                if other_epoch || late {
                    return Outcome::Stale;
                }
                self.insert(key, nonce, used.min(now), setup)
            }
            Call::Store { key, nonce, used } => self.store(key, nonce, used.min(now), setup),
            Call::Remove { key, reason, fence } => match self.rows[usize::from(key)] {
                Row::Tombstone { successor, .. } if setup.has(Rule::FirstReasonStays) => {
                    Outcome::Ended(successor)
                }
                Row::Nothing if !fence.is_some_and(|until| fences(until, now, setup)) => {
                    Outcome::Missing
                }
                _ => {
                    self.bury(key, reason, now, None);
                    Outcome::Done
                }
            },
            Call::Rotate { old, new } => self.rotate(old, new, now, setup),
            Call::Ends { cursor, epoch } => {
                if epoch != self.epoch || cursor < self.floor {
                    return Outcome::Gap;
                }
                let newer = |key: &u8| match self.rows[usize::from(*key)] {
                    Row::Tombstone { seq, .. } => seq > cursor,
                    _ => false,
                };
                Outcome::List((0..2).filter(newer).map(bit).sum())
            }
            Call::Load { .. } => unreachable!("loads look at the history too"),
        }
    }

    fn insert(&mut self, key: u8, nonce: u8, used: u8, setup: &Setup) -> Outcome {
        let done_if = |done| if done { Outcome::Done } else { Outcome::Exists };
        match self.rows[usize::from(key)] {
            Row::Tombstone { successor, .. } if setup.has(Rule::InsertRefusesEnded) => {
                Outcome::Ended(successor)
            }
            Row::Live { nonce: there, .. } if there == nonce => {
                done_if(setup.has(Rule::InsertKnowsItself))
            }
            Row::Live { .. } => done_if(!setup.has(Rule::InsertKnowsOthers)),
            _ => {
                self.rows[usize::from(key)] = Row::Live { nonce, used };
                Outcome::Done
            }
        }
    }

    fn store(&mut self, key: u8, nonce: u8, given: u8, setup: &Setup) -> Outcome {
        match self.rows[usize::from(key)] {
            Row::Live { nonce: there, used } if there == nonce => {
                let later = setup.has(Rule::StoreKeepsTheLater);
                let used = if later { used.max(given) } else { given };
                self.rows[usize::from(key)] = Row::Live { nonce, used };
                Outcome::Done
            }
            Row::Tombstone { successor, .. } => Outcome::Ended(successor),
            Row::Nothing if !setup.has(Rule::StoreNeverCreates) => {
                self.rows[usize::from(key)] = Row::Live { nonce, used: given };
                Outcome::Done
            }
            _ => Outcome::Missing,
        }
    }

    fn rotate(&mut self, old: u8, new: u8, now: u8, setup: &Setup) -> Outcome {
        match (self.rows[usize::from(old)], self.rows[usize::from(new)]) {
            (Row::Live { nonce, used }, Row::Nothing) => {
                self.bury(old, Reason::Replaced, now, Some(new));
                self.rows[usize::from(new)] = Row::Live { nonce, used };
                Outcome::Done
            }
            (Row::Nothing, Row::Live { .. }) if setup.has(Rule::RotateKnowsNew) => Outcome::Done,
            (Row::Tombstone { successor, .. }, _) if successor == Some(new) => Outcome::Done,
            (Row::Tombstone { successor, .. }, _) => Outcome::Ended(successor),
            _ => Outcome::Missing,
        }
    }

    /// Writes a tombstone.
    fn bury(&mut self, key: u8, reason: Reason, at: u8, successor: Option<u8>) {
        self.seq += 1;
        let seq = self.seq;
        self.rows[usize::from(key)] = Row::Tombstone { reason, at, seq, successor };
    }
}

/// Whether a fence is written. Inserts may come until their `not_after`, and later than that if the
/// clock jumps back.
fn fences(not_after: u8, now: u8, setup: &Setup) -> bool {
    let in_time = now <= not_after + setup.jump || !setup.has(Rule::FenceChecksTime);
    in_time && setup.has(Rule::Fence)
}
