//! The session that your program has with a host.

use std::future::Future;

use super::error::{HostError, Refused};
use super::handle::HostLiveness;
use crate::session::{Lease, NewSession, Session};
use crate::slot::{Engine, Given, LoginError, get_or_login, get_or_login_async};
use crate::sync::Arc;

impl<T: Send + Sync + 'static> HostLiveness<T> {
    /// The session with a host, if its slot holds a valid one. Each host has a slot of the kind
    /// that [`ReusableSession`](crate::slot::ReusableSession) is.
    ///
    /// # Errors
    ///
    /// [`HostError::HostOffline`] or [`HostError::UnknownHost`].
    pub fn get(&self, host: &str) -> Result<Option<Session<T>>, HostError> {
        Ok(self.slot(host)?.session())
    }

    /// The session with a host, or a new one by `login`, which talks to the host. The session is
    /// pinned and [belongs to](NewSession::host) the host: it ends when the host dies.
    ///
    /// If the host is assumed dead, `login` does not run and the call fails with
    /// [`HostOffline`](HostError::HostOffline). If the host dies during the login, the call fails
    /// in the same way, and what the login returned is dropped; if that is a session already, it
    /// ends as [`HostDead`](crate::EndReason::HostDead). If the host is back by then, `login` runs
    /// again.
    ///
    /// # Errors
    ///
    /// [`HostError`]; [`CannotContact`](HostError::CannotContact) with the login's own error.
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
    ///
    /// let refused = hosts.get_or_login("bob", || Err("connection refused")).unwrap_err();
    /// assert_eq!(refused.to_string(), "cannot contact host \"bob\": connection refused");
    ///
    /// let login = || Ok::<_, &str>(NewSession::new("bob's reference for us"));
    /// assert_eq!(hosts.get_or_login("bob", login).unwrap().host(), Some("bob"));
    ///
    /// clock.advance(Duration::from_secs(200));
    /// assert!(matches!(hosts.get_or_login("bob", login), Err(HostError::HostOffline { .. })));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn get_or_login<E>(
        &self,
        host: &str,
        login: impl FnMut() -> Result<NewSession<T>, E>,
    ) -> Result<Session<T>, HostError<E>> {
        self.give_or_login(host, login)
    }

    /// As [`get_or_login`](Self::get_or_login), with an asynchronous login, on any runtime.
    ///
    /// # Errors
    ///
    /// [`HostError`]; [`CannotContact`](HostError::CannotContact) with the login's own error.
    pub async fn get_or_login_async<E, F>(
        &self,
        host: &str,
        login: impl FnMut() -> F,
    ) -> Result<Session<T>, HostError<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        self.give_or_login_async(host, login).await
    }

    /// As [`get_or_login`](Self::get_or_login), and takes a lease: the session is in use until that
    /// is dropped. It ends all the same when the host dies.
    ///
    /// # Errors
    ///
    /// [`HostError`]; [`CannotContact`](HostError::CannotContact) with the login's own error.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::liveness::HostLiveness;
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let hosts = HostLiveness::new(&store, "ada");
    /// hosts.heartbeat("bob").unwrap();
    /// let lease = hosts.lease_or_login("bob", || Ok::<_, &str>(NewSession::new(()))).unwrap();
    /// assert_eq!((lease.host(), lease.leases()), (Some("bob"), 1));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn lease_or_login<E>(
        &self,
        host: &str,
        login: impl FnMut() -> Result<NewSession<T>, E>,
    ) -> Result<Lease<T>, HostError<E>> {
        self.give_or_login(host, login)
    }

    /// As [`lease_or_login`](Self::lease_or_login), with an asynchronous login, on any runtime.
    ///
    /// # Errors
    ///
    /// [`HostError`]; [`CannotContact`](HostError::CannotContact) with the login's own error.
    pub async fn lease_or_login_async<E, F>(
        &self,
        host: &str,
        login: impl FnMut() -> F,
    ) -> Result<Lease<T>, HostError<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        self.give_or_login_async(host, login).await
    }

    fn give_or_login<G: Given<T>, E>(
        &self,
        host: &str,
        mut login: impl FnMut() -> Result<NewSession<T>, E>,
    ) -> Result<G, HostError<E>> {
        let mut login = || {
            self.slot(host).map_err(Refused::Host)?;
            let new = login().map_err(Refused::Login)?;
            // The host may have died during the login, unnoticed.
            self.slot(host).map_err(Refused::Host)?;
            Ok(new.host(host))
        };
        get_or_login(|| self.find(host), &mut login)
            .map_err(|error| HostError::of_login(host, error))
    }

    async fn give_or_login_async<G: Given<T>, E, F>(
        &self,
        host: &str,
        mut login: impl FnMut() -> F,
    ) -> Result<G, HostError<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        let mut login = || {
            let begun = self.slot(host).map(|_slot| login());
            async move {
                let new = begun.map_err(Refused::Host)?.await.map_err(Refused::Login)?;
                self.slot(host).map_err(Refused::Host)?;
                Ok(new.host(host))
            }
        };
        get_or_login_async(|| self.find(host), &mut login)
            .await
            .map_err(|error| HostError::of_login(host, error))
    }

    /// Ends a session that the host has refused, having restarted perhaps, as
    /// [`Killed`](crate::EndReason::Killed), so that the next call logs in again. Does nothing if
    /// the host's slot holds another session. Returns whether the call ended the session.
    pub fn invalidate_session(&self, host: &str, session: &Session<T>) -> bool {
        self.slot(host).is_ok_and(|slot| slot.invalidate_session(session))
    }

    /// Ends the session over which a call to a host broke, so that the next call logs in again, and
    /// returns the error to pass on. Does nothing to the session if the host's slot holds another.
    /// The host stays live: only missing heartbeats make it dead.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::liveness::HostLiveness;
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let hosts = HostLiveness::new(&store, "ada");
    /// hosts.heartbeat("bob").unwrap();
    /// let session = hosts.get_or_login("bob", || Ok::<_, &str>(NewSession::new(()))).unwrap();
    /// let error = hosts.cannot_contact("bob", &session, "broken pipe");
    /// assert_eq!(error.to_string(), "cannot contact host \"bob\": broken pipe");
    /// assert!(session.is_ended() && hosts.is_live("bob"));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn cannot_contact<E>(&self, host: &str, session: &Session<T>, error: E) -> HostError<E> {
        self.invalidate_session(host, session);
        HostError::CannotContact { host: host.to_owned(), error }
    }

    /// The slot of a live host. One that has died meanwhile may be back, with another slot.
    fn find<E>(&self, host: &str) -> Result<Arc<Engine<T>>, LoginError<Refused<E>>> {
        self.slot(host).map_err(|error| LoginError::Login(Refused::Host(error)))
    }
}
