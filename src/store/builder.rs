//! Setting up a store.

use std::fmt;
use std::time::Duration;

use super::handle::{Closing, SessionStore};
use crate::clock::{Clock, SystemClock};
use crate::error::BuildError;
use crate::id::{IdSource, Ids};
use crate::limits::Limits;
use crate::sync::Arc;
use crate::table::{Keeper, Settings, Table};
use crate::timeouts::Timeouts;

/// Sets up a [`SessionStore`].
///
/// | setting | default | why |
/// |---|---|---|
/// | [`max_sessions`](Self::max_sessions) | 1,000,000 | MongoDB's `maxSessions` |
/// | [`limits`](Self::limits) | no others | |
/// | [`idle_timeout`](Self::idle_timeout) | 1 h | NIST SP 800-63B-4, AAL2 |
/// | [`absolute_timeout`](Self::absolute_timeout) | 24 h | NIST SP 800-63B-4, AAL2 |
/// | [`clock`](Self::clock) | [`SystemClock`] | |
/// | [`id_source`](Self::id_source) | 128 bits from the OS | OWASP ASVS 5.0 |
/// | [`track_salt`](Self::track_salt) | random | |
/// | [`touch_resolution`](Self::touch_resolution) | 1 ms | |
/// | [`tombstones`](Self::tombstones) | 10,000, for 1 h | |
/// | [`rotation_grace`](Self::rotation_grace) | none | |
/// | [`alarm_above`](Self::alarm_above) | 30 evictions an hour | XenServer's support tool |
/// | [`event_ring`](Self::event_ring) | 4,096 events | |
/// | [`keep_events`](Self::keep_events) | no: only while there are subscriptions | |
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
    pub(super) settings: Settings,
    pub(super) keeper: Option<Arc<dyn Keeper<T>>>,
}

impl<T: Send + Sync + 'static> SessionStore<T> {
    /// Sets up a store.
    pub fn builder() -> StoreBuilder<T> {
        let settings = Settings {
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            clock: Box::new(SystemClock::new()),
            ids: Ids::Drawn,
            salt: None,
            touch_resolution: Duration::from_millis(1),
            tombstones: (10_000, Duration::from_secs(3_600)),
            grace: Duration::ZERO,
            alarm_above: 30,
            on_earlier: None,
            event_ring: 4_096,
            keep_events: false,
        };
        StoreBuilder { settings, keeper: None }
    }
}

impl<T: Send + Sync + 'static> StoreBuilder<T> {
    /// Where the time comes from.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.settings.clock = Box::new(clock);
        self
    }

    /// Where the ids of new sessions come from.
    pub fn id_source(mut self, source: impl IdSource) -> Self {
        self.settings.ids = Ids::Given(Box::new(source));
        self
    }

    /// The key of the track ids. Give every node of a cluster the same one, and they name a session
    /// alike. Keep it out of the logs that the track ids go into.
    pub fn track_salt(mut self, salt: [u8; 32]) -> Self {
        self.settings.salt = Some(salt);
        self
    }

    /// A touch so soon after the last one writes nothing, which keeps the sessions that many
    /// threads use at once cheap to touch. Last-active times may lag by up to this much. Leases
    /// always write. Zero makes every touch write. It is never more than half the idle timeout of
    /// the session, so that one in steady use does not idle out; where that timeout is shortened
    /// later, what was touched before may lag by the resolution of before.
    pub fn touch_resolution(mut self, resolution: Duration) -> Self {
        self.settings.touch_resolution = resolution;
        self
    }

    /// How many ended sessions are remembered at most, and each for how long. `0` remembers none.
    pub fn tombstones(mut self, max: usize, keep: Duration) -> Self {
        self.settings.tombstones = (max, keep);
        self
    }

    /// How long an id that was rotated away still leads to its session, for requests that are on
    /// their way. None by default: a thief of the old id could use it as long. An id in its
    /// grace cannot be rotated. The grace ends early where there are too many tombstones, or more
    /// than 32 rotations of one session at once.
    pub fn rotation_grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace;
        self
    }

    /// Raises the alarm above this many evictions an hour.
    pub fn alarm_above(mut self, evictions_per_hour: u32) -> Self {
        self.settings.alarm_above = evictions_per_hour;
        self
    }

    /// Calls `tell` when [`next_deadline`](SessionStore::next_deadline) has become earlier than
    /// what it last returned, as when a session with a short timeout of its own is created; and
    /// when the store has been closed. A program whose reaper sleeps that long wakes it here.
    ///
    /// Called outside the store's locks, by the thread that made it earlier, after the hooks of the
    /// sessions which that thread has ended; or by one that asks for the next deadline or reaps,
    /// which so must not hold a lock of the application's that `tell` takes. May be called when
    /// there was no need.
    ///
    /// The store keeps `tell`. One that captures the store keeps both for ever: capture what the
    /// reaper sleeps on, or a [`WeakSessionStore`](crate::WeakSessionStore).
    ///
    /// # Examples
    ///
    /// A reaper that sleeps until it has to work, and ends with the store:
    ///
    /// ```
    /// use std::thread;
    /// use std::time::Duration;
    /// use tenure::SessionStore;
    ///
    /// let (wake, woken) = std::sync::mpsc::channel();
    /// let builder = SessionStore::<()>::builder();
    /// let store = builder.on_earlier_deadline(move || drop(wake.send(()))).build()?;
    /// let weak = store.downgrade();
    /// let reaper = thread::spawn(move || {
    ///     while let Some(store) = weak.upgrade().filter(|store| !store.is_closed()) {
    ///         let next = store.reap().next_deadline;
    ///         drop(store);
    ///         let _ = woken.recv_timeout(next.unwrap_or(Duration::from_secs(3_600)));
    ///     }
    /// });
    /// store.close();
    /// reaper.join().unwrap();
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn on_earlier_deadline(mut self, tell: impl Fn() + Send + Sync + 'static) -> Self {
        self.settings.on_earlier = Some(Box::new(tell));
        self
    }

    /// How many events are kept for subscribers that are behind; at least one.
    pub fn event_ring(mut self, events: usize) -> Self {
        self.settings.event_ring = events;
        self
    }

    /// Records events also while there is no subscription, so that a token stays good from one
    /// subscription to the next.
    pub fn keep_events(mut self, always: bool) -> Self {
        self.settings.keep_events = always;
        self
    }

    /// Builds the store.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the setting that makes no sense; or the operating system gave no
    /// randomness.
    pub fn build(self) -> Result<SessionStore<T>, BuildError> {
        Ok(SessionStore { table: Arc::new(Closing(Table::new(self.settings, self.keeper)?)) })
    }
}

impl<T> fmt::Debug for StoreBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreBuilder")
            .field("limits", &self.settings.limits)
            .field("timeouts", &self.settings.timeouts)
            .finish_non_exhaustive()
    }
}
