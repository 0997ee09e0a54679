//! The id of a new session, or the new id of an old one: where it is from, and whether it is free.

use crate::end::Tombstone;
use crate::error::{CreateError, RotateError};
use crate::id::{IdError, SessionId};
use crate::session::Record;
use crate::sync::Arc;
use crate::table::{Moment, Table, Visit};

/// An id that a session is to get.
pub(super) struct NewId {
    pub(super) id: SessionId,
    /// Whether a session may have it, or have had it.
    may_be_taken: bool,
}

/// Why a session cannot get an id.
pub(super) enum Taken<T> {
    /// A live session has it. The list has another pointer to it.
    InUse(Arc<Record<T>>),
    /// A session had it, and there is a tombstone under it.
    Ended(Tombstone),
}

impl<T> Table<T> {
    /// The id that the application gives, or a fresh one. Application code: hold no lock.
    pub(super) fn new_id(&self, given: Option<SessionId>) -> Result<NewId, IdError> {
        if let Some(id) = given {
            return Ok(NewId { id, may_be_taken: true });
        }
        Ok(NewId { id: self.ids.next_id()?, may_be_taken: self.ids.may_repeat() })
    }
}

impl<T> Visit<'_, T> {
    /// Makes sure that the id is free. It stays free until the visit ends or gives it to a session:
    /// ids are taken, and given up, inside the store's lock alone.
    ///
    /// A session that has it and has expired is ended first.
    pub(super) fn claim(&mut self, new: &NewId) -> Result<(), Taken<T>> {
        let (table, Moment { now, .. }) = (self.table, self.moment);
        if !new.may_be_taken {
            return Ok(());
        }
        if let Some(record) = table.directory.get(&new.id) {
            // The list has another pointer to it, or the visit does once it has ended it.
            return Err(match self.end_now(&record, None) {
                Some(tombstone) => Taken::Ended(tombstone),
                None => Taken::InUse(record),
            });
        }
        let remembered = table.tombstones.lock().find(&new.id, now);
        remembered.map_or(Ok(()), |remembered| Err(Taken::Ended(remembered.tombstone)))
    }
}

impl<T> From<Taken<T>> for CreateError {
    fn from(taken: Taken<T>) -> Self {
        match taken {
            Taken::InUse(_) => Self::IdInUse,
            Taken::Ended(tombstone) => Self::IdEnded(tombstone),
        }
    }
}

impl<T> From<Taken<T>> for RotateError {
    fn from(taken: Taken<T>) -> Self {
        match taken {
            Taken::InUse(_) => Self::IdInUse,
            Taken::Ended(tombstone) => Self::IdEnded(tombstone),
        }
    }
}
