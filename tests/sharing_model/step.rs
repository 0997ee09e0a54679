//! Everything that can happen next.

use std::fmt;

use crate::call::{LANES, Lane};
use crate::setup::{START, Setup};
use crate::state::{Node, Row, World, bit};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Tick,
    Create(usize),
    Touch(usize, u8),
    Lease(usize, u8),
    Release(usize, u8),
    Unload(usize, u8),
    End(usize, u8),
    Forget(usize, u8),
    Rotate(usize),
    Load(usize, u8),
    /// A refresh begins, with this error of the clock translation.
    Begin(usize, u8),
    /// What there is to do about a key is sent at once.
    Direct(usize, u8),
    Apply(usize, Lane),
    Hear(usize, Lane),
    /// The answer is lost, or the call never arrives.
    Lose(usize, Lane),
    /// The call is given up, and is still under way.
    Delay(usize, Lane),
    /// A call that was given up is applied.
    Late(usize),
    /// The application drops the refresh.
    Drop(usize),
    Crash(usize),
    Start(usize),
    Flush,
    Expire,
    Jump,
}

impl World {
    /// Adds all that can happen next.
    pub(crate) fn steps(&self, setup: &Setup, steps: &mut Vec<Step>) {
        let left = &self.left;
        if self.history.created == 0 {
            // What happens before there is a session tells nothing.
            return steps.extend((0..setup.creators).map(Step::Create));
        }
        if self.may_tick(setup) {
            steps.push(Step::Tick);
        }
        if self.expires(setup) {
            steps.push(Step::Expire);
        }
        for (at, _) in self.wire.iter().enumerate().filter(|(_, call)| call.is_some()) {
            steps.push(Step::Late(at));
        }
        if left.flushes > 0 {
            steps.push(Step::Flush);
        }
        if left.jumps > 0 {
            steps.push(Step::Jump);
        }
        for node in 0..setup.nodes {
            if !self.nodes[node].up {
                steps.push(Step::Start(node));
                continue;
            }
            self.refresh_steps(node, setup, steps);
            self.call_steps(node, setup, steps);
            for key in 0..2 {
                self.session_steps(node, key, setup, steps);
            }
            if left.crashes > 0 {
                steps.push(Step::Crash(node));
            }
        }
    }

    fn may_tick(&self, setup: &Setup) -> bool {
        let due = |node: &Node| {
            setup.bounds.is_some_and(|bounds| {
                let stores = node.flights[Lane::Refresh as usize].filter(|it| it.answer.is_none());
                self.now - node.read >= bounds.between
                    || stores.is_some_and(|it| self.now - it.sent >= bounds.apply)
            })
        };
        // With bounds a run is one of a session; what comes before tells nothing.
        let begun = setup.bounds.is_none() || self.history.saved != 0;
        self.now < START + setup.ticks && begun && !self.nodes[..setup.nodes].iter().any(due)
    }

    fn expires(&self, setup: &Setup) -> bool {
        let now = self.collection_time();
        self.collection.rows.iter().any(|row| match *row {
            Row::Nothing => false,
            Row::Live { used, .. } => now >= used + setup.idle + setup.graced(),
            Row::Tombstone { at, .. } => now > at + setup.kept(),
        })
    }

    fn refresh_steps(&self, node: usize, setup: &Setup, steps: &mut Vec<Step>) {
        let it = &self.nodes[node];
        if it.refresh.is_some() {
            if self.left.losses > 0 && setup.bounds.is_none() {
                steps.push(Step::Drop(node));
            }
        } else if let Some(bounds) = setup.bounds {
            // More than one in a tick tells nothing new.
            if it.read < self.now && self.history.saved != 0 {
                steps.push(Step::Begin(node, 0));
                if bounds.error > 0 {
                    steps.push(Step::Begin(node, bounds.error));
                }
            }
        } else if self.left.refreshes > 0 {
            steps.push(Step::Begin(node, 0));
        }
    }

    fn call_steps(&self, node: usize, setup: &Setup, steps: &mut Vec<Step>) {
        let left = &self.left;
        let it = &self.nodes[node];
        for lane in LANES {
            let Some(flight) = it.flights[lane as usize] else { continue };
            let may_fail = match setup.bounds {
                Some(bounds) if lane == Lane::Refresh => it.failed < bounds.failures,
                _ => left.losses > 0,
            };
            let arrives_late = flight.answer.is_none() && flight.call.writes() && left.delays > 0;
            if flight.answer.is_some() {
                steps.push(Step::Hear(node, lane));
            } else {
                steps.push(Step::Apply(node, lane));
            }
            let may_be_late = setup.bounds.is_none() || may_fail;
            if arrives_late && may_be_late && self.wire.iter().any(Option::is_none) {
                steps.push(Step::Delay(node, lane));
            }
            // A call that never arrives is one that is late for ever.
            if may_fail && !arrives_late {
                steps.push(Step::Lose(node, lane));
            }
        }
    }

    fn session_steps(&self, node: usize, key: u8, setup: &Setup, steps: &mut Vec<Step>) {
        let left = &self.left;
        let it = &self.nodes[node];
        let seat = it.seats[usize::from(key)];
        let free = |lane: Lane| it.flights[lane as usize].is_none();
        let mut add = |allowed: bool, step: Step| {
            if allowed {
                steps.push(step);
            }
        };
        let fresh = !seat.tombstone && seat.pending.is_none();
        let creator = node < setup.creators && key == 0 && fresh && seat.held.is_none();
        let first = setup.creators > 1 || self.history.created == 0;
        add(left.creates > 0 && creator && first, Step::Create(node));
        if let Some(held) = seat.held {
            let idle = !seat.leased && self.now >= held.active + setup.idle;
            add(left.touches > 0 && !idle && held.active < self.now, Step::Touch(node, key));
            add(left.leases > 0 && !idle && !seat.leased, Step::Lease(node, key));
            add(self.may_unload(node, key, setup), Step::Unload(node, key));
        }
        add(seat.leased, Step::Release(node, key));
        let known = self.history.created & bit(key) != 0;
        add(left.ends > 0 && known && fresh, Step::End(node, key));
        let may_load = known && self.may_load(node, key, setup);
        add(left.loads > 0 && free(Lane::Load) && may_load, Step::Load(node, key));
        add(left.forgets > 0 && self.may_forget(node, key, setup), Step::Forget(node, key));
        let rotates = seat.held.is_some_and(|held| held.inserted) && !seat.rotating && key == 0;
        add(left.rotations > 0 && rotates && free(Lane::Direct), Step::Rotate(node));
        let direct = (left.directs > 0 || seat.rotating) && free(Lane::Direct);
        let mut copy = *self;
        if direct && copy.direct_call(node, key, setup).is_some() {
            steps.push(Step::Direct(node, key));
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refresh => "refresh",
            Self::Direct => "call",
            Self::Load => "load",
        })
    }
}
