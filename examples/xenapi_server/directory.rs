//! Finds a session by its public name.
//!
//! A store lists names without the sessions behind them, and looks up by id only, so that a name
//! can never be used to log in. Whoever shows sessions to people keeps a directory like this one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tenure::Session;

use crate::refs;
use crate::sessions::Login;

/// The sessions by name. Cheap to clone; all clones share what they hold.
#[derive(Clone, Default)]
pub(crate) struct Directory(Arc<Mutex<HashMap<String, Session<Login>>>>);

impl Directory {
    /// To be called before the session's `on_end` hook is set to [`remove`](Self::remove) it: the
    /// other way round, one that ends at once would stay for ever.
    pub(crate) fn insert(&self, session: &Session<Login>) {
        self.lock().insert(refs::name(session.track_id()), session.clone());
    }

    pub(crate) fn remove(&self, session: &Session<Login>) {
        let removed = self.lock().remove(&refs::name(session.track_id()));
        // The lock is free again when what may be the last handle goes.
        drop(removed);
    }

    /// The live session of this name.
    pub(crate) fn find(&self, name: &str) -> Option<Session<Login>> {
        let session = self.lock().get(name).cloned()?;
        (!session.is_ended()).then_some(session)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session<Login>>> {
        // A map operation that panicked has left the map usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
