//! From the settings to the store.

use std::time::Duration;

use super::builder::StoreBuilder;
use super::handle::{Closing, SessionStore};
use crate::end::LimitKind;
use crate::error::BuildError;
use crate::event_log::EventHub;
use crate::id::{IdFold, TrackSalt, random_bytes};
use crate::limits::Limit;
use crate::session::Context;
use crate::stats::{EvictionWindow, Hitters, Tally};
use crate::sync::{Arc, Mutex};
use crate::table::{Directory, Ledger, LiveSessions, Table};
use crate::tick::Tick;
use crate::tombstones::Tombstones;

impl<T: Send + Sync + 'static> StoreBuilder<T> {
    /// Builds the store.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the setting that makes no sense; or the operating system gave no
    /// randomness.
    pub fn build(self) -> Result<SessionStore<T>, BuildError> {
        self.check()?;
        let salt = self.salt.map_or_else(TrackSalt::random, Ok).map_err(BuildError::Random)?;
        let resolution = u64::try_from(self.touch_resolution.as_micros()).unwrap_or(u64::MAX);
        let fold = IdFold::random().map_err(BuildError::Random)?;
        let log = random_bytes().map(u64::from_ne_bytes).map_err(BuildError::Random)?;
        let context = Arc::new(Context::new(self.clock, salt, resolution, self.on_earlier));
        let events = EventHub::new(log, self.event_ring, self.keep_events, Arc::clone(&context));
        let expected = self.limits.of(LimitKind::Global, "").map(Limit::max);
        let expected = expected.filter(|max| *max < usize::MAX);
        let ledger = Ledger {
            live: LiveSessions::new(&self.limits),
            tally: Tally::default(),
            evictions: EvictionWindow::new(),
            evicted_principals: Hitters::default(),
            evicted_originators: Hitters::default(),
            next_number: 0,
            latest: Tick::ZERO,
            alarm: false,
            closed: false,
            to_shrink: 0,
        };
        let (max, keep) = self.tombstones;
        let table = Table {
            context,
            ids: self.ids,
            limits: self.limits,
            timeouts: self.timeouts,
            grace: self.grace,
            alarm_above: self.alarm_above,
            directory: Directory::new(expected, fold),
            tombstones: Mutex::new(Tombstones::new(max, keep, fold)),
            events: Arc::new(events),
            ledger: Mutex::new(ledger),
        };
        Ok(SessionStore { table: Arc::new(Closing(table)) })
    }

    fn check(&self) -> Result<(), BuildError> {
        if self.timeouts.idle == Some(Duration::ZERO) {
            return Err(BuildError::ZeroTimeout { which: "idle" });
        }
        if self.timeouts.absolute == Some(Duration::ZERO) {
            return Err(BuildError::ZeroTimeout { which: "absolute" });
        }
        let reserve = self.limits.reserved();
        match self.limits.of(LimitKind::Global, "") {
            None if reserve > 0 => return Err(BuildError::ReserveWithoutLimit { reserve }),
            Some(limit) if limit.max() <= reserve => {
                return Err(BuildError::NoPlace { max: limit.max(), reserve });
            }
            _ => {}
        }
        let (max, keep) = self.tombstones;
        if !self.grace.is_zero() && (max == 0 || keep < self.grace) {
            return Err(BuildError::GraceWithoutTombstones { grace: self.grace });
        }
        if self.event_ring == 0 {
            return Err(BuildError::NoEventRing);
        }
        let now = self.clock.now();
        if now.as_micros() > Tick::MAX.as_micros() / 2 {
            return Err(BuildError::ClockOrigin { now });
        }
        Ok(())
    }
}
