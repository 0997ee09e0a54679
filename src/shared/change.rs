//! Changing and replacing the data of shared sessions.

use std::convert::Infallible;

use super::data::SharedData;
use super::drive::{Blocking, block_on};
use super::error::UpdateError;
use super::handle::SharedSessions;
use crate::collection::{AsyncCollection, Collection};
use crate::session::Lease;
use crate::sync::Arc;

impl<T: Send + Sync + 'static, C: Collection> SharedSessions<T, C> {
    /// Changes the data of a session, here and in the collection, and returns the new data. Other
    /// nodes have it from their next refresh on.
    ///
    /// Changes of one session wait for each other on a node. Where another node has changed the
    /// data meanwhile, `change` runs again, on that. It must not wait for another change of the
    /// session's data, which may wait for this one.
    ///
    /// # Errors
    ///
    /// [`UpdateError`]. Where the collection does not say whether it did it, the data here is as it
    /// was until the next refresh. Where it fails, those fail too that have waited for this change.
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
    /// let there = SharedSessions::builder(collection, key).build()?;
    ///
    /// let session = here.create(NewSession::new(1))?;
    /// let lease = there.acquire_or_load(session.id())?;
    /// there.update_data(&lease, |basket| basket + 1)?;
    /// // Made of what the other node has written.
    /// let lease = here.acquire_or_load(&session)?;
    /// assert_eq!(*here.update_data(&lease, |basket| basket * 10)?, 20);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn update_data(
        &self,
        lease: &Lease<SharedData<T>>,
        mut change: impl FnMut(&T) -> T + Send,
    ) -> Result<Arc<T>, UpdateError> {
        let change = |data: &T| Ok(Arc::new(change(data)));
        let collection = Blocking(&*self.collection);
        block_on(self.inner.update(&collection, lease, change)).map(always)
    }

    /// As [`update_data`](SharedSessions::update_data), where `change` may refuse: then nothing is
    /// changed, and the inner error is its own.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::NewSession;
    /// use tenure::collection::{HashKey, MemoryCollection};
    /// use tenure::shared::SharedSessions;
    ///
    /// let key = HashKey::new([7; 32]);
    /// let sessions = SharedSessions::builder(MemoryCollection::default(), key).build()?;
    /// let lease = sessions.acquire_or_load(sessions.create(NewSession::new(30_u32))?.id())?;
    /// let mut pay = |price: u32| {
    ///     sessions.try_update_data(&lease, |left| left.checked_sub(price).ok_or("too dear"))
    /// };
    /// assert_eq!(pay(20)?.map(|left| *left), Ok(10));
    /// assert_eq!(pay(20)?, Err("too dear"));
    /// assert_eq!(*lease.data().get(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_update_data<E>(
        &self,
        lease: &Lease<SharedData<T>>,
        mut change: impl FnMut(&T) -> Result<T, E> + Send,
    ) -> Result<Result<Arc<T>, E>, UpdateError> {
        let change = |data: &T| change(data).map(Arc::new);
        block_on(self.inner.update(&Blocking(&*self.collection), lease, change))
    }

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
        lease: &Lease<SharedData<T>>,
        new: impl Into<Arc<T>>,
    ) -> Result<(), UpdateError> {
        let new = new.into();
        let change = |_: &T| Ok(Arc::clone(&new));
        let collection = Blocking(&*self.collection);
        block_on(self.inner.update(&collection, lease, change)).map(always).map(drop)
    }
}

impl<T: Send + Sync + 'static, C: AsyncCollection> SharedSessions<T, C> {
    /// As [`update_data`](SharedSessions::update_data).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn update_data_async(
        &self,
        lease: &Lease<SharedData<T>>,
        mut change: impl FnMut(&T) -> T + Send,
    ) -> Result<Arc<T>, UpdateError> {
        let change = |data: &T| Ok(Arc::new(change(data)));
        self.inner.update(&*self.collection, lease, change).await.map(always)
    }

    /// As [`try_update_data`](SharedSessions::try_update_data).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn try_update_data_async<E>(
        &self,
        lease: &Lease<SharedData<T>>,
        mut change: impl FnMut(&T) -> Result<T, E> + Send,
    ) -> Result<Result<Arc<T>, E>, UpdateError> {
        let change = |data: &T| change(data).map(Arc::new);
        self.inner.update(&*self.collection, lease, change).await
    }

    /// As [`replace_data`](SharedSessions::replace_data).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn replace_data_async(
        &self,
        lease: &Lease<SharedData<T>>,
        new: impl Into<Arc<T>> + Send,
    ) -> Result<(), UpdateError> {
        let new = new.into();
        let change = |_: &T| Ok(Arc::clone(&new));
        self.inner.update(&*self.collection, lease, change).await.map(always).map(drop)
    }
}

/// What a change that cannot refuse has made.
fn always<R>(changed: Result<R, Infallible>) -> R {
    let Ok(new) = changed;
    new
}
