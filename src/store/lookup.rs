//! Finding a session by its key.

use super::handle::SessionStore;
use super::key::{Named, SessionKey};
use crate::error::{AcquireError, LookupError};
use crate::id::SessionId;
use crate::session::{Count, Gone, Lease, MAX_LEASES, Record, Refusal, Session, drop_record};
use crate::sync::Arc;
use crate::table::{Moment, Table};
use crate::tick::Tick;
use crate::tombstones::{Remembered, Successor};

impl<T> SessionStore<T> {
    /// Finds a session and marks it active now.
    ///
    /// Does not take the store's lock, except to end a session that it finds expired. It takes the
    /// read lock of one shard of the id map, and that of the tombstones if no live session has the
    /// id. Works when the store is full.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`], or [`LookupError::Ended`] with what is remembered.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{ManualClock, NewSession, SessionStore};
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::builder().clock(clock.clone()).build()?;
    /// let id = store.create(NewSession::new(())).unwrap().id();
    /// clock.advance(Duration::from_secs(60));
    /// assert_eq!(store.touch(&id).unwrap().last_active(), store.now());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn touch(&self, key: impl SessionKey<T>) -> Result<Session<T>, LookupError> {
        self.find(&key.named().0, Record::touch).map(|(record, ())| Session::new(record))
    }

    /// Finds a session, marks it active now, and keeps it in use until the lease is dropped.
    ///
    /// To have a second lease of a session, acquire it once more: by the first lease, say.
    ///
    /// # Errors
    ///
    /// [`AcquireError::Unknown`], [`AcquireError::Ended`] with what is remembered, or
    /// [`AcquireError::TooManyLeases`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new("data")).unwrap();
    /// let lease = store.acquire(session.id()).unwrap();
    /// let another = store.acquire(&lease).unwrap();
    /// assert_eq!((*another.data(), session.leases()), ("data", 2));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn acquire(&self, key: impl SessionKey<T>) -> Result<Lease<T>, AcquireError> {
        let leased = |record: &Record<T>, now| match record.lease(now) {
            Ok(()) => Ok(true),
            Err(Refusal::TooManyLeases) => Ok(false),
            Err(Refusal::Gone(gone)) => Err(gone),
        };
        let (record, leased) = self.find(&key.named().0, leased)?;
        if leased {
            return Ok(Lease::taken(Session::new(record)));
        }
        drop_record(record);
        Err(AcquireError::TooManyLeases { max: MAX_LEASES })
    }

    /// Finds a session without marking it active.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`], or [`LookupError::Ended`] with what is remembered.
    pub fn peek(&self, key: impl SessionKey<T>) -> Result<Session<T>, LookupError> {
        self.find(&key.named().0, Record::look).map(|(record, _)| Session::new(record))
    }

    /// Finds the session and does something to it, unless it has ended or expired.
    fn find<R>(
        &self,
        key: &Named<'_, T>,
        act: impl Fn(&Record<T>, Tick) -> Result<R, Gone>,
    ) -> Result<(Arc<Record<T>>, R), LookupError> {
        let table = self.table();
        loop {
            let now = table.context.now();
            let record = table.find_named(key, now).map_err(|error| table.missed(error))?;
            match act(&record, now) {
                Ok(result) => {
                    table.context.count(Count::Hit);
                    return Ok((record, result));
                }
                Err(gone) => {
                    if let Some(error) = table.gone(record, gone, now) {
                        return Err(table.missed(error));
                    }
                }
            }
        }
    }
}

/// How many rotations within the grace a lookup follows. A client that rotates faster is told that
/// its id was replaced.
const MAX_HOPS: usize = 32;

/// What is known of an id that the directory did not have.
pub(super) enum Missed<T> {
    Remembered(Remembered),
    /// The directory has it after all.
    Present(Arc<Record<T>>),
    Unknown,
}

impl<T> Table<T> {
    /// The record that a key means. By an id it may have ended or expired a moment ago. By a handle
    /// it may have expired; and inside the store's lock it has not ended.
    #[inline]
    pub(crate) fn find_named(
        &self,
        key: &Named<'_, T>,
        now: Tick,
    ) -> Result<Arc<Record<T>>, LookupError> {
        match key {
            Named::Id(id) => self.find(id, now),
            Named::Handle(session) => self.find_own(session),
            Named::Nonsense => Err(LookupError::Unknown),
        }
    }

    /// The record of a handle, if it is of this store and has not ended.
    pub(crate) fn find_own(&self, session: &Session<T>) -> Result<Arc<Record<T>>, LookupError> {
        let record = &session.record;
        if !Arc::ptr_eq(&self.context, &record.context) {
            return Err(LookupError::Unknown);
        }
        if record.word.load().ended() {
            return Err(ended(record));
        }
        Ok(Arc::clone(record))
    }

    /// The record with this id, which may have ended or expired a moment ago.
    #[inline]
    pub(crate) fn find(&self, id: &SessionId, now: Tick) -> Result<Arc<Record<T>>, LookupError> {
        self.directory.get(id).map_or_else(|| self.find_remembered(*id, now), Ok)
    }

    /// As [`find`](Table::find), of an id that the directory has not.
    #[cold]
    fn find_remembered(&self, mut id: SessionId, now: Tick) -> Result<Arc<Record<T>>, LookupError> {
        let mut answer = LookupError::Unknown;
        // The creation number of the session that the first id was of. An id that it has lost may
        // have been given to another.
        let mut number = None;
        for hops in 0..=MAX_HOPS {
            let remembered = match self.remembered(&id, now) {
                Missed::Remembered(remembered) => remembered,
                // By an id that was rotated away: of another session it means nothing.
                Missed::Present(record) if number.is_none_or(|its| its == record.number()) => {
                    return Ok(record);
                }
                Missed::Present(record) => {
                    drop_record(record);
                    break;
                }
                Missed::Unknown => break,
            };
            answer = LookupError::Ended(remembered.tombstone);
            let its_own = |next: &Successor| number.is_none_or(|number| number == next.number);
            let next = remembered.successor.filter(|next| hops < MAX_HOPS && its_own(next));
            let Some(next) = next else { break };
            if let Some(record) = self.directory.get(&next.id) {
                if record.number() == next.number {
                    return Ok(record);
                }
                // Inside the store's lock the list has another pointer to it.
                drop_record(record);
                break;
            }
            (id, number) = (next.id, Some(next.number));
        }
        Err(answer)
    }

    /// What is known of an id that the directory did not have.
    ///
    /// While a rotation has neither id in the directory it holds the tombstones, so the old one
    /// waits here; and the session's cold, so no handle tells the new one yet. The same holds while
    /// a session is being unloaded, which may be put back into the directory.
    #[cold]
    pub(super) fn remembered(&self, id: &SessionId, now: Tick) -> Missed<T> {
        let mut tombstones = self.tombstones.lock();
        if let Some(remembered) = tombstones.find(id, now) {
            return Missed::Remembered(remembered);
        }
        let present = self.keeper.as_ref().and_then(|_| self.directory.get(id));
        present.map_or(Missed::Unknown, Missed::Present)
    }

    /// Why a record that was found is no session: `None` if another thread was faster than this one
    /// to end it or to use it. Drops the pointer to it.
    #[cold]
    fn gone(&self, record: Arc<Record<T>>, gone: Gone, now: Tick) -> Option<LookupError> {
        let error = match gone {
            // Between the finding and the act, or this moment.
            Gone::Ended => Some(ended(&record)),
            Gone::Expired => self.expire(&record, now).err(),
        };
        drop_record(record);
        error
    }

    /// Counts a lookup that failed.
    #[cold]
    fn missed(&self, error: LookupError) -> LookupError {
        self.context.count(match error {
            LookupError::Unknown => Count::Unknown,
            LookupError::Ended(_) => Count::Ended,
        });
        error
    }

    /// Ends a session that was found expired, if it still is, or unloads it. The error is what is
    /// to be answered then.
    ///
    /// By the tick that found it so: a clock that swings would have the lookup go round for ever.
    pub(crate) fn expire(&self, record: &Arc<Record<T>>, now: Tick) -> Result<(), LookupError> {
        let moment = Moment { now, wall: self.context.wall() };
        self.visit(moment, |visit| visit.refuse_expired(record))
    }
}

/// What the record itself knows of its end.
fn ended<T>(record: &Record<T>) -> LookupError {
    record.tombstone().map_or(LookupError::Unknown, LookupError::Ended)
}
