//! A clock for models.
//!
//! # Orderings
//!
//! Relaxed: the time is a lone number. A model that sets it orders that by what it models.

use time::OffsetDateTime;

use super::contract::Clock;
use crate::sync::{Arc, Ordering, QuietU64};
use crate::tick::Tick;

/// A clock that a model checker does not see being read. Clones share the time.
#[derive(Clone, Debug, Default)]
pub(crate) struct StillClock(Arc<QuietU64>);

impl StillClock {
    #[cfg(loom)]
    pub(crate) fn set(&self, micros: u64) {
        self.0.store(micros, Ordering::Relaxed);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Tick {
        Tick::from_micros(self.0.load(Ordering::Relaxed))
    }

    fn wall(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }
}
