//! The time of a collection in a file: microseconds since 1970 as it was opened, and from then on
//! by a monotonic clock.

use std::time::Duration;

use time::OffsetDateTime;

use crate::collection::stamp::CollectionTime;
use crate::tick::Tick;

/// It never goes back, in one process and from one to the next.
pub(super) struct Timeline {
    start: Tick,
    at_start: CollectionTime,
    latest: CollectionTime,
}

impl Timeline {
    /// From the latest time in the file, if it has one, at this time of day. The time of day is not
    /// read again, so that it may jump.
    pub(super) fn new(
        stored: Option<CollectionTime>,
        wall: OffsetDateTime,
        most_downtime: Option<Duration>,
        start: Tick,
    ) -> Self {
        let wall = u64::try_from(wall.unix_timestamp_nanos() / 1_000).unwrap_or(0);
        let wall = CollectionTime::from_micros(wall);
        let longest = most_downtime.unwrap_or(Duration::MAX);
        let at_start =
            stored.map_or(wall, |stored| stored.saturating_add(wall.since(stored).min(longest)));
        Self { start, at_start, latest: at_start }
    }

    /// The time of a call that read this tick, perhaps before another that came first.
    pub(super) fn now(&mut self, tick: Tick) -> CollectionTime {
        let now = self.at_start.saturating_add(tick.since(self.start));
        self.latest = self.latest.max(now);
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(micros: u64) -> CollectionTime {
        CollectionTime::from_micros(micros)
    }

    fn wall(micros: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::microseconds(micros)
    }

    #[test]
    fn time_goes_on_by_the_monotonic_clock() {
        let mut time = Timeline::new(None, wall(1_000), None, Tick::from_micros(50));
        assert_eq!(time.now(Tick::from_micros(53)), micros(1_003));
        assert_eq!(time.now(Tick::from_micros(51)), micros(1_003));
        assert_eq!(time.now(Tick::from_micros(60)), micros(1_010));
    }

    #[test]
    fn time_does_not_go_back_over_a_restart() {
        let stored = Some(micros(5_000));
        for before in [-9, 0, 4_999] {
            let mut time = Timeline::new(stored, wall(before), None, Tick::from_micros(0));
            assert_eq!(time.now(Tick::from_micros(1)), micros(5_001));
        }
    }

    #[test]
    fn downtime_counts_as_far_as_is_asked_for() {
        let at = |longest| {
            let start = Tick::from_micros(0);
            Timeline::new(Some(micros(5_000)), wall(9_000), longest, start).now(start)
        };
        assert_eq!(at(None), micros(9_000));
        assert_eq!(at(Some(Duration::from_micros(100))), micros(5_100));
        assert_eq!(at(Some(Duration::from_secs(1))), micros(9_000));
    }
}
