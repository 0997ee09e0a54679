//! Hearing of ends ahead of the refresh.

use super::handle::SharedSessions;
use super::memory::NodeMemory;
use super::seen::Memory;
use crate::collection::{Change, RecordKey};

impl<T: Send + Sync + 'static, C> SharedSessions<T, C> {
    /// Passes on a change that a listener of the collection received, such as that of Redis: a
    /// session that was ended on another node ends here at once, instead of at the next refresh.
    ///
    /// Changes of data, and ends that no node asked for, wait for the refresh, which also learns
    /// what no listener received.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::NewSession;
    /// use tenure::collection::{Collection, HashKey, MemoryCollection};
    /// use tenure::shared::SharedSessions;
    ///
    /// let (collection, key) = (MemoryCollection::default(), HashKey::new([7; 32]));
    /// let start = collection.open(key.fingerprint())?.stamp.cursor();
    /// let here = SharedSessions::builder(collection.clone(), key.clone()).build()?;
    /// let there = SharedSessions::<i32, _>::builder(collection.clone(), key).build()?;
    /// let session = here.create(NewSession::new(1))?;
    /// there.end(session.id())?;
    ///
    /// // The feed has what a listener receives.
    /// for (key, change) in collection.feed(start, 10)?.changes {
    ///     here.hear(key, change);
    /// }
    /// assert!(session.is_ended());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hear(&self, key: RecordKey, change: Change) {
        // One without an id is left to the refresh: it would be looked for among all sessions.
        NodeMemory::new(&self.inner).apply_change(key, change);
    }
}
