//! The public handle.

use std::fmt;

use super::data::SharedData;
use super::drive::{Blocking, block_on};
use super::error::{RefreshError, SharedAcquireError, SharedCreateError, UpdateError};
use super::inner::Inner;
use super::report::RefreshReport;
use super::stats::SharedStats;
use super::unacknowledged::Unacknowledged;
use crate::collection::Collection;
use crate::id::SessionId;
use crate::session::{Lease, NewSession, Session};
use crate::store::{EndAs, EndOutcome, Named, SessionKey, SessionStore};
use crate::sync::Arc;

/// A store whose sessions are in a [collection](crate::collection) too: they survive a restart, and
/// the other nodes of a fleet know them.
///
/// Cheap to clone: clones are the same. Requests touch only memory. A thread of your program
/// [refreshes](SharedSessions::refresh) every few minutes, which brings memory and collection
/// together, and [reaps](SessionStore::reap).
///
/// The operations come twice: by calls that block, of a [`Collection`], and by futures, of an
/// [`AsyncCollection`](crate::collection::AsyncCollection), with names that end in `_async`.
///
/// # Examples
///
/// Two nodes, and one collection:
///
/// ```
/// use tenure::collection::{HashKey, MemoryCollection};
/// use tenure::shared::{SharedAcquireError, SharedSessions};
/// use tenure::NewSession;
///
/// let collection = MemoryCollection::default();
/// let key = HashKey::new([7; 32]);
/// let here = SharedSessions::builder(collection.clone(), key.clone()).build()?;
/// let there = SharedSessions::<u32, _>::builder(collection, key).build()?;
///
/// let cookie = here.create(NewSession::new(1).principal("alice"))?.id().expose();
/// let lease = there.acquire_or_load(&cookie)?;
/// assert_eq!(lease.principal(), Some("alice"));
/// drop(lease);
///
/// // A logout is known there from the next refresh on.
/// here.end(&cookie)?;
/// assert!(there.acquire_or_load(&cookie).is_ok());
/// there.refresh()?;
/// assert!(matches!(there.acquire_or_load(&cookie), Err(SharedAcquireError::Ended(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SharedSessions<T, C> {
    pub(super) inner: Arc<Inner<T>>,
    pub(super) collection: Arc<C>,
}

impl<T: Send + Sync + 'static, C> SharedSessions<T, C> {
    /// This node's memory: to list, count, watch and reap what is in it. What ends in it by any
    /// call ends everywhere, at the next refresh.
    ///
    /// A session that is not in it may be in the collection.
    #[must_use]
    pub fn store(&self) -> &SessionStore<SharedData<T>> {
        &self.inner.store
    }

    /// The collection.
    #[must_use]
    pub fn collection(&self) -> &C {
        &self.collection
    }

    /// How this node stands with its collection. [`SessionStore::stats`] has the rest.
    #[must_use]
    pub fn shared_stats(&self) -> SharedStats {
        self.inner.stats()
    }
}

/// By calls that block.
impl<T: Send + Sync + 'static, C: Collection> SharedSessions<T, C> {
    /// Creates a session, here and in the collection.
    ///
    /// With [`create_behind`](crate::shared::SharedBuilder::create_behind) the collection learns of
    /// it at the next refresh.
    ///
    /// # Errors
    ///
    /// [`SharedCreateError`] says what is wrong. There is no session then, here or there.
    pub fn create(&self, new: NewSession<T>) -> Result<Session<SharedData<T>>, SharedCreateError> {
        block_on(self.inner.create(&Blocking(&*self.collection), new))
    }

    /// Finds a session, in memory or else in the collection, marks it active now, and keeps it in
    /// use until the lease is dropped.
    ///
    /// One that is in memory costs what [`SessionStore::acquire`] does. Of several that ask for one
    /// that is not, one asks the collection, and the others wait.
    ///
    /// # Errors
    ///
    /// [`SharedAcquireError`]. While the collection cannot be asked, a session that is not in
    /// memory is `Unavailable`, never `Unknown`.
    pub fn acquire_or_load(
        &self,
        key: impl SessionKey<SharedData<T>>,
    ) -> Result<Lease<SharedData<T>>, SharedAcquireError> {
        let id = id_of(&key.named().0)?;
        block_on(self.inner.acquire_or_load(&Blocking(&*self.collection), id))
    }

    /// Logs a session out, here at once, and has the collection acknowledge it. Other nodes know at
    /// their next refresh.
    ///
    /// With [`end_behind`](crate::shared::SharedBuilder::end_behind) the collection learns of it at
    /// the next refresh.
    ///
    /// # Errors
    ///
    /// [`Unacknowledged`]: it has ended here, if it was in memory. Says whether the next refresh
    /// tells the collection.
    pub fn end(&self, key: impl SessionKey<SharedData<T>>) -> Result<EndOutcome, Unacknowledged> {
        self.end_as(key, EndAs::logged_out())
    }

    /// Ends a session as `how` says, as [`end`](SharedSessions::end) does.
    ///
    /// # Errors
    ///
    /// [`Unacknowledged`]: it has ended here, if it was in memory. Says whether the next refresh
    /// tells the collection.
    pub fn end_as(
        &self,
        key: impl SessionKey<SharedData<T>>,
        how: impl Into<EndAs>,
    ) -> Result<EndOutcome, Unacknowledged> {
        block_on(self.inner.end(&Blocking(&*self.collection), &key.named().0, how.into()))
    }

    /// Gives a session another id, here and in the collection: at a login, or where its privileges
    /// change.
    ///
    /// # Errors
    ///
    /// [`UpdateError`]. The session may have its new id here nonetheless: then the next refresh
    /// tells the collection.
    pub fn rotate(
        &self,
        key: impl SessionKey<SharedData<T>>,
    ) -> Result<Session<SharedData<T>>, UpdateError> {
        block_on(self.inner.rotate(&Blocking(&*self.collection), &key.named().0, None))
    }

    /// Brings memory and collection together: tells the collection what was created, used and ended
    /// here, and learns what was ended and changed elsewhere.
    ///
    /// Call it every few minutes, at the interval of the collection's
    /// [`Policy`](crate::collection::Policy). One runs at a time. What fails is done by the next.
    ///
    /// # Errors
    ///
    /// [`RefreshError`] says what failed first. All else is done.
    pub fn refresh(&self) -> Result<RefreshReport, RefreshError> {
        block_on(self.inner.refresh(&Blocking(&*self.collection)))
    }
}

/// The id that a key means.
pub(super) fn id_of<T>(named: &Named<'_, T>) -> Result<SessionId, SharedAcquireError> {
    match named {
        Named::Id(id) => Ok(*id),
        Named::Handle(session) => Ok(session.record.id()),
        Named::Nonsense => Err(SharedAcquireError::Unknown),
    }
}

impl<T, C> Clone for SharedSessions<T, C> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), collection: Arc::clone(&self.collection) }
    }
}

impl<T: Send + Sync + 'static, C> fmt::Debug for SharedSessions<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SharedSessions");
        shown.field("store", self.store()).finish_non_exhaustive()
    }
}
