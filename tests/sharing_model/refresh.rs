//! The refresh: one batch after the other, here of one record each.

use crate::call::{Call, LANES, Lane};
use crate::rule::Rule;
use crate::setup::{KEYS, Setup};
use crate::state::{Node, World};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Remove,
    Ends,
    Insert,
    Store,
}

/// As the protocol has it. Hearing the time comes before, and expiry is a step of its own.
const ORDER: [Phase; 4] = [Phase::Remove, Phase::Ends, Phase::Insert, Phase::Store];

/// With the hearing of ends last.
const LATE: [Phase; 4] = [Phase::Insert, Phase::Store, Phase::Remove, Phase::Ends];

impl World {
    /// Hears the collection's time, and sends the first batch.
    pub(crate) fn begin(&mut self, node: usize, error: u8, setup: &Setup) {
        let heard = self.collection_time();
        let it = Node { heard, error, refresh: Some(0), good: true, ..self.nodes[node] };
        self.nodes[node] = it;
        self.history.began[node] = self.history.acknowledged;
        self.advance(node, setup);
    }

    /// Sends the next batch for which there is anything to do, or ends the refresh.
    pub(crate) fn advance(&mut self, node: usize, setup: &Setup) {
        while let Some(at) = self.nodes[node].refresh {
            let Some(phase) = phase(at, setup) else {
                self.nodes[node].refresh = None;
                if self.nodes[node].good && !self.leaves_suspect(node, setup) {
                    self.history.must_know[node] |= self.history.began[node];
                }
                self.history.began[node] = 0;
                return;
            };
            self.nodes[node].refresh = Some(at + 1);
            let key = at % 2;
            if setup.bounds.is_some() && phase == Phase::Store && key == 0 {
                self.nodes[node].read = self.now;
            }
            let Some(call) = self.batch(node, phase, key, setup) else { continue };
            self.send(node, Lane::Refresh, call, setup);
            if self.flight(node, Lane::Refresh).is_some() {
                return;
            }
        }
    }

    fn leaves_suspect(&self, node: usize, setup: &Setup) -> bool {
        let held = self.nodes[node].seats.iter().filter_map(|seat| seat.held);
        setup.has(Rule::GoodLeavesNoSuspect) && held.into_iter().any(|held| held.suspect)
    }

    fn batch(&mut self, node: usize, phase: Phase, key: u8, setup: &Setup) -> Option<Call> {
        match phase {
            Phase::Remove => self.remove_call(node, key, setup),
            Phase::Ends if key == 0 => {
                let Node { cursor, epoch, .. } = self.nodes[node];
                Some(Call::Ends { cursor, epoch })
            }
            Phase::Ends => None,
            Phase::Insert => self.insert_call(node, key, setup),
            Phase::Store => {
                let call = self.store_call(node, key, setup);
                if call.is_none() && key == 0 {
                    self.nodes[node].failed = 0;
                }
                call
            }
        }
    }

    /// The collection applies what is under way in a lane.
    pub(crate) fn apply(&mut self, node: usize, lane: Lane, setup: &Setup) {
        if let Some(mut flight) = *self.flight(node, lane)
            && flight.answer.is_none()
        {
            flight.answer = Some(self.perform(flight.call, setup));
            *self.flight(node, lane) = Some(flight);
        }
    }

    /// All faults are over: what is under way is lost, nodes start and refresh, each as often as is
    /// needed to hear what the others have done.
    pub(crate) fn quiet(mut self, setup: &Setup) -> Self {
        self.wire = [None; 2];
        for node in 0..setup.nodes {
            if !self.nodes[node].up {
                self.start(node);
            }
            for lane in LANES {
                self.give_up(node, lane, setup);
            }
            self.nodes[node].refresh = None;
        }
        // The last node hears of all that the others have done; they hear of what it does.
        for node in (0..setup.nodes).chain(0..(setup.nodes - 1).max(1)) {
            if self.nodes[node].seats[0].rotating {
                self.send(node, Lane::Direct, Call::Rotate { old: 0, new: 1 }, setup);
                self.apply(node, Lane::Direct, setup);
                self.hear(node, Lane::Direct, setup);
            }
            self.begin(node, 0, setup);
            while self.nodes[node].flights[Lane::Refresh as usize].is_some() {
                self.apply(node, Lane::Refresh, setup);
                self.hear(node, Lane::Refresh, setup);
                self.advance(node, setup);
            }
        }
        self
    }
}

fn phase(at: u8, setup: &Setup) -> Option<Phase> {
    let order = if setup.has(Rule::EndsFirst) { ORDER } else { LATE };
    order.get(usize::from(at) / KEYS).copied()
}
