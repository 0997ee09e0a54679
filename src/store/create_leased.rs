//! A session that is in use as it is created.

use super::handle::SessionStore;
use crate::error::CreateError;
use crate::session::{Lease, NewSession};

impl<T> SessionStore<T> {
    /// Creates a session that is in use from its first moment on, so that nothing can evict it
    /// between its creation and its first use. Otherwise as [`create`](Self::create).
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().max_sessions(1).build()?;
    /// let lease = store.create_leased(NewSession::new("data")).unwrap();
    /// assert!(store.create(NewSession::new("no room")).is_err());
    /// assert_eq!((*lease.data(), lease.leases()), ("data", 1));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn create_leased(&self, mut new: NewSession<T>) -> Result<Lease<T>, CreateError> {
        new.leased = true;
        self.create(new).map(Lease::taken)
    }
}
