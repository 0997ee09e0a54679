//! The session in which a host is talked to.

use std::future::Future;

use super::error::{HostError, Refused};
use super::handle::HostLiveness;
use crate::session::{NewSession, Session};
use crate::slot::Attempt;

impl<T: Send + Sync + 'static> HostLiveness<T> {
    /// The session with a host, if there is one that is good. Each host has a slot as
    /// [`ReusableSession`](crate::ReusableSession) is one.
    ///
    /// # Errors
    ///
    /// [`HostError::HostOffline`] or [`HostError::UnknownHost`].
    pub fn get(&self, host: &str) -> Result<Option<Session<T>>, HostError> {
        Ok(self.live(host)?.get())
    }

    /// The session with a host, or that of `login`, which talks to the host. The session is pinned
    /// and [belongs to](NewSession::host) the host: it ends when that dies.
    ///
    /// A host that is assumed dead is not tried: the answer is at once
    /// [`HostOffline`](HostError::HostOffline). It is also the answer where the host died during the
    /// login.
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
        let slot = self.live(host).map_err(HostError::widen)?;
        let mut login = || {
            self.live(host).map_err(Refused::Host)?;
            login().map(|new| new.host(host)).map_err(Refused::Login)
        };
        slot.get_or_login(&mut login).map_err(|attempt| refusal(host, attempt))
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
        let slot = self.live(host).map_err(HostError::widen)?;
        let mut login = || {
            let begun = self.live(host).map(|_slot| login());
            async move {
                let new = begun.map_err(Refused::Host)?.await;
                new.map(|new| new.host(host)).map_err(Refused::Login)
            }
        };
        slot.get_or_login_async(&mut login).await.map_err(|attempt| refusal(host, attempt))
    }

    /// The host has refused its session, having restarted perhaps: if its slot still holds this one,
    /// it is ended, as [`Killed`](crate::EndReason::Killed), and the next call logs in anew. Answers
    /// whether the call ended it.
    pub fn invalidate_session(&self, host: &str, session: &Session<T>) -> bool {
        self.live(host).is_ok_and(|slot| slot.invalidate_session(session))
    }

    /// A call to a live host broke: its slot is emptied, so that the next call logs in anew. Answers
    /// the error to pass on. The host is not taken for dead: that is for its heartbeats to say.
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
    /// let error = hosts.cannot_contact("bob", "broken pipe");
    /// assert_eq!(error.to_string(), "cannot contact host \"bob\": broken pipe");
    /// assert!(session.is_ended() && hosts.is_live("bob"));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn cannot_contact<E>(&self, host: &str, error: E) -> HostError<E> {
        if let Ok(slot) = self.live(host) {
            slot.invalidate();
        }
        HostError::CannotContact { host: host.to_owned(), error }
    }
}

/// What a failed attempt at a host's slot means.
fn refusal<E>(host: &str, attempt: Attempt<Refused<E>>) -> HostError<E> {
    match attempt {
        Attempt::Failed(error) => HostError::of_login(host, error),
        // Only a host that was forgotten takes its slot with it.
        Attempt::Retired => HostError::UnknownHost { host: host.to_owned() },
    }
}
