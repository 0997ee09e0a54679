//! Hearing of ends ahead of the refresh.

use super::handle::SharedSessions;
use super::memory::NodeMemory;
use super::seen::Memory;
use crate::collection::{Change, RecordKey};

impl<T: Send + Sync + 'static, C> SharedSessions<T, C> {
    /// Takes what a listener of the collection heard, such as that of Redis: a session that was
    /// ended elsewhere ends here now, and not at the next refresh. That hears of it again, as it
    /// does of what no listener heard; and of changes of data, and of ends that no node asked for,
    /// which are left to it.
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
    /// // The feed has what a listener hears.
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
