//! What a node counts of its dealings with the collection.

use super::report::{RefreshReport, RefreshStep};
use crate::collection::{CollectionError, Outcome, Stamp};
use crate::tick::Tick;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// When the last good refresh began.
    pub(super) last_good: Option<Tick>,
    /// When the last refresh began that heard of all ends.
    pub(super) last_heard: Option<Tick>,
    pub(super) good: u64,
    pub(super) failed: [u64; RefreshStep::ALL.len()],
    pub(super) loads: u64,
    pub(super) missing: u64,
    pub(super) ended: u64,
    pub(super) load_failures: u64,
}

impl Counts {
    pub(super) fn refreshed(&mut self, began: Tick, report: &RefreshReport) {
        if report.heard_all {
            self.last_heard = self.last_heard.max(Some(began));
        }
        if report.is_good() {
            self.last_good = self.last_good.max(Some(began));
            self.good += 1;
        } else {
            let step = report.failure.as_ref().map_or(RefreshStep::Store, |(step, _)| *step);
            self.failed[step as usize] += 1;
        }
    }

    /// The collection was asked for a session.
    pub(super) fn loaded(&mut self, answer: &Result<(Stamp, Outcome), CollectionError>) {
        *match answer {
            Ok((_, Outcome::Live(_))) => &mut self.loads,
            Ok((_, Outcome::Ended(_))) => &mut self.ended,
            Ok(_) => &mut self.missing,
            Err(_) => &mut self.load_failures,
        } += 1;
    }
}
