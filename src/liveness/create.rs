//! Sessions that do not outlive their host.

use super::error::HostError;
use super::handle::HostLiveness;
use crate::end::EndReason;
use crate::session::{NewSession, Session, drop_record};

impl<T> HostLiveness<T> {
    /// Creates a session that [belongs to](NewSession::host) a live host. It does not outlive it:
    /// it is refused if the host is dead, and if the host dies before the call returns, the session
    /// ends as [`HostDead`](EndReason::HostDead) and the call fails. After
    /// [`is_live`](Self::is_live) and [`SessionStore::create`](crate::SessionStore::create)
    /// instead, a session whose host dies between the two calls would go on, and one that is
    /// [restored](NewSession::age) for a host whose death has yet to be noticed would end later.
    ///
    /// # Errors
    ///
    /// [`HostError::HostOffline`] or [`HostError::UnknownHost`]; [`HostError::Create`] with the
    /// store's error.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::liveness::{HostError, HostLiveness};
    /// use tenure::{ManualClock, NewSession, SessionStore};
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::builder().clock(clock.clone()).build()?;
    /// let hosts = HostLiveness::new(&store, "ada");
    /// hosts.heartbeat("bob").unwrap();
    /// let session = hosts.create("bob", NewSession::new(())).unwrap();
    /// assert_eq!(session.host(), Some("bob"));
    ///
    /// clock.advance(Duration::from_secs(200));
    /// let refused = hosts.create("bob", NewSession::new(())).unwrap_err();
    /// assert!(matches!(refused, HostError::HostOffline { .. }));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn create(&self, host: &str, new: NewSession<T>) -> Result<Session<T>, HostError> {
        let store = &self.shared.store;
        let now = store.now();
        let life = self.shared.hosts.lock().life(host, now)?;
        let age = new.past.age();
        let created = store.create(new.host(host));
        let session = created.map_err(HostError::Create)?;
        // A death that was noticed before the session was there has not ended it. Each later one
        // ends it if the host was live when it was created.
        let at = session.created_at().saturating_add(age);
        let lives_on = self.shared.hosts.lock().lives_on(host, life, at);
        let Err(error) = lives_on else { return Ok(session) };
        let reason = match error {
            HostError::HostOffline { .. } => EndReason::HostDead,
            _ => EndReason::LoggedOut,
        };
        let table = store.table();
        table.end_all(table.moment_or_origin(), &[&session.record], reason, true);
        drop_record(session.record);
        Err(error)
    }
}
