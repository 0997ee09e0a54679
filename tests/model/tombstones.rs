//! What the reference knows of tombstones.
//!
//! The order in which one call ends several sessions is not defined, so neither is which of their
//! tombstones are forgotten first: the reference says what must be remembered, what must be
//! forgotten, and where either will do.

use std::time::Duration;

use tenure::{EndReason, Tombstone};
use time::OffsetDateTime;

/// A tombstone, with ticks as plain microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) reason: EndReason,
    pub(crate) at: u64,
    pub(crate) wall: OffsetDateTime,
    pub(crate) last_active: u64,
}

impl From<Tombstone> for End {
    fn from(tombstone: Tombstone) -> Self {
        Self {
            reason: tombstone.reason(),
            at: tombstone.at().as_micros(),
            wall: tombstone.wall(),
            last_active: tombstone.last_active().as_micros(),
        }
    }
}

pub(crate) fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).expect("the spans of the tests are short")
}

/// Whether a tombstone is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    Kept,
    Gone,
    Either,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: u64,
    /// The step of the sequence in which it was added.
    step: usize,
    /// Whether it was pushed out by later ones.
    pushed_out: bool,
    /// Whether its age was ever reached. Only a clock that is set back makes that differ from
    /// whether it is reached now.
    aged_once: bool,
}

/// Every tombstone there ever was, oldest first.
pub(crate) struct Tombstones {
    max: usize,
    keep: u64,
    all: Vec<Entry>,
    forgotten_early: u64,
}

impl Tombstones {
    pub(crate) fn new(max: usize, keep: Duration) -> Self {
        Self { max, keep: micros(keep), all: Vec::new(), forgotten_early: 0 }
    }

    /// Adds a tombstone and returns its number.
    pub(crate) fn insert(&mut self, at: u64, step: usize) -> usize {
        self.age(at);
        self.all.push(Entry { at, step, pushed_out: false, aged_once: false });
        let kept: Vec<usize> = (0..self.all.len()).filter(|&i| self.is_there(i)).collect();
        if kept.len() > self.max {
            self.all[kept[0]].pushed_out = true;
            self.forgotten_early += 1;
        }
        self.all.len() - 1
    }

    /// Notes which of them have reached their age at `now`.
    pub(crate) fn age(&mut self, now: u64) {
        for entry in &mut self.all {
            entry.aged_once |= now >= entry.at + self.keep;
        }
    }

    pub(crate) fn memory(&self, number: usize, now: u64) -> Memory {
        let entry = self.all[number];
        let later = self.all[number..].iter().filter(|other| other.step > entry.step).count();
        let together = self.all.iter().filter(|other| other.step == entry.step).count();
        if now >= entry.at + self.keep || later >= self.max {
            Memory::Gone
        } else if entry.aged_once || later + together > self.max {
            Memory::Either
        } else {
            Memory::Kept
        }
    }

    /// How many were pushed out before their age.
    pub(crate) const fn forgotten_early(&self) -> u64 {
        self.forgotten_early
    }

    /// How many must be there now: what is there less what may go unnoticed.
    pub(crate) fn count(&self, now: u64) -> usize {
        (0..self.all.len()).filter(|&i| self.memory(i, now) == Memory::Kept).count()
    }

    fn is_there(&self, number: usize) -> bool {
        !self.all[number].pushed_out && !self.all[number].aged_once
    }
}
