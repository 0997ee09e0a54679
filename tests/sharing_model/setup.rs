//! A configuration of the model: what does not change in a run.

use crate::budget::Budget;
use crate::rule::{Rule, Rules};

pub(crate) const KEYS: usize = 2;
pub(crate) const NODES: usize = 3;

/// When a run begins: late enough that times can be earlier.
pub(crate) const START: u8 = 3;

/// A time that no run reaches.
pub(crate) const NEVER: u8 = 100;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) name: &'static str,
    pub(crate) nodes: usize,
    /// The nodes that may create key 0.
    pub(crate) creators: usize,
    /// Ticks that a run may last.
    pub(crate) ticks: u8,
    /// The idle timeout, and the grace that the collection adds to it.
    pub(crate) idle: u8,
    pub(crate) grace: u8,
    /// How long an insert may take, and how long tombstones are kept.
    pub(crate) window: u8,
    pub(crate) ttl: u8,
    /// By how much the collection's clock may jump back.
    pub(crate) jump: u8,
    /// With these, refreshes are as regular as they say, and touches are kept.
    pub(crate) bounds: Option<Bounds>,
    pub(crate) budget: Budget,
    pub(crate) rules: Rules,
}

/// The bounds within which touches are kept, in ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// R: the time between two reads of a dirty session.
    pub(crate) between: u8,
    /// D: from read to applied.
    pub(crate) apply: u8,
    /// E: the error of the clock translation.
    pub(crate) error: u8,
    /// f: refreshes in a row that may fail.
    pub(crate) failures: u8,
}

impl Bounds {
    /// The least grace that is enough.
    pub(crate) const fn grace(self) -> u8 {
        (self.failures + 1) * self.between + self.apply + self.error
    }
}

impl Setup {
    /// Two nodes, one of which creates a session; nothing expires.
    pub(crate) const fn new(name: &'static str, budget: Budget) -> Self {
        Self {
            name,
            nodes: 2,
            creators: 1,
            ticks: 0,
            idle: NEVER,
            grace: 0,
            window: 1,
            ttl: 1,
            jump: 0,
            bounds: None,
            budget,
            rules: Rules::ALL,
        }
    }

    pub(crate) const fn without(mut self, rule: Rule) -> Self {
        self.rules = self.rules.without(rule);
        self
    }

    pub(crate) const fn has(&self, rule: Rule) -> bool {
        self.rules.has(rule)
    }

    /// How long tombstones are kept.
    pub(crate) const fn kept(&self) -> u8 {
        if !self.has(Rule::TombstonesOutlastInserts) {
            return self.ttl - 1;
        }
        let jumps =
            match (self.has(Rule::TombstonesCoverJumps), self.has(Rule::TombstonesCoverFences)) {
                (false, _) => 0,
                (true, false) => self.jump,
                (true, true) => 2 * self.jump,
            };
        self.ttl + jumps
    }

    /// The grace in force.
    pub(crate) const fn graced(&self) -> u8 {
        self.grace - if self.has(Rule::GraceIsEnough) { 0 } else { 1 }
    }
}
