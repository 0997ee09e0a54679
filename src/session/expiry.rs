//! When a session expires, as its handle tells.

use std::time::Duration;

use super::handle::Session;
use crate::tick::Tick;
use crate::timeouts::Timeouts;

impl<T> Session<T> {
    /// When it expires, at the earliest: where both timeouts apply, the earlier deadline. Exact
    /// unless the session is in use: then its idle timeout counts from when the last lease is given
    /// back, which is now at the earliest. A [pinned](Session::is_pinned) session has its absolute
    /// deadline alone. `None` if it has no deadline, or has ended.
    ///
    /// Each touch moves the idle deadline, and [`set_timeouts`](crate::SessionStore::set_timeouts)
    /// and [`expire_in`](crate::SessionStore::expire_in) move both.
    #[must_use]
    pub fn expires_at(&self) -> Option<Tick> {
        self.expires_after(|| self.record.context.now())
    }

    /// How long it goes on, at the least, if it is not used again: until
    /// [`expires_at`](Session::expires_at), by the store's clock, and zero from then on. What a
    /// cookie's `Max-Age` says, in whole seconds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{ManualClock, NewSession, SessionStore, Timeouts};
    ///
    /// let clock = ManualClock::new();
    /// let timeouts = Timeouts::none().idle(Duration::from_secs(1800));
    /// let store = SessionStore::builder().clock(clock.clone()).timeouts(timeouts).build()?;
    /// let session = store.create(NewSession::new(())).unwrap();
    /// clock.advance(Duration::from_secs(600));
    /// assert_eq!(session.expires_in(), Some(Duration::from_secs(1200)));
    ///
    /// let lease = store.acquire(&session.id()).unwrap();
    /// let max_age = lease.expires_in().map(|left| format!("Max-Age={}", left.as_secs()));
    /// assert_eq!(max_age.as_deref(), Some("Max-Age=1800"));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        let now = self.record.context.now();
        self.expires_after(|| now).map(|at| at.since(now))
    }

    fn expires_after(&self, now: impl FnOnce() -> Tick) -> Option<Tick> {
        let seen = self.record.word.load();
        if seen.ended() {
            return None;
        }
        let last_active = seen.last_active();
        let from = if seen.in_use() { last_active.max(now()) } else { last_active };
        self.record.deadlines().next(from, false).map(|(at, _)| at)
    }

    /// Its timeouts as they are now: to change one of them with
    /// [`set_timeouts`](crate::SessionStore::set_timeouts), which replaces both.
    ///
    /// Both are in whole microseconds, rounded up; one that no clock reaches is `None`. After
    /// [`expire_in`](crate::SessionStore::expire_in) there is only the absolute timeout, which
    /// counts from the session's creation. A [pinned](Session::is_pinned) session has no idle
    /// timeout.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{NewSession, SessionStore, Timeouts};
    ///
    /// let hour = Duration::from_secs(3_600);
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(())).unwrap();
    /// assert_eq!(session.timeouts(), Timeouts::default());
    ///
    /// // Idle for longer, and the absolute timeout as it was.
    /// store.set_timeouts(&session, session.timeouts().idle(2 * hour)).unwrap();
    /// assert_eq!(session.timeouts().idle_timeout(), Some(2 * hour));
    /// assert_eq!(session.timeouts().absolute_timeout(), Some(24 * hour));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub fn timeouts(&self) -> Timeouts {
        self.record.deadlines().timeouts(self.record.created())
    }
}
