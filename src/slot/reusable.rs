//! A login that is made once and used by many.

use std::fmt;
use std::time::Duration;

use super::engine::Engine;
use super::options::Options;
use crate::end::Tombstone;
use crate::error::CreateError;
use crate::session::{NewSession, Session};
use crate::store::SessionStore;

/// A slot for one session that is logged in once and used by many callers, such as the session in
/// which the hosts of a pool call each other. Share it by reference or in an `Arc`.
///
/// The session is [pinned](NewSession::pinned): limits do not count it, it does not idle out, and
/// logging it out returns [`Kept`](crate::EndOutcome::Kept). Its absolute timeout applies; when it
/// has ended, for whatever reason, the next [`get_or_login`](Self::get_or_login) logs in anew. Each
/// get checks that the session is still good: one atomic load, and a reading of the clock if it has
/// an absolute timeout. xapi had to choose between a slow check and none.
///
/// No lock is held while a login runs, so a login may use the slot, the store, or panic. Of several
/// logins at once the first to return wins; the sessions of the others end as
/// [`Replaced`](crate::EndReason::Replaced) and their callers get the winner's. xapi's first
/// version held a mutex over the login, and deadlocked with the lock of its database.
///
/// The slot keeps the store alive, and lets go of its session when that ends. Dropping the slot
/// logs its session out.
///
/// # Examples
///
/// ```
/// use tenure::slot::ReusableSession;
/// use tenure::{EndOutcome, NewSession, SessionStore};
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
    pub(super) engine: Engine<T>,
}

impl<T: Send + Sync + 'static> ReusableSession<T> {
    /// An empty slot of this store.
    #[must_use]
    pub fn new(store: &SessionStore<T>) -> Self {
        Self { engine: Engine::new(store.clone(), Options::default()) }
    }

    /// Calls `check` on each get, to say whether the session is still good, beyond that it has not
    /// ended; one that is not ends as [`Killed`](crate::EndReason::Killed). Off by default. It runs
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
    /// racers that lost, and of logins that were invalidated before they returned. It can log the
    /// session out at the peer. As [`Session::on_end`] otherwise.
    ///
    /// The slot keeps the hook. A hook that keeps the slot, or the store, keeps both in memory for
    /// ever: give it a `Weak`, or a [`WeakSessionStore`](crate::WeakSessionStore).
    ///
    /// # Examples
    ///
    /// A hook that logs in anew at once, and does not keep the slot:
    ///
    /// ```
    /// use std::sync::{Arc, Weak};
    /// use tenure::slot::ReusableSession;
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let slot = Arc::new_cyclic(|slot: &Weak<ReusableSession<()>>| {
    ///     let slot = Weak::clone(slot);
    ///     ReusableSession::new(&store).on_end(move |_, _| {
    ///         if let Some(slot) = slot.upgrade() {
    ///             let _ = slot.get_or_login(|| NewSession::new(()));
    ///         }
    ///     })
    /// });
    /// slot.get_or_login(|| NewSession::new(())).unwrap();
    /// slot.invalidate();
    /// assert!(slot.get().is_some());
    ///
    /// drop(slot);
    /// assert_eq!(store.stats().live, 0);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub fn on_end(
        mut self,
        hook: impl Fn(&Session<T>, &Tombstone) + Send + Sync + 'static,
    ) -> Self {
        self.engine.options.on_end(hook);
        self
    }

    /// Lets one login run at a time; others wait for it, in real time.
    ///
    /// A login that has run for `wait` is taken over: the next call to ask, or to reach the end of
    /// its wait, logs in itself. So a login that hangs costs its own caller and one `wait`. A call
    /// waits for at most `wait` in all, also where several logins take each other over, and then
    /// fails with [`TimedOut`](crate::slot::LoginError::TimedOut). An asynchronous call waits
    /// without that deadline: there is no timer here, so put it into your runtime's timeout, and
    /// ask again.
    ///
    /// Off by default, for it can deadlock until the deadline: if A's login waits for a lock that B
    /// holds, and B asks the slot, then B waits for A, and logs in itself after `wait`. Without
    /// single flight B logs in at once, and one of the two sessions goes. A login in a thread that
    /// asks its own slot there does not wait for itself. An asynchronous login must not ask its own
    /// slot, nor may one that asks from another thread: it would wait for itself, for `wait` or, in
    /// an asynchronous call, until another call takes it over.
    #[must_use]
    pub fn single_flight(mut self, wait: Duration) -> Self {
        self.engine.options.single_flight = Some(wait);
        self
    }

    /// Empties the slot. Its session ends as [`Killed`](crate::EndReason::Killed); logins that are
    /// under way are not installed. Returns whether there was a live session.
    pub fn invalidate(&self) -> bool {
        self.engine.invalidate()
    }

    /// Empties the slot if it still holds this session: for a caller whom the peer has refused.
    /// Another may have emptied it before, and the slot may hold a good session again. Returns
    /// whether the call ended the session.
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
        // The slot is out of use only once it is dropped.
        self.engine.put(&fresh);
        Ok(fresh)
    }
}

impl<T> fmt::Debug for ReusableSession<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReusableSession").field(&self.engine.peek()).finish()
    }
}
