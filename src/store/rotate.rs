//! Giving a session another id.

use super::handle::SessionStore;
use super::key::{Named, SessionKey};
use super::lookup::Missed;
use super::new_id::NewId;
use crate::end::{EndReason, Tombstone};
use crate::error::{LookupError, RotateError};
use crate::event_log::What;
use crate::id::{Origin, SessionId};
use crate::session::{Record, Session, SessionInfo, drop_record};
use crate::sync::Arc;
use crate::table::{Moment, Table, Visit};
use crate::tick::Tick;
use crate::tombstones::Successor;

impl<T> SessionStore<T> {
    /// Gives a session another id. Its data, handles, leases, age and track id stay; the old id
    /// ends as [`Replaced`](EndReason::Replaced). At no moment do both ids, or neither, lead to the
    /// session; only in a store with a [grace](crate::StoreBuilder::rotation_grace) the old one
    /// still leads to it for a while, though it cannot be rotated once more.
    ///
    /// Do this at each login and each change of privilege (OWASP ASVS 5.0), so that an id that was
    /// planted or overheard before is worth nothing after. It does not mark the session active.
    ///
    /// # Errors
    ///
    /// [`RotateError`] if the key leads to no session, or no new id could be drawn. Nothing has
    /// changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{EndReason, LookupError, NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let before = store.create(NewSession::new(())).unwrap();
    /// let old = before.id();
    /// let after = store.rotate(&old).unwrap();
    ///
    /// assert_ne!(after.id(), old);
    /// assert_eq!(before.id(), after.id());
    /// let Err(LookupError::Ended(tombstone)) = store.peek(&old) else { panic!() };
    /// assert_eq!(tombstone.reason(), EndReason::Replaced);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn rotate(&self, key: impl SessionKey<T>) -> Result<Session<T>, RotateError> {
        self.rotate_named(&key.named().0, None)
    }

    /// As [`rotate`](Self::rotate), to an id that your program gives. See
    /// [`NewSession::id`](crate::NewSession::id) for what that takes.
    ///
    /// # Errors
    ///
    /// Those of `rotate`; also [`RotateError::IdInUse`], if the new id is the old one too, and
    /// [`RotateError::IdEnded`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{NewSession, RotateError, SessionId, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(())).unwrap();
    /// let (old, new) = (session.id(), SessionId::from_bytes([7; 16]));
    ///
    /// store.rotate_to(&old, new).unwrap();
    /// assert_eq!(session.id(), new);
    /// assert_eq!(store.rotate_to(&new, new).unwrap_err(), RotateError::IdInUse);
    /// assert!(matches!(store.rotate_to(&new, old), Err(RotateError::IdEnded(_))));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn rotate_to(
        &self,
        key: impl SessionKey<T>,
        new: SessionId,
    ) -> Result<Session<T>, RotateError> {
        self.rotate_named(&key.named().0, Some(new))
    }

    pub(crate) fn rotate_named(
        &self,
        key: &Named<'_, T>,
        given: Option<SessionId>,
    ) -> Result<Session<T>, RotateError> {
        let table = self.table();
        let moment = table.moment();
        // Do not draw an id for nothing.
        table.find_current(key, moment.now).map(drop_record)?;
        let new = table.new_id(given).map_err(RotateError::IdSource)?;
        table.visit(moment, |visit| visit.rotate(key, &new)).map(Session::new)
    }
}

impl<T> Table<T> {
    /// As [`find_named`](Table::find_named), but not by an id in its grace: a thief of one must not
    /// be able to take the session over for good.
    pub(super) fn find_current(
        &self,
        key: &Named<'_, T>,
        now: Tick,
    ) -> Result<Arc<Record<T>>, LookupError> {
        let id = match key {
            Named::Id(id) => id,
            Named::Handle(session) => return self.find_own(session),
            Named::Nonsense => return Err(LookupError::Unknown),
        };
        if let Some(record) = self.directory.get(id) {
            return Ok(record);
        }
        match self.remembered(id, now) {
            Missed::Remembered(remembered) => Err(LookupError::Ended(remembered.tombstone)),
            Missed::Present(record) => Ok(record),
            Missed::Unknown => Err(LookupError::Unknown),
        }
    }
}

impl<T> Visit<'_, T> {
    fn rotate(&mut self, key: &Named<'_, T>, new: &NewId) -> Result<Arc<Record<T>>, RotateError> {
        let (table, Moment { now, wall }) = (self.table, self.moment);
        // Once more: another thread may have rotated it meanwhile.
        let record = table.find_current(key, now)?;
        self.refuse_expired(&record)?;
        self.claim(new)?;
        let new = new.id;
        record.with_cold(|cold| {
            let mut tombstones = table.tombstones.lock();
            let last_active = record.word.load().last_active();
            let tombstone = Tombstone::new(EndReason::Replaced, now, wall, last_active);
            // While the tombstones are locked, a lookup that misses in the directory waits for the
            // outcome.
            table.directory.remove(&record);
            let old = record.key();
            let to = Successor { id: new, number: record.number(), grace: table.grace };
            tombstones.insert_rotated(old, tombstone, to);
            cold.origin.get_or_insert(Origin::FirstId(old));
            record.set_id(new);
            if let Some(keeper) = &table.keeper {
                keeper.rotated(old, new, &record.data);
            }
            table.directory.insert(Arc::clone(&record));
        });
        self.tally.rotated += 1;
        self.note(|| What::Rotated(SessionInfo::new(&record, record.word.load())));
        Ok(record)
    }
}
