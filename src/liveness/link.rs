//! The session in which a host is talked to.

use std::future::Future;

use super::error::{HostError, Refused};
use super::handle::HostLiveness;
use crate::session::{NewSession, Session};
use crate::slot::{Attempt, LoginError, TRIES};

impl<T: Send + Sync + 'static> HostLiveness<T> {
    /// The session with a host, if there is one that is good. Each host has a slot as
    /// [`ReusableSession`](crate::ReusableSession) is one.
    ///
    /// # Errors
    ///
    /// [`HostError::HostOffline`] or [`HostError::UnknownHost`].
    pub fn get(&self, host: &str) -> Result<Option<Session<T>>, HostError> {
        Ok(self.slot(host)?.get())
    }

    /// The session with a host, or that of `login`, which talks to the host. The session is pinned
    /// and [belongs to](NewSession::host) the host: it ends when that dies.
    ///
    /// A host that is assumed dead is not tried: the answer is at once
    /// [`HostOffline`](HostError::HostOffline). It is also the answer where the host died during the
    /// login; what that answered is dropped then.
    ///
    /// # Errors
    ///
    /// [`HostError`]; [`CannotContact`](HostError::CannotContact) with the login's own error.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{HostError, HostLiveness, ManualClock, NewSession, SessionStore};
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::builder().clock(clock.clone()).build()?;
    /// let hosts = HostLiveness::new(&store, "ada");
    /// hosts.heartbeat("bob").unwrap();
    ///
    /// let refused = hosts.session("bob", || Err("connection refused")).unwrap_err();
    /// assert_eq!(refused.to_string(), "cannot contact host \"bob\": connection refused");
    ///
    /// let login = || Ok::<_, &str>(NewSession::new("bob's reference for us"));
    /// assert_eq!(hosts.session("bob", login).unwrap().host(), Some("bob"));
    ///
    /// clock.advance(Duration::from_secs(200));
    /// assert!(matches!(hosts.session("bob", login), Err(HostError::HostOffline { .. })));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn session<E>(
        &self,
        host: &str,
        mut login: impl FnMut() -> Result<NewSession<T>, E>,
    ) -> Result<Session<T>, HostError<E>> {
        let mut login = || {
            self.slot(host).map_err(Refused::Host)?;
            let new = login().map_err(Refused::Login)?;
            // It may have died meanwhile, and nobody has noticed.
            self.slot(host).map_err(Refused::Host)?;
            Ok(new.host(host))
        };
        for _ in 0..TRIES {
            let slot = self.slot(host).map_err(HostError::widen)?;
            match slot.get_or_login(&mut login) {
                Ok(session) => return Ok(session),
                Err(Attempt::Failed(error)) => return Err(HostError::of_login(host, error)),
                // The host has died meanwhile, and may be back with another slot.
                Err(Attempt::Retired) => {}
            }
        }
        Err(HostError::Login(LoginError::Contended { tries: TRIES }))
    }

    /// As [`session`](Self::session), with an asynchronous login, on any runtime.
    ///
    /// # Errors
    ///
    /// [`HostError`]; [`CannotContact`](HostError::CannotContact) with the login's own error.
    pub async fn session_async<E, F>(
        &self,
        host: &str,
        mut login: impl FnMut() -> F,
    ) -> Result<Session<T>, HostError<E>>
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
        for _ in 0..TRIES {
            let slot = self.slot(host).map_err(HostError::widen)?;
            match slot.get_or_login_async(&mut login).await {
                Ok(session) => return Ok(session),
                Err(Attempt::Failed(error)) => return Err(HostError::of_login(host, error)),
                Err(Attempt::Retired) => {}
            }
        }
        Err(HostError::Login(LoginError::Contended { tries: TRIES }))
    }

    /// The host has refused its session, having restarted perhaps: if its slot still holds this one,
    /// it is ended, as [`Killed`](crate::EndReason::Killed), and the next call logs in anew. Answers
    /// whether the call ended it.
    pub fn invalidate_session(&self, host: &str, session: &Session<T>) -> bool {
        self.slot(host).is_ok_and(|slot| slot.invalidate_session(session))
    }

    /// A call to a host over `session` broke: if its slot still holds that one, it is ended, so that
    /// the next call logs in anew. Answers the error to pass on. The host is not taken for dead: that
    /// is for its heartbeats to say.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{HostLiveness, NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let hosts = HostLiveness::new(&store, "ada");
    /// hosts.heartbeat("bob").unwrap();
    /// let session = hosts.session("bob", || Ok::<_, &str>(NewSession::new(()))).unwrap();
    /// let error = hosts.cannot_contact("bob", &session, "broken pipe");
    /// assert_eq!(error.to_string(), "cannot contact host \"bob\": broken pipe");
    /// assert!(session.is_ended() && hosts.is_live("bob"));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn cannot_contact<E>(&self, host: &str, session: &Session<T>, error: E) -> HostError<E> {
        self.invalidate_session(host, session);
        HostError::CannotContact { host: host.to_owned(), error }
    }
}
