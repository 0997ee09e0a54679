//! Ending many sessions here and in the collection, and waiting until they are no longer in use.

use super::data::SharedData;
use super::drive::{Blocking, block_on};
use super::handle::SharedSessions;
use super::inner::Inner;
use super::refresh::Refresh;
use crate::collection::{AsyncCollection, Collection, CollectionError};
use crate::store::{Draining, EndAs, Selector};

/// Shared sessions that have ended on this node: whether the collection knows, and what waits for
/// their leases. From [`SharedSessions::drain`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{HashKey, MemoryCollection};
/// use tenure::shared::SharedSessions;
/// use tenure::{EndAs, NewSession, Selector};
///
/// let (collection, key) = (MemoryCollection::default(), HashKey::new([1; 32]));
/// let sessions = SharedSessions::builder(collection, key).build()?;
/// sessions.create(NewSession::new(1).principal("alice"))?;
/// let mut draining = sessions.drain(&Selector::principal("alice"), EndAs::killed());
/// assert_eq!(draining.acknowledged, Ok(()));
/// assert_eq!(draining.leases.wait(Duration::from_secs(5)).ended, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the sessions have ended here; this tells whether the collection knows"]
#[non_exhaustive]
pub struct SharedDraining<T> {
    /// Waits until the last of the leases on this node is back.
    pub leases: Draining<SharedData<T>>,
    /// Whether the collection has acknowledged each end that it was yet to be told of. If not, the
    /// next refresh tells it.
    pub acknowledged: Result<(), CollectionError>,
}

impl<T: Send + Sync + 'static, C: Collection> SharedSessions<T, C> {
    /// Ends the sessions in this node's memory that `selector` means, has the collection
    /// acknowledge that, and returns what waits until they are no longer in use here, as
    /// [`SessionStore::drain`](crate::SessionStore::drain) does.
    ///
    /// They have ended here before the collection is told, and it is told in batches. Other nodes
    /// know at their next refresh. With [`end_behind`](crate::shared::SharedBuilder::end_behind) it
    /// is told at the next refresh.
    ///
    /// Sessions that are not in this node's memory are not ended. To end a user's sessions on every
    /// node, take [`end_principal`](SharedSessions::end_principal) first: then a drain here waits
    /// for those of them that are in use here.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::collection::{HashKey, MemoryCollection};
    /// use tenure::shared::{SharedAcquireError, SharedSessions};
    /// use tenure::{EndAs, NewSession, Selector};
    ///
    /// let (collection, key) = (MemoryCollection::default(), HashKey::new([1; 32]));
    /// let here = SharedSessions::builder(collection.clone(), key.clone()).build()?;
    /// let there = SharedSessions::<i32, _>::builder(collection, key).build()?;
    /// let id = here.create(NewSession::new(1).principal("mallory"))?.id();
    /// let request = here.acquire_or_load(id)?;
    ///
    /// let mut draining = here.drain(&Selector::principal("mallory"), EndAs::killed());
    /// draining.acknowledged.clone()?;
    /// // It is not in the memory of the other node, which asks the collection.
    /// assert!(matches!(there.acquire_or_load(id), Err(SharedAcquireError::Ended(_))));
    ///
    /// assert_eq!(draining.leases.wait(Duration::ZERO).leases, 1);
    /// drop(request);
    /// assert_eq!(draining.leases.wait(Duration::from_secs(5)).leases, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drain(
        &self,
        selector: &Selector<SharedData<T>>,
        how: impl Into<EndAs>,
    ) -> SharedDraining<T> {
        block_on(self.inner.drain(&Blocking(&*self.collection), selector, how.into()))
    }
}

impl<T: Send + Sync + 'static, C: AsyncCollection> SharedSessions<T, C> {
    /// As [`drain`](SharedSessions::drain). Where the future is dropped, the next refresh tells the
    /// collection what it was yet to be told.
    pub async fn drain_async(
        &self,
        selector: &Selector<SharedData<T>>,
        how: impl Into<EndAs>,
    ) -> SharedDraining<T> {
        self.inner.drain(&*self.collection, selector, how.into()).await
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    async fn drain<C: AsyncCollection>(
        &self,
        collection: &C,
        selector: &Selector<SharedData<T>>,
        how: EndAs,
    ) -> SharedDraining<T> {
        let leases = self.store.drain_as(selector, how);
        let acknowledged = if self.settings.wait_for_end && !self.locked.lock().ends.is_empty() {
            let report = self.drive(collection, Refresh::of_departures(collection.batch())).await;
            report.failure.map_or(Ok(()), |(_, error)| Err(error))
        } else {
            Ok(())
        };
        SharedDraining { leases, acknowledged }
    }
}
