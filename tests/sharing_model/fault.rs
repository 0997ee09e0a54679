//! What must hold in every state, and what is reported where it does not.

use crate::setup::Setup;
use crate::state::{Held, Pending, Row, World, bit};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// A key is live again that had a tombstone or was lost in a flush.
    CameBack,
    /// A session is live whose end was acknowledged.
    EndedIsLive,
    /// A node holds a session whose end was acknowledged before its last good refresh began.
    EndedIsHeld,
    /// A node holds a session again that it ended itself.
    HeldAgain,
    /// A node ended a session, has nothing left to do about that, and the session is live.
    EndWasLost,
    /// The reason of an end is another than the first.
    AnotherReason,
    /// A session is nowhere, though nobody ended it and it was neither idle nor flushed.
    Lost,
    /// Two creators were both told that the key is theirs.
    TwoCreators,
    /// A creator was told that its own record is another's.
    RefusedItself,
    /// A session was refused, unloaded for good or expired though it was used within its timeout.
    RefusedTooEarly,
    /// A session was accepted after its timeout and the grace.
    AcceptedTooLate,
    /// Nodes and collection do not agree after a quiet time.
    Disagree,
    /// A change of data was done, and is not in the data.
    ChangeLost,
    /// A change of data was applied twice.
    ChangedTwice,
}

impl World {
    /// Looks for a fault that can be seen in this state.
    pub(crate) fn inspect(&mut self, setup: &Setup) {
        if self.fault.is_none() {
            self.fault = (0..2).find_map(|key| self.fault_of(key, setup));
        }
    }

    fn fault_of(&self, key: u8, setup: &Setup) -> Option<Fault> {
        let row = self.row(key);
        let (history, it) = (&self.history, bit(key));
        let nodes = || self.nodes[..setup.nodes].iter().enumerate();
        let seat = |node: usize| self.nodes[node].seats[usize::from(key)];
        if let Row::Live { .. } = row {
            if history.acknowledged & it != 0 {
                return Some(Fault::EndedIsLive);
            }
            if history.gone & it != 0 {
                return Some(Fault::CameBack);
            }
            let forgot =
                |node: usize| history.ended_here[node] & it != 0 && seat(node).pending.is_none();
            if nodes().any(|(node, _)| forgot(node)) {
                return Some(Fault::EndWasLost);
            }
        }
        if let (Row::Tombstone { reason, .. }, Some(told)) =
            (row, history.reasons[usize::from(key)])
            && reason != told
        {
            return Some(Fault::AnotherReason);
        }
        let mut nonce = None;
        for (node, _) in nodes() {
            let Some(held) = seat(node).held else { continue };
            if history.must_know[node] & it != 0 {
                return Some(Fault::EndedIsHeld);
            }
            if history.ended_here[node] & it != 0 {
                return Some(Fault::HeldAgain);
            }
            if held.inserted && !held.suspect {
                if nonce.is_some_and(|other| other != held.nonce) {
                    return Some(Fault::TwoCreators);
                }
                nonce = Some(held.nonce);
            }
        }
        let lost = self.is_lost(key, setup);
        lost.then_some(Fault::Lost)
    }

    /// Whether the client's session is nowhere, though nothing happened that takes it away.
    fn is_lost(&self, key: u8, setup: &Setup) -> bool {
        let (history, it) = (&self.history, bit(key));
        key == history.client
            && history.created & it != 0
            && history.excused & it == 0
            && !self.is_live(key)
            && self.nodes[..setup.nodes].iter().all(|node| {
                let seat = node.seats[usize::from(key)];
                seat.held.is_none() && !seat.rotating
            })
    }

    /// Looks for a disagreement; to be called after a quiet time.
    pub(crate) fn inspect_quiet(&mut self, setup: &Setup) {
        self.inspect(setup);
        for key in 0..2 {
            for node in 0..setup.nodes {
                let seat = self.nodes[node].seats[usize::from(key)];
                let agrees = match (seat.held, self.row(key)) {
                    (Some(Held { nonce: own, inserted, suspect, .. }), Row::Live { nonce, .. }) => {
                        own == nonce && inserted && !suspect
                    }
                    (Some(_), _) => false,
                    (None, _) => true,
                };
                if !agrees || matches!(seat.pending, Some(Pending { .. })) || seat.rotating {
                    self.fail(Fault::Disagree);
                }
            }
        }
    }
}
