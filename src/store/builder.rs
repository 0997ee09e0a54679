//! Setting up a store.

use std::fmt;
use std::time::Duration;

use super::directory::Directory;
use super::handle::{Closing, SessionStore};
use super::ledger::{Ledger, Table};
use super::roll::Roll;
use crate::clock::{Clock, SystemClock};
use crate::end::LimitKind;
use crate::error::BuildError;
use crate::graves::Graves;
use crate::id::{IdSource, OsIds, TrackSalt};
use crate::limits::{Limit, Limits};
use crate::session::{Context, OnEarlier};
use crate::stats::{EvictionWindow, Hitters, Tally};
use crate::sync::{Arc, Mutex};
use crate::time::Tick;
use crate::timeouts::Timeouts;

/// Sets up a [`SessionStore`].
///
/// | setting | default | why |
/// |---|---|---|
/// | [`limits`](Self::limits) | 1,000,000 sessions, the oldest goes | MongoDB's `maxSessions` |
/// | [`timeouts`](Self::timeouts) | 1 h idle, 24 h overall | NIST SP 800-63B-4, AAL2 |
/// | [`clock`](Self::clock) | [`SystemClock`] | |
/// | [`id_source`](Self::id_source) | 128 bits from the OS | OWASP ASVS 5.0 |
/// | [`track_salt`](Self::track_salt) | random | |
/// | [`touch_resolution`](Self::touch_resolution) | 1 ms | |
/// | [`tombstones`](Self::tombstones) | 10,000, for 1 h | |
/// | [`rotation_grace`](Self::rotation_grace) | none | |
/// | [`alarm_above`](Self::alarm_above) | 30 evictions an hour | XenServer's support tool |
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{ManualClock, NewSession, SessionStore};
///
/// // The defaults are what the table says.
/// let clock = ManualClock::new();
/// let store = SessionStore::builder().clock(clock.clone()).build()?;
/// let id = store.create(NewSession::new(())).unwrap().id();
/// assert_eq!(store.next_deadline(), Some(Duration::from_secs(3600)));
/// assert_eq!(store.pressure(1).threshold, 30);
///
/// clock.advance(Duration::from_secs(3600));
/// assert!(store.touch(&id).is_err());
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct StoreBuilder<T> {
    limits: Limits,
    timeouts: Timeouts,
    clock: Box<dyn Clock>,
    ids: Box<dyn IdSource>,
    salt: Option<TrackSalt>,
    touch_resolution: Duration,
    tombstones: (usize, Duration),
    grace: Duration,
    alarm_above: u32,
    on_earlier: Option<OnEarlier>,
    data: std::marker::PhantomData<fn(T)>,
}

impl<T: Send + Sync + 'static> SessionStore<T> {
    /// Sets up a store.
    pub fn builder() -> StoreBuilder<T> {
        StoreBuilder {
            limits: Limits::none().global(Limit::evict_oldest(1_000_000)),
            timeouts: Timeouts::AAL2,
            clock: Box::new(SystemClock::new()),
            ids: Box::new(OsIds),
            salt: None,
            touch_resolution: Duration::from_millis(1),
            tombstones: (10_000, Duration::from_secs(3_600)),
            grace: Duration::ZERO,
            alarm_above: 30,
            on_earlier: None,
            data: std::marker::PhantomData,
        }
    }
}

impl<T: Send + Sync + 'static> StoreBuilder<T> {
    /// How many sessions there may be, and what happens to the next one.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long sessions may live, unless they have timeouts of their own.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Where the time comes from.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Where the ids of new sessions come from.
    pub fn id_source(mut self, source: impl IdSource) -> Self {
        self.ids = Box::new(source);
        self
    }

    /// The key of the track ids. Give every node of a cluster the same one, and they name a session
    /// alike. Keep it out of the logs that the track ids go into.
    pub fn track_salt(mut self, salt: [u8; 32]) -> Self {
        self.salt = Some(TrackSalt::new(salt));
        self
    }

    /// A touch so soon after the last one writes nothing, which keeps the sessions that many
    /// threads use at once cheap to touch. Last-active times are early by up to so much. Leases
    /// always write. Zero makes every touch write. It is never more than half the idle timeout of the
    /// session, so that one in steady use does not idle out.
    pub fn touch_resolution(mut self, resolution: Duration) -> Self {
        self.touch_resolution = resolution;
        self
    }

    /// How many ended sessions are remembered at most, and each for how long. `0` remembers none.
    pub fn tombstones(mut self, max: usize, keep: Duration) -> Self {
        self.tombstones = (max, keep);
        self
    }

    /// How long an id that was rotated away still leads to its session, for requests that are on
    /// their way. None by default: whoever stole the old id could use it as long. An id in its grace
    /// cannot be rotated. The grace ends early where there are too many tombstones, or more than 32
    /// rotations of one session at once.
    pub fn rotation_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// How many evictions in an hour are still in order.
    pub fn alarm_above(mut self, evictions_per_hour: u32) -> Self {
        self.alarm_above = evictions_per_hour;
        self
    }

    /// Calls `tell` when [`next_deadline`](SessionStore::next_deadline) has become earlier than what
    /// it last answered, as when a session with a short timeout of its own is created. A host whose
    /// reaper sleeps that long unparks it here. Called outside the store's locks, by the thread that
    /// made it earlier, after the hooks of the sessions which that thread has ended; or by one that
    /// asks for the next deadline or reaps, which so must not hold a lock of the host's that `tell`
    /// takes. May be called when there was no need.
    pub fn on_earlier_deadline(mut self, tell: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_earlier = Some(Box::new(tell));
        self
    }

    /// Builds the store.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the setting that makes no sense; or the operating system gave no
    /// randomness for the salt.
    pub fn build(self) -> Result<SessionStore<T>, BuildError> {
        self.check()?;
        let salt = self.salt.map_or_else(TrackSalt::random, Ok).map_err(BuildError::Salt)?;
        let resolution = u64::try_from(self.touch_resolution.as_micros()).unwrap_or(u64::MAX);
        let context = Context::new(self.clock, salt, resolution, self.on_earlier);
        let ledger = Ledger {
            roll: Roll::new(&self.limits),
            tally: Tally::default(),
            evictions: EvictionWindow::new(),
            evicted_principals: Hitters::default(),
            evicted_originators: Hitters::default(),
            next_number: 0,
            closed: false,
        };
        let (max, keep) = self.tombstones;
        let table = Table {
            context: Arc::new(context),
            ids: self.ids,
            limits: self.limits,
            timeouts: self.timeouts,
            grace: self.grace,
            alarm_above: self.alarm_above,
            directory: Directory::new(),
            graves: Mutex::new(Graves::new(max, keep)),
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
        let now = self.clock.now();
        if now.as_micros() > Tick::MAX.as_micros() / 2 {
            return Err(BuildError::ClockOrigin { now });
        }
        Ok(())
    }
}

impl<T> fmt::Debug for StoreBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreBuilder")
            .field("limits", &self.limits)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
