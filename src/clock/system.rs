//! The operating system's clock.

use std::time::{Instant, SystemTime};

use time::OffsetDateTime;

use super::contract::Clock;
use crate::tick::Tick;

/// The operating system's monotonic clock, which is at [`Tick::START`] when this value is
/// made, and its wall clock for display. The default of a store.
///
/// It is that of [`std::time::Instant`]: on Linux and macOS it stands still while the machine is
/// suspended, and timeouts are longer by as much. On Linux and Android, the feature `boot-clock`
/// has a clock that goes on.
///
/// # Examples
///
/// ```
/// use tenure::{Clock, SystemClock};
///
/// let clock = SystemClock::new();
/// let before = clock.now();
/// assert!(clock.now() >= before);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    #[allow(clippy::disallowed_methods)]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Tick {
        Tick::START.saturating_add(self.origin.elapsed())
    }

    fn wall(&self) -> OffsetDateTime {
        system_wall()
    }
}

/// The wall clock of the operating system.
#[allow(clippy::disallowed_methods)]
pub(super) fn system_wall() -> OffsetDateTime {
    // `OffsetDateTime::from` panics outside the years that it can hold.
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since_1970
        .ok()
        .and_then(|span| {
            let seconds = i64::try_from(span.as_secs()).ok()?;
            let second = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
            second.replace_nanosecond(span.subsec_nanos()).ok()
        })
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
