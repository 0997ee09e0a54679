//! How many evictions there were in the past hour, the span that XenServer's support tool looks at.

use crate::tick::Tick;

const MINUTES: usize = 60;
const MINUTE: u64 = 60_000_000;

/// Counts by the minute, over the minute that has begun and the 60 before it: the hour slides in
/// steps of a minute, and no eviction leaves it before it is an hour old.
#[derive(Debug)]
pub(crate) struct EvictionWindow {
    counts: [u64; MINUTES + 1],
    /// The minute that was last counted in. Within an hour it does not go back with the clock.
    minute: u64,
}

impl EvictionWindow {
    pub(crate) const fn new() -> Self {
        Self { counts: [0; MINUTES + 1], minute: 0 }
    }

    pub(crate) fn count(&mut self, now: Tick) {
        let minute = now.as_micros() / MINUTE;
        if minute + (MINUTES as u64) < self.minute {
            // A clock that jumped ahead and has come back: what was counted there is of no hour.
            *self = Self { minute, ..Self::new() };
        }
        let minute = minute.max(self.minute);
        // After a long pause each cell is wiped once, whichever minute it stood for.
        for gone in (self.minute + 1..=minute).take(self.counts.len()) {
            self.counts[cell(gone)] = 0;
        }
        self.minute = minute;
        self.counts[cell(minute)] += 1;
    }

    /// How many in the hour up to `now`. Changes nothing.
    pub(crate) fn sum(&self, now: Tick) -> u64 {
        let minute = self.minute.max(now.as_micros() / MINUTE);
        let first = minute.saturating_sub(MINUTES as u64);
        (first..=self.minute).map(|minute| self.counts[cell(minute)]).sum()
    }
}

fn cell(minute: u64) -> usize {
    usize::try_from(minute % (MINUTES as u64 + 1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn minutes(n: u64) -> Tick {
        Tick::from_micros(n * MINUTE)
    }

    #[test]
    fn an_eviction_leaves_the_window_after_an_hour() {
        let mut window = EvictionWindow::new();
        window.count(minutes(5));
        window.count(minutes(5).saturating_add(Duration::from_secs(59)));
        window.count(minutes(40));
        assert_eq!(window.sum(minutes(40)), 3);
        assert_eq!(window.sum(minutes(65)), 3);
        assert_eq!(window.sum(minutes(66)), 1);
        assert_eq!(window.sum(minutes(101)), 0);
        assert_eq!(window.sum(minutes(40)), 3, "reading changed it");
    }

    #[test]
    fn a_long_pause_and_a_clock_that_runs_back() {
        let mut window = EvictionWindow::new();
        for _ in 0..4 {
            window.count(minutes(3));
        }
        window.count(minutes(500));
        assert_eq!(window.sum(minutes(500)), 1);
        window.count(minutes(450));
        assert_eq!(window.sum(minutes(450)), 2);
        window.count(Tick::MAX);
        assert_eq!(window.sum(Tick::MAX), 1);
        for hours in 0..5 {
            window.count(minutes(hours * 120));
            assert_eq!(window.sum(minutes(hours * 120)), 1, "after {hours} times two hours");
        }
    }
}
