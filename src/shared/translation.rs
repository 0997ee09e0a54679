//! The collection's time, by the node's clock.

use std::time::Duration;

use crate::collection::CollectionTime;
use crate::tick::Tick;

/// A moment on both clocks, from which either is computed until the next answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Translation {
    tick: Tick,
    time: CollectionTime,
}

impl Translation {
    /// The collection said `time` in an answer that came at `tick`.
    ///
    /// It said so before that, so a translated time is early by up to the time that the answer
    /// took, and never late: a touch that is taken for later than it was would keep a session
    /// beyond its timeout and the grace. The grace has room for the other error.
    pub(super) fn new(tick: Tick, time: CollectionTime) -> Self {
        Self { tick, time }
    }

    pub(super) fn time(self, tick: Tick) -> CollectionTime {
        let ago = self.tick.since(tick);
        if ago > Duration::ZERO {
            self.time.saturating_sub(ago)
        } else {
            self.time.saturating_add(tick.since(self.tick))
        }
    }

    /// The collection's time in its last answer.
    pub(super) fn latest(self) -> CollectionTime {
        self.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_are_translated() {
        let translation =
            Translation::new(Tick::from_micros(100), CollectionTime::from_micros(1_000));
        let at = |tick| translation.time(Tick::from_micros(tick)).as_micros();
        assert_eq!([at(100), at(130), at(40)], [1_000, 1_030, 940]);
        let early = Translation::new(Tick::from_micros(100), CollectionTime::from_micros(10));
        assert_eq!(early.time(Tick::ZERO), CollectionTime::ORIGIN);
    }
}
