//! Replacing the data of shared sessions.

use super::data::Shared;
use super::drive::{Blocking, block_on};
use super::error::UpdateError;
use super::handle::SharedSessions;
use crate::collection::{AsyncCollection, Collection};
use crate::session::Lease;
use crate::sync::Arc;

impl<T: Send + Sync + 'static, C: Collection> SharedSessions<T, C> {
    /// Puts data in the place of whatever the session has, here and in the collection, also where
    /// another node has changed it meanwhile: that change is lost. For data that is made of what
    /// there was, take [`update_data`](SharedSessions::update_data).
    ///
    /// # Errors
    ///
    /// As [`update_data`](SharedSessions::update_data).
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::collection::{HashKey, MemoryCollection};
    /// use tenure::shared::SharedSessions;
    /// use tenure::NewSession;
    ///
    /// let (collection, key) = (MemoryCollection::default(), HashKey::new([7; 32]));
    /// let here = SharedSessions::builder(collection.clone(), key.clone()).build()?;
    /// let there = SharedSessions::<String, _>::builder(collection, key).build()?;
    ///
    /// let session = here.create(NewSession::new("light".to_owned()))?;
    /// let lease = there.acquire_or_load(session.id())?;
    /// there.replace_data(&lease, "dark".to_owned())?;
    /// let lease = here.acquire_or_load(&session)?;
    /// here.replace_data(&lease, "high contrast".to_owned())?;
    /// assert_eq!(*session.data().get(), "high contrast");
    /// assert_eq!(session.data().version(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace_data(
        &self,
        lease: &Lease<Shared<T>>,
        new: impl Into<Arc<T>>,
    ) -> Result<(), UpdateError> {
        let new = new.into();
        let change = |_: &T| Arc::clone(&new);
        block_on(self.inner.update(&Blocking(&*self.collection), lease, change))
    }
}

impl<T: Send + Sync + 'static, C: AsyncCollection> SharedSessions<T, C> {
    /// As [`replace_data`](SharedSessions::replace_data).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn replace_data_async(
        &self,
        lease: &Lease<Shared<T>>,
        new: impl Into<Arc<T>> + Send,
    ) -> Result<(), UpdateError> {
        let new = new.into();
        let change = |_: &T| Arc::clone(&new);
        self.inner.update(&*self.collection, lease, change).await
    }
}
