//! What a store is made with, and the table that is made of it.

use std::time::Duration;

use super::directory::Directory;
use super::keeper::Keeper;
use super::ledger::{Ledger, Table};
use crate::clock::Clock;
use crate::end::LimitKind;
use crate::error::BuildError;
use crate::event_log::EventHub;
use crate::id::{IdFold, Ids, TrackSalt, random_bytes};
use crate::limits::{Limit, Limits};
use crate::session::{Context, OnEarlier};
use crate::sync::{Arc, Mutex};
use crate::tick::Tick;
use crate::timeouts::Timeouts;
use crate::tombstones::Tombstones;

/// The settings of a store. What each means is in the docs of `StoreBuilder`.
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) ids: Ids,
    /// Random if there is none.
    pub(crate) salt: Option<[u8; 32]>,
    pub(crate) touch_resolution: Duration,
    /// How many at most, and for how long.
    pub(crate) tombstones: (usize, Duration),
    pub(crate) grace: Duration,
    pub(crate) alarm_above: u32,
    pub(crate) on_earlier: Option<OnEarlier>,
    pub(crate) event_ring: usize,
    pub(crate) keep_events: bool,
}

impl Settings {
    /// The first setting that makes no sense. Application code: hold no lock.
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

impl<T> Table<T> {
    /// An empty table, if the settings make sense and the operating system gives randomness.
    pub(crate) fn new(
        settings: Settings,
        keeper: Option<Arc<dyn Keeper<T>>>,
    ) -> Result<Self, BuildError> {
        settings.check()?;
        let salt = settings.salt.map_or_else(random_bytes, Ok).map_err(BuildError::Random)?;
        let fold = IdFold::random().map_err(BuildError::Random)?;
        // Of the store, in what outlives it: event tokens and page cursors.
        let name = random_bytes().map(u64::from_ne_bytes).map_err(BuildError::Random)?;
        let resolution = u64::try_from(settings.touch_resolution.as_micros()).unwrap_or(u64::MAX);
        let salt = TrackSalt::new(salt, name);
        let context = Context::new(settings.clock, salt, resolution, settings.on_earlier);
        let context = Arc::new(context);
        let keep_events = settings.keep_events;
        let events = EventHub::new(name, settings.event_ring, keep_events, Arc::clone(&context));
        let expected = settings.limits.of(LimitKind::Global, "").map(Limit::max);
        let expected = expected.filter(|max| *max < usize::MAX);
        let (max, keep) = settings.tombstones;
        Ok(Self {
            context,
            ledger: Mutex::new(Ledger::new(&settings.limits)),
            ids: settings.ids,
            limits: settings.limits,
            timeouts: settings.timeouts,
            grace: settings.grace,
            alarm_above: settings.alarm_above,
            directory: Directory::new(expected, fold),
            tombstones: Mutex::new(Tombstones::new(max, keep, fold)),
            events: Arc::new(events),
            keeper,
        })
    }
}
