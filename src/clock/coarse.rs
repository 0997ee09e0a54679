//! A clock that is read for the price of a load.
//!
//! # Orderings
//!
//! The reading is relaxed: it is a lone number and publishes nothing else. A thread never reads an
//! earlier time than it has read before, as no atomic runs back for one thread.

use time::OffsetDateTime;

use super::contract::Clock;
use super::system::SystemClock;
use crate::sync::{Arc, AtomicU64, Ordering};
use crate::tick::Tick;

/// The system's monotonic time as of the last [`refresh`](CoarseClock::refresh), which your program
/// calls, say once a millisecond from a thread that it has anyway. Reading it costs one load.
///
/// Clones share the reading. Between two refreshes time stands still: timeouts are late by up to
/// that long, and sessions touched in between count as equally old, the first created being older.
///
/// # Examples
///
/// ```
/// use tenure::clock::CoarseClock;
/// use tenure::Clock;
///
/// let clock = CoarseClock::new();
/// let reader = clock.clone();
/// let before = reader.now();
/// assert_eq!(reader.now(), before);
/// clock.refresh();
/// assert!(reader.now() >= before);
/// ```
#[derive(Clone, Debug)]
pub struct CoarseClock {
    source: SystemClock,
    reading: Arc<AtomicU64>,
}

impl CoarseClock {
    /// A clock that starts now and stands still until it is refreshed.
    #[must_use]
    pub fn new() -> Self {
        let reading = Arc::new(AtomicU64::new(Tick::START.as_micros()));
        Self { source: SystemClock::new(), reading }
    }

    /// Reads the system's clock. When threads refresh at once the latest reading stays.
    pub fn refresh(&self) {
        self.reading.fetch_max(self.source.now().as_micros(), Ordering::Relaxed);
    }
}

impl Default for CoarseClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for CoarseClock {
    fn now(&self) -> Tick {
        Tick::from_micros(self.reading.load(Ordering::Relaxed))
    }

    fn wall(&self) -> OffsetDateTime {
        self.source.wall()
    }
}
