//! Sessions to borrow, as the drivers of a database keep them.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::time::Duration;

use super::error::LoginError;
use super::idle::{Place, Shared};
use super::loan::PooledSession;
use crate::session::{NewSession, Session};
use crate::store::SessionStore;
use crate::sync::Arc;

/// Sessions that are borrowed for one piece of work each, and given back.
///
/// As MongoDB's drivers keep their server sessions: last in, first out, so that those which are not
/// needed age together; one with less than a [margin](Self::margin) left until its timeout is
/// logged out instead of being lent or kept; one that a failure has made
/// [dirty](PooledSession::mark_dirty) is not kept.
///
/// The peer idles a session from the last time that its id was sent. The pool takes that to be when
/// it was borrowed, or [marked](PooledSession::mark_sent) after that; not when it was given back.
///
/// The sessions are ordinary ones of the store: limits count them, and one that waits in the pool
/// may be evicted or idle out. It is not lent any more. A borrowed one is in use. Call
/// [`sweep`](Self::sweep) now and then, so that the pool lets go of those.
///
/// Clones are the same pool.
///
/// # Examples
///
/// ```
/// use tenure::slot::SessionPool;
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let pool = SessionPool::new(&store);
/// let first = pool.checkout(|| NewSession::new(()))?;
/// let name = first.track_id();
/// drop(first);
/// assert_eq!(pool.checkout(|| NewSession::new(()))?.track_id(), name);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionPool<T> {
    shared: Arc<Shared<T>>,
}

impl<T> SessionPool<T> {
    /// An empty pool of this store's sessions, without a bound of its own.
    #[must_use]
    pub fn new(store: &SessionStore<T>) -> Self {
        Self { shared: Arc::new(Shared::new(store.clone())) }
    }

    /// A session with less than this left until its idle or absolute timeout is logged out instead
    /// of being lent or kept. A minute by default, as MongoDB's drivers have it; a pool whose
    /// sessions have a shorter timeout keeps none. Holds for all clones.
    #[must_use]
    pub fn margin(self, margin: Duration) -> Self {
        self.shared.set_margin(margin);
        self
    }

    /// How many sessions the pool has at most, lent and waiting: at least 1. Without a bound by
    /// default. Holds for all clones.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::slot::{LoginError, SessionPool};
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let pool = SessionPool::new(&store).max_sessions(1);
    /// let lent = pool.checkout(|| NewSession::new(())).unwrap();
    /// let refused = pool.checkout(|| NewSession::new(())).unwrap_err();
    /// assert_eq!(refused, LoginError::TooMany { max: 1 });
    ///
    /// drop(lent);
    /// assert!(pool.checkout(|| NewSession::new(())).is_ok());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub fn max_sessions(self, max: usize) -> Self {
        self.shared.set_max(max.max(1));
        self
    }

    /// Borrows the session that was given back last; where there is none, that of `login`.
    ///
    /// # Errors
    ///
    /// [`LoginError::Create`]: the store refuses the login's session, or the pool or the store is
    /// closed. [`LoginError::TooMany`], if the pool has a [bound](Self::max_sessions).
    pub fn checkout(
        &self,
        login: impl FnOnce() -> NewSession<T>,
    ) -> Result<PooledSession<T>, LoginError> {
        self.try_checkout(|| Ok::<_, Infallible>(login()))
    }

    /// As [`checkout`](Self::checkout), with a login that can fail.
    ///
    /// # Errors
    ///
    /// As [`checkout`](Self::checkout), or [`LoginError::Login`] with the login's own error.
    pub fn try_checkout<E>(
        &self,
        login: impl FnOnce() -> Result<NewSession<T>, E>,
    ) -> Result<PooledSession<T>, LoginError<E>> {
        match self.shared.borrow()? {
            (place, Some((lease, sent))) => Ok(PooledSession::new(place, lease, sent)),
            (place, None) => self.lend(place, login()),
        }
    }

    /// As [`try_checkout`](Self::try_checkout), with an asynchronous login, on any runtime.
    /// Dropping the future drops the login, and leaves its place to others.
    ///
    /// # Errors
    ///
    /// As [`try_checkout`](Self::try_checkout).
    pub async fn checkout_async<E, F>(
        &self,
        login: impl FnOnce() -> F,
    ) -> Result<PooledSession<T>, LoginError<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        match self.shared.borrow()? {
            (place, Some((lease, sent))) => Ok(PooledSession::new(place, lease, sent)),
            (place, None) => self.lend(place, login().await),
        }
    }

    /// Lends the session of a login.
    fn lend<E>(
        &self,
        place: Place<T>,
        new: Result<NewSession<T>, E>,
    ) -> Result<PooledSession<T>, LoginError<E>> {
        let new = new.map_err(LoginError::Login)?;
        let lease = self.shared.store.create_leased(new).map_err(LoginError::Create)?;
        let sent = lease.created_at();
        Ok(PooledSession::new(place, lease, sent))
    }

    /// Logs out the sessions that wait and have less than the [margin](Self::margin) left, and lets
    /// go of those that have ended. Returns how many. Giving a session back does so only for those
    /// that have waited longest.
    ///
    /// Looks at every session that waits, while others wait to borrow: call it about as often as
    /// the reaper.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::slot::SessionPool;
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let pool = SessionPool::new(&store);
    /// let lent = pool.checkout(|| NewSession::new(())).unwrap();
    /// let id = lent.id();
    /// drop(lent);
    /// store.end(&id);
    /// assert_eq!((pool.sweep(), pool.len()), (1, 0));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn sweep(&self) -> usize {
        self.shared.sweep()
    }

    /// Drains the pool, and lends nothing any more; what is on loan is logged out when it is given
    /// back. `tell` gets the sessions, at most `chunk` at a time, before they are logged out here:
    /// a driver sends `endSessions` for them, in chunks of 10,000. Returns how many there were.
    ///
    /// # Panics
    ///
    /// If `tell` does. Its chunk is logged out all the same, the rest is left for another call.
    pub fn close(&self, chunk: NonZeroUsize, mut tell: impl FnMut(&[Session<T>])) -> usize {
        let mut told = 0;
        loop {
            let leaving = self.shared.drain(chunk.get());
            if leaving.sessions.is_empty() {
                return told;
            }
            told += leaving.sessions.len();
            tell(&leaving.sessions);
        }
    }

    /// How many sessions wait in the pool.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Whether no session waits in the pool.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Clone for SessionPool<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> fmt::Debug for SessionPool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionPool").field("len", &self.len()).finish_non_exhaustive()
    }
}
