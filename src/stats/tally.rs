//! The counters that change under the store's lock.

use std::time::Duration;

use super::counts::{ReaperStats, RejectCounts};
use crate::end::{EndCounts, EndReason, LimitKind};
use crate::tick::Tick;

/// The counters that change under the store's lock.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) created: u64,
    pub(crate) loaded: u64,
    pub(crate) unloaded: u64,
    pub(crate) peak: usize,
    pub(crate) pinned: usize,
    pub(crate) ended: EndCounts,
    pub(crate) rejected: RejectCounts,
    pub(crate) reaper: ReaperStats,
    pub(crate) rotated: u64,
    /// In microseconds.
    lives: u128,
    longest_life: Duration,
}

impl Tally {
    pub(crate) fn count_created(&mut self, live: usize, pinned: bool) {
        self.created += 1;
        self.count_arrived(live, pinned);
    }

    pub(crate) fn count_loaded(&mut self, live: usize, pinned: bool) {
        self.loaded += 1;
        self.count_arrived(live, pinned);
    }

    fn count_arrived(&mut self, live: usize, pinned: bool) {
        self.peak = self.peak.max(live);
        self.pinned += usize::from(pinned);
    }

    pub(crate) fn count_ended(&mut self, reason: EndReason, life: Duration, pinned: bool) {
        self.ended.add(reason);
        self.pinned -= usize::from(pinned);
        self.lives += life.as_micros();
        self.longest_life = self.longest_life.max(life);
    }

    pub(crate) fn count_rejected(&mut self, limit: LimitKind) {
        *match limit {
            LimitKind::Principal => &mut self.rejected.principal,
            LimitKind::Originator => &mut self.rejected.originator,
            LimitKind::Global => &mut self.rejected.global,
        } += 1;
    }

    pub(crate) fn longest_life(&self) -> Duration {
        self.longest_life
    }

    pub(crate) fn average_life(&self) -> Duration {
        let average = self.lives.checked_div(self.ended.total().into()).unwrap_or(0);
        // An average of ticks is a tick.
        Duration::from_micros(u64::try_from(average).unwrap_or(Tick::MAX.as_micros()))
    }
}
