//! The record of a session that is still to be created.

use std::ops::Deref;

use super::record::{Begun, NewRecord, Record};
use crate::sync::Arc;

/// A record that only its owner has, allocated before the store's lock is taken.
///
/// Nothing here clones the pointer or hands it out, until [`begin`](FreshRecord::begin) makes a
/// session of the record and there is no `FreshRecord` any more. So it is unique, and can change.
pub(crate) struct FreshRecord<T>(Arc<Record<T>>);

impl<T> FreshRecord<T> {
    pub(crate) fn new(new: NewRecord<T>) -> Self {
        Self(Arc::new(Record::new(new)))
    }

    /// Makes a session of it, which is ready to be seated. Allocates nothing.
    pub(crate) fn begin(self, begun: Begun) -> Arc<Record<T>> {
        let Self(mut record) = self;
        let unique = Arc::get_mut(&mut record).expect("a fresh record has one pointer to it");
        unique.begin(begun);
        record
    }
}

impl<T> Deref for FreshRecord<T> {
    type Target = Record<T>;

    fn deref(&self) -> &Record<T> {
        &self.0
    }
}
