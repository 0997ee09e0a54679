//! A session on loan from a pool.

use std::fmt;
use std::ops::Deref;

use super::idle::{Idle, Place};
use crate::session::{Lease, Session};
use crate::store::{Key, Opaque, SessionKey};
use crate::sync::Arc;
use crate::tick::Tick;

/// A session on loan from a [`SessionPool`](crate::slot::SessionPool), in use until it is given
/// back. Dropping it gives it back.
///
/// # Examples
///
/// ```
/// use tenure::slot::SessionPool;
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let pool = SessionPool::new(&store);
/// let lent = pool.checkout(|| NewSession::new("its data")).unwrap();
/// assert_eq!((*lent.data(), lent.leases(), pool.len()), ("its data", 1, 0));
/// drop(lent);
/// assert_eq!(pool.len(), 1);
///
/// // It names its session to the store, as a handle does.
/// let lent = pool.checkout(|| NewSession::new("its data")).unwrap();
/// assert_eq!(store.rotate(&lent).unwrap(), *lent);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "dropping it gives the session back"]
pub struct PooledSession<T> {
    /// `None` once it is given back.
    loan: Option<(Place<T>, Lease<T>)>,
    sent: Tick,
    dirty: bool,
}

impl<T> PooledSession<T> {
    pub(super) fn new(place: Place<T>, lease: Lease<T>, sent: Tick) -> Self {
        Self { loan: Some((place, lease)), sent, dirty: false }
    }

    /// The session has met with a failure, say of the network: it is not lent again, but logged out
    /// when this is dropped.
    pub fn mark_dirty(&mut self) {
        self.dirty = true;
    }

    /// The session's id is sent to the peer now, which idles it from then on. Borrowing counts as
    /// sending; call this each further time while you keep the loan. Giving the loan back does not
    /// count.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::slot::SessionPool;
    /// use tenure::{ManualClock, NewSession, SessionStore};
    ///
    /// let clock = ManualClock::new();
    /// let builder = SessionStore::builder().idle_timeout(Duration::from_secs(1_800));
    /// let store = builder.clock(clock.clone()).build()?;
    /// let pool = SessionPool::new(&store);
    /// let mut one = pool.checkout(|| NewSession::new(1)).unwrap();
    /// let other = pool.checkout(|| NewSession::new(2)).unwrap();
    ///
    /// clock.advance(Duration::from_secs(1_800));
    /// one.mark_sent();
    /// drop((one, other));
    /// assert_eq!(pool.len(), 1, "the peer has forgotten the other one");
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn mark_sent(&mut self) {
        self.sent = self.record.context.now();
    }
}

impl<T> Deref for PooledSession<T> {
    type Target = Session<T>;

    fn deref(&self) -> &Session<T> {
        let (_, lease) =
            self.loan.as_ref().expect("it is given back when it is dropped, not before");
        lease
    }
}

impl<T> SessionKey<T> for &PooledSession<T> {}

impl<T> Key<T> for &PooledSession<T> {
    fn named(&self) -> Opaque<'_, T> {
        Opaque::handle(self)
    }
}

impl<T> Drop for PooledSession<T> {
    fn drop(&mut self) {
        if let Some((place, lease)) = self.loan.take() {
            let given = Idle { session: lease.session().clone(), sent: self.sent };
            drop(lease);
            let shared = Arc::clone(&place.shared);
            shared.take_back(place, given, self.dirty);
        }
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
