//! One login that everybody uses.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::engine::Engine;
use super::error::{Attempt, LoginError};
use super::options::Options;
use crate::end::Tombstone;
use crate::error::CreateError;
use crate::session::{NewSession, Session};
use crate::store::SessionStore;

/// A slot for one session that is logged in once and used by everybody, such as the session in
/// which the hosts of a pool call each other. Share it by reference or in an `Arc`.
///
/// The session is [pinned](NewSession::pinned): limits do not count it, it does not idle out, and
/// logging it out answers [`Kept`](crate::EndOutcome::Kept). Its absolute timeout applies; when it
/// has ended, for whatever reason, the next [`get_or_login`](Self::get_or_login) logs in anew. Each
/// get looks whether the session is still good, which is one atomic load, and the clock if it has
/// an absolute timeout. xapi had to choose between a slow check and none.
///
/// No lock is held while a login runs, so a login may use the slot, the store, or panic. Of several
/// logins at once the first to come back wins; the sessions of the others end as
/// [`Replaced`](crate::EndReason::Replaced) and their callers get the winner's. xapi's first
/// version held a mutex over the login, and deadlocked with the lock of its database.
///
/// The slot keeps the store alive. Dropping the slot logs its session out.
///
/// # Examples
///
/// ```
/// use tenure::{EndOutcome, NewSession, ReusableSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let slot = ReusableSession::new(&store);
/// let mut logins = 0;
/// for _ in 0..1_000 {
///     let session = slot.get_or_login(|| {
///         logins += 1; // takes its time
///         NewSession::new("the remote session's reference").originator("pool")
///     })?;
///     assert_eq!(store.end(&session.id()), EndOutcome::Kept);
/// }
/// assert_eq!((logins, store.stats().live), (1, 1));
///
/// slot.invalidate(); // the peer says that it does not know the session any more
/// assert!(slot.get().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ReusableSession<T> {
    engine: Engine<T>,
}

impl<T: Send + Sync + 'static> ReusableSession<T> {
    /// An empty slot of this store.
    #[must_use]
    pub fn new(store: &SessionStore<T>) -> Self {
        Self { engine: Engine::new(store.clone(), Options::default()) }
    }

    /// Asks `check` on each get whether the session is still good, beyond that it has not ended;
    /// one that is not ends as [`Killed`](crate::EndReason::Killed). Off by default. It runs
    /// outside every lock; a panic in it passes to the caller.
    #[must_use]
    pub fn validate_with(
        mut self,
        check: impl Fn(&Session<T>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.engine.options.validate_with(check);
        self
    }

    /// Runs `hook` whenever a session of this slot has ended, for whatever reason: also those of
    /// racers that lost, and of logins that were invalidated before they came back. It can log the
    /// session out at the peer. As [`Session::on_end`] otherwise.
    #[must_use]
    pub fn on_end(
        mut self,
        hook: impl Fn(&Session<T>, &Tombstone) + Send + Sync + 'static,
    ) -> Self {
        self.engine.options.on_end(hook);
        self
    }

    /// Lets one login run at a time. Others wait for it, at most for `wait` in real time, and then
    /// fail with [`LoginError::TimedOut`]. An asynchronous call waits without that deadline: there
    /// is no timer here, so put it into your runtime's timeout.
    ///
    /// Off by default, for it can deadlock until the deadline: if A's login waits for a lock that B
    /// holds, and B asks the slot, then B waits for A. Without it B logs in too, and one of the two
    /// sessions goes. A login in a thread that asks its own slot there does not wait for itself. An
    /// asynchronous login must not ask its own slot, nor may one that asks from another thread: it
    /// would wait for itself.
    #[must_use]
    pub fn single_flight(mut self, wait: Duration) -> Self {
        self.engine.options.single_flight = Some(wait);
        self
    }

    /// The session in the slot, if there is a good one.
    #[must_use]
    pub fn get(&self) -> Option<Session<T>> {
        self.engine.get()
    }

    /// The session in the slot, or that of `login`, pinned.
    ///
    /// The login runs again if the slot was invalidated meanwhile.
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
    /// use tenure::{LoginError, NewSession, ReusableSession, SessionStore};
    ///
    /// let store = SessionStore::<()>::builder().build()?;
    /// let slot = ReusableSession::new(&store);
    /// let refused = slot.try_get_or_login(|| Err("wrong password")).unwrap_err();
    /// assert_eq!(refused, LoginError::Login("wrong password"));
    /// assert!(slot.get_or_login(|| NewSession::new(())).is_ok());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn try_get_or_login<E>(
        &self,
        mut login: impl FnMut() -> Result<NewSession<T>, E>,
    ) -> Result<Session<T>, LoginError<E>> {
        self.engine.get_or_login(&mut login).map_err(Attempt::into_error)
    }

    /// As [`try_get_or_login`](Self::try_get_or_login), with an asynchronous login, on any runtime.
    /// Dropping the future drops the login and leaves the slot usable.
    ///
    /// # Errors
    ///
    /// [`LoginError`], with the login's own error in it. The slot is as usable as before.
    pub async fn get_or_login_async<E, F>(
        &self,
        mut login: impl FnMut() -> F,
    ) -> Result<Session<T>, LoginError<E>>
    where
        F: Future<Output = Result<NewSession<T>, E>>,
    {
        self.engine.get_or_login_async(&mut login).await.map_err(Attempt::into_error)
    }

    /// Empties the slot. Its session ends as [`Killed`](crate::EndReason::Killed); logins that are
    /// under way are not installed. Answers whether there was a live session.
    pub fn invalidate(&self) -> bool {
        self.engine.invalidate()
    }

    /// Empties the slot if it still holds this session, as a user of it does whom the peer has
    /// refused: another may have done so before, and the slot holds a good one by now. Answers
    /// whether the call ended it.
    pub fn invalidate_session(&self, session: &Session<T>) -> bool {
        self.engine.invalidate_session(session)
    }

    /// Puts a new session, pinned, in the place of the old one, which ends as
    /// [`Replaced`](crate::EndReason::Replaced).
    ///
    /// # Errors
    ///
    /// [`CreateError`]; the old session stays.
    ///
    /// # Panics
    ///
    /// As [`SessionStore::create`] does.
    pub fn replace(&self, new: NewSession<T>) -> Result<Session<T>, CreateError> {
        let fresh = self.engine.options.create(&self.engine.store, new)?;
        // It is out of use only once it is dropped.
        self.engine.put(&fresh);
        Ok(fresh)
    }
}

impl<T> fmt::Debug for ReusableSession<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReusableSession").field(&self.engine.peek()).finish()
    }
}
