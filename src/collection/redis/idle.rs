//! Connections that nobody uses.

use std::fmt;

use redis::Connection;

use crate::sync::Mutex;

/// Kept for the next calls.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<Connection>>);

impl Idle {
    pub(super) fn take(&self) -> Option<Connection> {
        self.0.lock().pop()
    }

    pub(super) fn keep(&self, connection: Connection) {
        self.0.lock().push(connection);
    }

    /// Closes them.
    pub(super) fn clear(&self) {
        let closed = std::mem::take(&mut *self.0.lock());
        drop(closed);
    }
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} connections", self.0.lock().len())
    }
}
