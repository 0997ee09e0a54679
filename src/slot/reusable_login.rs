//! Asking a slot for its session.

use std::convert::Infallible;
use std::future::Future;

use super::engine::Engine;
use super::error::LoginError;
use super::login::{get_or_login, get_or_login_async};
use super::reusable::ReusableSession;
use crate::session::{Lease, NewSession, Session};

impl<T: Send + Sync + 'static> ReusableSession<T> {
    /// The session in the slot, if there is a good one.
    #[must_use]
    pub fn get(&self) -> Option<Session<T>> {
        self.engine.session()
    }

    /// The session in the slot, or that of `login`, pinned.
    ///
    /// The login runs again if the slot was invalidated meanwhile. Logins of several threads may
    /// run at once, so let none of them give its session a [fixed id](NewSession::id): the second
    /// would be refused, as that id is in use.
    ///
    /// # Errors
    ///
    /// [`LoginError`]. The slot is as usable as before.
    ///
    /// # Panics
    ///
    /// If the login, the clock or the check does. The slot is as usable as before.
    pub fn get_or_login(
        &self,
        mut login: impl FnMut() -> NewSession<T>,
    ) -> Result<Session<T>, LoginError> {
        self.try_get_or_login(|| Ok(login()))
    }

    /// As [`get_or_login`](Self::get_or_login), with a login that can fail.
    ///
    /// # Errors
    ///
    /// [`LoginError`], with the login's own error in it. The slot is as usable as before.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::slot::{LoginError, ReusableSession};
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let slot = ReusableSession::new(&store);
    /// let refused = slot.try_get_or_login(|| Err("wrong password")).unwrap_err();
    /// assert_eq!(refused, LoginError::Login("wrong password"));
    /// assert_eq!(refused.to_string(), "the login failed: wrong password");
    /// assert!(slot.get_or_login(|| NewSession::new(())).is_ok());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn try_get_or_login<E>(
        &self,
        login: impl FnMut() -> Result<NewSession<T>, E>,
    ) -> Result<Session<T>, LoginError<E>> {
        get_or_login(|| self.find(), login)
    }

    /// As [`try_get_or_login`](Self::try_get_or_login), with an asynchronous login, on any runtime.
    /// Dropping the future drops the login and leaves the slot usable.
    ///
    /// # Errors
    ///
    /// [`LoginError`], with the login's own error in it. The slot is as usable as before.
    pub async fn get_or_login_async<E, F>(
        &self,
        login: impl FnMut() -> F,
    ) -> Result<Session<T>, LoginError<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        get_or_login_async(|| self.find(), login).await
    }

    /// As [`get_or_login`](Self::get_or_login), and takes a lease: the session is in use until that
    /// is dropped. Invalidating the slot, or putting another session into it, ends it all the same.
    ///
    /// # Errors
    ///
    /// [`LoginError`]. The slot is as usable as before.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::slot::ReusableSession;
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let slot = ReusableSession::new(&store);
    /// let lease = slot.lease_or_login(|| NewSession::new(())).unwrap();
    /// assert_eq!(lease.leases(), 1);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn lease_or_login(
        &self,
        mut login: impl FnMut() -> NewSession<T>,
    ) -> Result<Lease<T>, LoginError> {
        self.try_lease_or_login(|| Ok::<_, Infallible>(login()))
    }

    /// As [`lease_or_login`](Self::lease_or_login), with a login that can fail.
    ///
    /// # Errors
    ///
    /// [`LoginError`], with the login's own error in it. The slot is as usable as before.
    pub fn try_lease_or_login<E>(
        &self,
        login: impl FnMut() -> Result<NewSession<T>, E>,
    ) -> Result<Lease<T>, LoginError<E>> {
        get_or_login(|| self.find(), login)
    }

    /// As [`try_lease_or_login`](Self::try_lease_or_login), with an asynchronous login.
    ///
    /// # Errors
    ///
    /// [`LoginError`], with the login's own error in it. The slot is as usable as before.
    pub async fn lease_or_login_async<E, F>(
        &self,
        login: impl FnMut() -> F,
    ) -> Result<Lease<T>, LoginError<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        get_or_login_async(|| self.find(), login).await
    }

    /// The one slot there is. Nothing takes it out of use before it is dropped.
    #[allow(clippy::unnecessary_wraps)]
    fn find<E>(&self) -> Result<&Engine<T>, LoginError<E>> {
        Ok(&self.engine)
    }
}
