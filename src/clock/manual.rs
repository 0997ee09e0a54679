//! A clock for tests, the application's as well as ours.

use std::time::Duration;

use time::OffsetDateTime;

use super::contract::Clock;
use crate::sync::{Arc, Mutex};
use crate::tick::Tick;

/// A clock that moves only when it is told to. Clones share the time, so a test keeps one and gives
/// the store the other.
///
/// It starts at [`Tick::START`], with the wall clock at the start of the year 2000, UTC.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{Clock, ManualClock, Tick, time};
///
/// let clock = ManualClock::new();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now().since(Tick::START), Duration::from_secs(90));
/// assert_eq!(clock.wall().minute(), 1);
///
/// clock.jump_wall(time::Duration::days(9));
/// assert_eq!(clock.now().since(Tick::START), Duration::from_secs(90));
/// assert_eq!(clock.wall().day(), 10);
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    time: Arc<Mutex<Time>>,
}

#[derive(Clone, Copy, Debug)]
struct Time {
    tick: Tick,
    wall: OffsetDateTime,
}

/// 2000-01-01 00:00 UTC, in seconds since 1970.
const START: Duration = Duration::from_secs(946_684_800);

impl ManualClock {
    /// A clock at its start.
    #[must_use]
    pub fn new() -> Self {
        let time = Time { tick: Tick::START, wall: OffsetDateTime::UNIX_EPOCH + START };
        Self { time: Arc::new(Mutex::new(time)) }
    }

    /// Moves both times forward.
    pub fn advance(&self, span: Duration) {
        let mut time = self.time.lock();
        time.tick = time.tick.saturating_add(span);
        let span = time::Duration::try_from(span).unwrap_or(time::Duration::MAX);
        time.wall = time.wall.saturating_add(span);
    }

    /// Moves monotonic time back, which a real clock must not do.
    pub fn set_back(&self, span: Duration) {
        let mut time = self.time.lock();
        time.tick = time.tick.saturating_sub(span);
    }

    /// Puts monotonic time anywhere.
    pub fn set(&self, tick: Tick) {
        self.time.lock().tick = tick;
    }

    /// Makes the wall clock jump, as when it is set. Monotonic time goes on as it was.
    pub fn jump_wall(&self, span: time::Duration) {
        let mut time = self.time.lock();
        time.wall = time.wall.saturating_add(span);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Tick {
        self.time.lock().tick
    }

    fn wall(&self) -> OffsetDateTime {
        self.time.lock().wall
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_time_hold() {
        let clock = ManualClock::new();
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Tick::MAX);
        clock.jump_wall(time::Duration::MIN);
        clock.jump_wall(time::Duration::MIN);
        clock.set_back(Duration::MAX);
        assert_eq!(clock.now(), Tick::ZERO);
    }
}
