//! Setting how many sessions there may be, and for how long.

use std::time::Duration;

use super::builder::StoreBuilder;
use crate::limits::{Limit, Limits};
use crate::timeouts::Timeouts;

impl<T: Send + Sync + 'static> StoreBuilder<T> {
    /// At most `max` sessions; a further one takes the place of the oldest that is not in use.
    ///
    /// The same as a [global](Limits::global) limit of [`Limit::evict_oldest`]. Other limits stay
    /// as they are; of several calls of this and [`limits`](Self::limits), the last decides.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{Limit, Limits, NewSession, SessionStore};
    ///
    /// let limits = Limits::default().per_principal(Limit::reject(1));
    /// let store = SessionStore::builder().limits(limits).max_sessions(2).build()?;
    /// let alice = store.create(NewSession::new(()).principal("alice")).unwrap();
    /// assert!(store.create(NewSession::new(()).principal("alice")).is_err());
    ///
    /// store.create(NewSession::new(())).unwrap();
    /// store.create(NewSession::new(())).unwrap();
    /// assert!(alice.is_ended());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn max_sessions(mut self, max: usize) -> Self {
        self.settings.limits = self.settings.limits.global(Limit::evict_oldest(max));
        self
    }

    /// All limits, in place of those set before, [`max_sessions`](Self::max_sessions) included.
    /// Begin with [`Limits::default`] to keep the default cap.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Ends a session that was not used for this long; `None` for no idle timeout. The absolute
    /// timeout stays as it is; of several calls of this and [`timeouts`](Self::timeouts), the last
    /// decides.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{ManualClock, NewSession, SessionStore};
    ///
    /// let builder = SessionStore::builder().clock(ManualClock::new());
    /// let store = builder.idle_timeout(Duration::from_secs(600)).build()?;
    /// store.create(NewSession::new(())).unwrap();
    /// assert_eq!(store.next_deadline(), Some(Duration::from_secs(600)));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts = self.settings.timeouts.idle(timeout);
        self
    }

    /// Ends a session this long after it was created, in use or not; `None` for no absolute
    /// timeout. The idle timeout stays as it is; of several calls of this and
    /// [`timeouts`](Self::timeouts), the last decides.
    pub fn absolute_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts = self.settings.timeouts.absolute(timeout);
        self
    }

    /// Both timeouts, in place of those set before, for sessions that have none of their own.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings.timeouts = timeouts;
        self
    }
}
