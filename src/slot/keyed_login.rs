//! Asking keyed slots for a session.

use std::convert::Infallible;
use std::future::Future;
use std::hash::Hash;

use super::error::LoginError;
use super::keyed::ReusableSessions;
use super::login::{get_or_login, get_or_login_async};
use crate::session::{Lease, NewSession, Session};

impl<K: Clone + Eq + Hash, T: Send + Sync + 'static> ReusableSessions<K, T> {
    /// The session of this key, if there is a good one.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<Session<T>> {
        let slot = self.slots.get(key)?;
        slot.note_asked(self.store.now());
        slot.session()
    }

    /// The session of this key, or that of `login`, pinned. Without a lease another key may push it
    /// out at any moment: see [`lease_or_login`](Self::lease_or_login).
    ///
    /// # Errors
    ///
    /// [`LoginError`]. The slots are as usable as before.
    ///
    /// # Panics
    ///
    /// If the login, the clock or the key does. The slots are as usable as before.
    pub fn get_or_login(
        &self,
        key: &K,
        mut login: impl FnMut() -> NewSession<T>,
    ) -> Result<Session<T>, LoginError> {
        self.try_get_or_login(key, || Ok(login()))
    }

    /// As [`get_or_login`](Self::get_or_login), with a login that can fail.
    ///
    /// # Errors
    ///
    /// [`LoginError`], with the login's own error in it. The slots are as usable as before.
    pub fn try_get_or_login<E>(
        &self,
        key: &K,
        login: impl FnMut() -> Result<NewSession<T>, E>,
    ) -> Result<Session<T>, LoginError<E>> {
        get_or_login(|| self.slot(key), login)
    }

    /// As [`try_get_or_login`](Self::try_get_or_login), with an asynchronous login.
    ///
    /// # Errors
    ///
    /// [`LoginError`], with the login's own error in it. The slots are as usable as before.
    pub async fn get_or_login_async<E, F>(
        &self,
        key: &K,
        login: impl FnMut() -> F,
    ) -> Result<Session<T>, LoginError<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        get_or_login_async(|| self.slot(key), login).await
    }

    /// As [`get_or_login`](Self::get_or_login), and takes a lease: until that is dropped, no other
    /// key pushes the session out. Between [`get_or_login`](Self::get_or_login) and
    /// [`acquire`](crate::SessionStore::acquire) one could.
    ///
    /// # Errors
    ///
    /// [`LoginError`]. The slots are as usable as before.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::slot::{LoginError, ReusableSessions};
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let peers = ReusableSessions::new(&store, 1);
    /// let login = || NewSession::new(());
    /// let ada = peers.lease_or_login(&"ada", login)?;
    /// let refused = peers.get_or_login(&"bob", login).unwrap_err();
    /// assert_eq!(refused, LoginError::TooMany { max: 1 });
    ///
    /// drop(ada);
    /// assert!(peers.get_or_login(&"bob", login).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lease_or_login(
        &self,
        key: &K,
        mut login: impl FnMut() -> NewSession<T>,
    ) -> Result<Lease<T>, LoginError> {
        self.try_lease_or_login(key, || Ok::<_, Infallible>(login()))
    }

    /// As [`lease_or_login`](Self::lease_or_login), with a login that can fail.
    ///
    /// # Errors
    ///
    /// [`LoginError`], with the login's own error in it. The slots are as usable as before.
    pub fn try_lease_or_login<E>(
        &self,
        key: &K,
        login: impl FnMut() -> Result<NewSession<T>, E>,
    ) -> Result<Lease<T>, LoginError<E>> {
        get_or_login(|| self.slot(key), login)
    }

    /// As [`try_lease_or_login`](Self::try_lease_or_login), with an asynchronous login.
    ///
    /// # Errors
    ///
    /// [`LoginError`], with the login's own error in it. The slots are as usable as before.
    pub async fn lease_or_login_async<E, F>(
        &self,
        key: &K,
        login: impl FnMut() -> F,
    ) -> Result<Lease<T>, LoginError<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        get_or_login_async(|| self.slot(key), login).await
    }
}
