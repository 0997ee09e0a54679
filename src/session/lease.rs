//! The guard that says *in use*.

use std::fmt;
use std::ops::Deref;

use super::activity::Refusal;
use super::handle::Session;
use crate::tick::Tick;

/// Says that a session is in use, for as long as it is held: while a request runs.
///
/// A session in use is never evicted and does not idle out. Dropping the lease marks the session
/// active once more, so idle time counts from the end of the request. It can still be logged out,
/// killed, and reach its absolute timeout: a long request should look at
/// [`is_ended`](Session::is_ended) now and then, or wait for [`ended`](Session::ended) beside its
/// work.
///
/// A session gives 16,383 leases at once, and so a lease has no `Clone`, which could not fail. A
/// second one is had by [`acquire`](crate::SessionStore::acquire)`(&lease)`. To share one, say in
/// the extensions of a request, put it into an `Arc`: the session is in use until the last clone of
/// that is dropped. A lease is `Send + Sync + 'static` if the data are.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{ManualClock, NewSession, SessionStore};
///
/// let clock = ManualClock::new();
/// let store = SessionStore::builder().clock(clock.clone()).build()?;
/// let id = store.create(NewSession::new("data")).unwrap().id();
///
/// let lease = store.acquire(&id).unwrap();
/// clock.advance(Duration::from_secs(5 * 3600)); // far longer than the idle timeout
/// store.reap();
/// assert_eq!(*lease.data(), "data");
/// assert!(!lease.is_ended());
///
/// drop(lease);
/// clock.advance(Duration::from_secs(3599));
/// assert!(store.peek(&id).is_ok());
/// # Ok::<(), tenure::BuildError>(())
/// ```
///
/// In the extensions of a request, which are a map of clones by type:
///
/// ```
/// use std::any::Any;
/// use std::sync::Arc;
/// use tenure::{Lease, NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new("data")).unwrap();
///
/// let lease: Arc<Lease<&str>> = Arc::new(store.acquire(&session).unwrap());
/// let extension: Box<dyn Any + Send + Sync> = Box::new(Arc::clone(&lease));
/// drop(lease);
///
/// let handler = extension.downcast::<Arc<Lease<&str>>>().unwrap();
/// assert_eq!((*handler.data(), session.leases()), ("data", 1));
/// assert!(store.touch(&*handler).is_ok());
/// drop(handler);
/// assert_eq!(session.leases(), 0);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "dropping a lease gives it back"]
pub struct Lease<T> {
    session: Session<T>,
}

impl<T> Lease<T> {
    /// The lease that was taken of this session.
    pub(crate) fn taken(session: Session<T>) -> Self {
        Self { session }
    }

    /// A lease of a session that one holds a handle of.
    pub(crate) fn of(session: Session<T>, now: Tick) -> Result<Self, Refusal> {
        session.record.lease(now).map(|()| Self { session })
    }

    /// The session that is in use.
    #[must_use]
    pub fn session(&self) -> &Session<T> {
        &self.session
    }
}

impl<T> Deref for Lease<T> {
    type Target = Session<T>;

    fn deref(&self) -> &Session<T> {
        &self.session
    }
}

impl<T> Drop for Lease<T> {
    fn drop(&mut self) {
        self.session.record.release();
    }
}

impl<T> fmt::Debug for Lease<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&self.session).finish()
    }
}
