//! The public handle, by futures.

use super::data::SharedData;
use super::error::{RefreshError, SharedAcquireError, SharedCreateError, UpdateError};
use super::handle::{SharedSessions, id_of};
use super::report::RefreshReport;
use super::unacknowledged::Unacknowledged;
use crate::collection::AsyncCollection;
use crate::session::{Lease, NewSession, Session};
use crate::store::{EndAs, EndOutcome, SessionKey};

/// By futures. Each may be dropped at any point: what the collection is yet to be told, the next
/// refresh tells.
impl<T: Send + Sync + 'static, C: AsyncCollection> SharedSessions<T, C> {
    /// As [`create`](SharedSessions::create). Dropping the future ends the session.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn create_async(
        &self,
        new: NewSession<T>,
    ) -> Result<Session<SharedData<T>>, SharedCreateError> {
        self.inner.create(&*self.collection, new).await
    }

    /// As [`acquire_or_load`](SharedSessions::acquire_or_load).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn acquire_or_load_async(
        &self,
        key: impl SessionKey<SharedData<T>>,
    ) -> Result<Lease<SharedData<T>>, SharedAcquireError> {
        let id = id_of(&key.named().0)?;
        self.inner.acquire_or_load(&*self.collection, id).await
    }

    /// As [`end`](SharedSessions::end).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn end_async(
        &self,
        key: impl SessionKey<SharedData<T>>,
    ) -> Result<EndOutcome, Unacknowledged> {
        self.end_as_async(key, EndAs::logged_out()).await
    }

    /// As [`end_as`](SharedSessions::end_as).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn end_as_async(
        &self,
        key: impl SessionKey<SharedData<T>>,
        how: impl Into<EndAs>,
    ) -> Result<EndOutcome, Unacknowledged> {
        self.inner.end(&*self.collection, &key.named().0, how.into()).await
    }

    /// As [`rotate`](SharedSessions::rotate).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn rotate_async(
        &self,
        key: impl SessionKey<SharedData<T>>,
    ) -> Result<Session<SharedData<T>>, UpdateError> {
        self.inner.rotate(&*self.collection, &key.named().0, None).await
    }

    /// As [`refresh`](SharedSessions::refresh).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn refresh_async(&self) -> Result<RefreshReport, RefreshError> {
        self.inner.refresh(&*self.collection).await
    }
}
