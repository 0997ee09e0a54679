//! Which handles are of the same session.

use std::hash::{Hash, Hasher};

use super::handle::Session;
use crate::sync::Arc;

/// Two handles are equal if they are of the same session.
impl<T> PartialEq for Session<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.record, &other.record)
    }
}

impl<T> Eq for Session<T> {}

/// Equal handles have equal hashes, whatever the id is now.
impl<T> Hash for Session<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(Arc::as_ptr(&self.record), state);
    }
}
