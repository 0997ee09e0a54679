//! Sessions to borrow, as the drivers of a database keep them.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::time::Duration;

use super::leaving::{Leaving, lasts};
use crate::end::EndReason;
use crate::error::CreateError;
use crate::session::Lease;
use crate::session::{NewSession, Session};
use crate::store::SessionStore;
use crate::sync::{Arc, Mutex};

/// Sessions that are borrowed for one piece of work each, and given back.
///
/// As MongoDB's drivers keep their server sessions: last in, first out, so that those which are not
/// needed age together; one with no more than a [margin](Self::margin) left until its timeout is
/// logged out instead of being borrowed or kept; one that a failure has made
/// [dirty](PooledSession::mark_dirty) is not given back.
///
/// The sessions are ordinary ones of the store: limits count them, and one that waits in the pool
/// may be evicted or idle out. It is then left out. A borrowed one is in use.
///
/// Clones are the same pool.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, SessionPool, SessionStore};
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

struct Shared<T> {
    store: SessionStore<T>,
    idle: Mutex<Idle<T>>,
}

struct Idle<T> {
    /// The one given back last is at the end.
    sessions: VecDeque<Session<T>>,
    margin: Duration,
    closed: bool,
}

/// A session on loan from a [`SessionPool`], in use until it is given back. Dropping it gives it
/// back.
#[must_use = "dropping it gives the session back"]
pub struct PooledSession<T> {
    pool: SessionPool<T>,
    /// `None` once it is given back.
    lease: Option<Lease<T>>,
    dirty: bool,
}

impl<T> SessionPool<T> {
    /// An empty pool of this store's sessions.
    #[must_use]
    pub fn new(store: &SessionStore<T>) -> Self {
        let margin = Duration::from_secs(60);
        let idle = Mutex::new(Idle { sessions: VecDeque::new(), margin, closed: false });
        Self { shared: Arc::new(Shared { store: store.clone(), idle }) }
    }

    /// A session with no more than this left until its idle or absolute timeout is logged out
    /// instead of being borrowed or kept. A minute by default, as MongoDB's drivers have it; a pool
    /// whose sessions have a timeout of no more than that keeps none.
    #[must_use]
    pub fn margin(self, margin: Duration) -> Self {
        self.shared.idle.lock().margin = margin;
        self
    }

    /// Borrows the session that was given back last; where there is none, that of `login`.
    ///
    /// # Errors
    ///
    /// [`CreateError`] of the login's session; [`CreateError::Closed`] where the pool or the store
    /// is.
    pub fn checkout(
        &self,
        login: impl FnOnce() -> NewSession<T>,
    ) -> Result<PooledSession<T>, CreateError> {
        let store = &self.shared.store;
        let now = store.now();
        let mut leaving = Leaving { store, sessions: Vec::new(), reason: EndReason::LoggedOut };
        loop {
            let mut idle = self.shared.idle.lock();
            if idle.closed {
                return Err(CreateError::Closed);
            }
            let Some(session) = idle.sessions.pop_back() else { break };
            let margin = idle.margin;
            drop(idle);
            if lasts(&session, now, margin)
                && let Ok(lease) = Lease::of(session.clone(), now)
            {
                return Ok(self.lend(lease));
            }
            leaving.sessions.push(session);
        }
        drop(leaving);
        store.create_leased(login()).map(|lease| self.lend(lease))
    }

    /// Drains the pool and lets nobody borrow any more; what is on loan is logged out when it comes
    /// back. `tell` gets the sessions, at most `chunk` at a time, before they are logged out here:
    /// a driver sends `endSessions` for them, in chunks of 10,000. Answers how many there were.
    ///
    /// # Panics
    ///
    /// If `tell` does. Its chunk is logged out all the same, the rest is left for another call.
    pub fn close(&self, chunk: NonZeroUsize, mut tell: impl FnMut(&[Session<T>])) -> usize {
        let mut told = 0;
        loop {
            let mut idle = self.shared.idle.lock();
            idle.closed = true;
            let count = idle.sessions.len().min(chunk.get());
            let sessions: Vec<_> = idle.sessions.drain(..count).collect();
            drop(idle);
            if sessions.is_empty() {
                return told;
            }
            told += sessions.len();
            let leaving =
                Leaving { store: &self.shared.store, sessions, reason: EndReason::LoggedOut };
            tell(&leaving.sessions);
        }
    }

    /// How many sessions wait in the pool.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.idle.lock().sessions.len()
    }

    /// Whether no session waits in the pool.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lend(&self, lease: Lease<T>) -> PooledSession<T> {
        PooledSession { pool: self.clone(), lease: Some(lease), dirty: false }
    }

    /// Takes a session back, and looks after those that nobody needed for long.
    fn take_back(&self, session: Session<T>, dirty: bool) {
        let store = &self.shared.store;
        let now = store.table().moment_or_origin().now;
        let mut leaving = Leaving { store, sessions: Vec::new(), reason: EndReason::LoggedOut };
        let mut idle = self.shared.idle.lock();
        let margin = idle.margin;
        while idle.sessions.front().is_some_and(|oldest| !lasts(oldest, now, margin)) {
            leaving.sessions.extend(idle.sessions.pop_front());
        }
        if !dirty && !idle.closed && lasts(&session, now, margin) {
            idle.sessions.push_back(session);
        } else {
            leaving.sessions.push(session);
        }
    }
}

impl<T> PooledSession<T> {
    /// The session has met with a failure, say of the network: nobody else shall have it. It is
    /// logged out when this is dropped.
    pub fn mark_dirty(&mut self) {
        self.dirty = true;
    }
}

impl<T> Deref for PooledSession<T> {
    type Target = Session<T>;

    fn deref(&self) -> &Session<T> {
        self.lease.as_ref().expect("it is given back when it is dropped, not before")
    }
}

impl<T> Drop for PooledSession<T> {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            let session = lease.session().clone();
            drop(lease);
            self.pool.take_back(session, self.dirty);
        }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        let sessions = std::mem::take(&mut self.idle.lock().sessions);
        let (store, sessions) = (&self.store, sessions.into());
        drop(Leaving { store, sessions, reason: EndReason::LoggedOut });
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

impl<T> fmt::Debug for PooledSession<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledSession")
            .field("session", &**self)
            .field("dirty", &self.dirty)
            .finish_non_exhaustive()
    }
}
