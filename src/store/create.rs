//! Creating a session.

use super::handle::SessionStore;
use crate::error::CreateError;
use crate::session::{NewSession, Session};

impl<T> SessionStore<T> {
    /// Creates a session.
    ///
    /// If a limit that applies to it is full, the store first ends every session that has expired.
    /// If that makes no room, the limits are served narrowest first: per principal, per originator,
    /// global. One that evicts gives up the oldest of its sessions that is neither in use nor
    /// pinned, and the new session takes its place; often that makes room under the wider limits
    /// too. What is found first decides: if any limit can give no place, no session is evicted.
    ///
    /// # Errors
    ///
    /// [`CreateError`] says which limit is full and why, or what else is wrong.
    ///
    /// # Panics
    ///
    /// If the application's clock or id source does, or the drop of the data of a session that is
    /// refused. Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{Limit, Limits, NewSession, SessionStore};
    ///
    /// let limits = Limits::default().per_principal(Limit::reject(1));
    /// let store = SessionStore::builder().limits(limits).build()?;
    /// let alice = || NewSession::new(()).principal("alice");
    ///
    /// let first = store.create(alice()).unwrap();
    /// let full = store.create(alice()).unwrap_err().to_string();
    /// assert_eq!(full, "principal is at its limit: 1 of 1 sessions, and the limit evicts none");
    ///
    /// store.end(&first.id());
    /// assert!(store.create(alice()).is_ok());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn create(&self, new: NewSession<T>) -> Result<Session<T>, CreateError> {
        self.enter(new, None).map(|entered| entered.session)
    }
}
