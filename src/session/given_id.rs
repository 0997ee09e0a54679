//! Ids that the application gives.

use super::new::NewSession;
use crate::id::SessionId;

impl<T> NewSession<T> {
    /// The session's id, in place of one that the store draws: for a cache of sessions that are
    /// kept elsewhere, for a restart, for a protocol in which the other side names the session.
    ///
    /// The store refuses an id that a live session has
    /// ([`IdInUse`](crate::CreateError::IdInUse)), and one of which there is a tombstone,
    /// rotated-away ids included ([`IdEnded`](crate::CreateError::IdEnded)). So an id that has
    /// ended does not become valid again for as long as its tombstone is kept, which
    /// [`tombstones`](crate::StoreBuilder::tombstones) sets. Of several threads that create the
    /// same id at once, one succeeds. With an id source of your own, the same holds for the ids
    /// that it draws. The track id follows from the id: a session that comes back under an id has
    /// the same track id.
    ///
    /// # Security
    ///
    /// A client that knows the id has the session, so it must be unpredictable: 128 bits from a
    /// cryptographic source. An id that a client chose may be known to others, who planted it
    /// there (session fixation): take none from a client that is yet to log in, and
    /// [`rotate`](crate::SessionStore::rotate) at the login. A client that may try ids can tell by
    /// the refusal which of them are live. Ids that are chosen to collide in the store's tables do
    /// not make it slow: the tables' keys are random and secret.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{CreateError, NewSession, SessionId, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let kept: SessionId = "9f2d1c44-0b7e-4d3a-91c8-5e6f70812a3b".parse().unwrap();
    ///
    /// let session = store.create(NewSession::new("restored").id(kept)).unwrap();
    /// assert_eq!(session.id(), kept);
    /// let again = store.create(NewSession::new("twice").id(kept));
    /// assert_eq!(again.unwrap_err(), CreateError::IdInUse);
    ///
    /// store.end(&kept);
    /// let late = store.create(NewSession::new("too late").id(kept));
    /// assert!(matches!(late, Err(CreateError::IdEnded(_))));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn id(mut self, id: SessionId) -> Self {
        self.id = Some(id);
        self
    }
}
