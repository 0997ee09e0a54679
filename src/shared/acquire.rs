//! Using sessions that are in memory.

use super::data::SharedData;
use super::error::SharedAcquireError;
use super::handle::{SharedSessions, id_of};
use super::inner::Inner;
use crate::session::Lease;
use crate::store::SessionKey;

impl<T: Send + Sync + 'static, C> SharedSessions<T, C> {
    /// As [`acquire_or_load`](SharedSessions::acquire_or_load), of what is in memory alone: asks no
    /// collection, and waits for nothing. A session that is not in memory is
    /// [`Unknown`](SharedAcquireError::Unknown), which says nothing of the collection.
    ///
    /// Unlike [`SessionStore::acquire`](crate::SessionStore::acquire) of the
    /// [store](SharedSessions::store), it refuses a node that is
    /// [too stale](crate::shared::SharedBuilder::max_staleness).
    ///
    /// # Errors
    ///
    /// [`SharedAcquireError`]; never `Unavailable`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::collection::{HashKey, MemoryCollection};
    /// use tenure::shared::{SharedAcquireError, SharedSessions};
    /// use tenure::NewSession;
    ///
    /// let (collection, key) = (MemoryCollection::default(), HashKey::new([7; 32]));
    /// let here = SharedSessions::builder(collection.clone(), key.clone()).build()?;
    /// let there = SharedSessions::<u32, _>::builder(collection, key).build()?;
    ///
    /// let id = here.create(NewSession::new(1))?.id();
    /// assert!(here.acquire(id).is_ok());
    /// assert_eq!(there.acquire(id).unwrap_err(), SharedAcquireError::Unknown);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn acquire(
        &self,
        key: impl SessionKey<SharedData<T>>,
    ) -> Result<Lease<SharedData<T>>, SharedAcquireError> {
        let id = id_of(&key.named().0)?;
        self.inner.check_staleness()?;
        Ok(self.inner.store.acquire(id)?)
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    /// Refuses if this node heard of all ends longer ago than the application allows.
    pub(super) fn check_staleness(&self) -> Result<(), SharedAcquireError> {
        let Some(max) = self.settings.max_staleness else { return Ok(()) };
        let ago = self.staleness();
        if ago <= max { Ok(()) } else { Err(SharedAcquireError::Stale { ago, max }) }
    }
}
