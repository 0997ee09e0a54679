//! Finding a session by its id.

use super::handle::SessionStore;
use crate::end::Tombstone;
use crate::error::LookupError;
use crate::id::SessionId;
use crate::session::{Count, Lease, MAX_LEASES, Record, Refusal, Session, drop_record};
use crate::sync::Arc;
use crate::table::{Moment, Table};
use crate::tick::Tick;

impl<T> SessionStore<T> {
    /// Finds a session and marks it active now.
    ///
    /// Takes no lock but the read lock of one shard of the id map, and works when the store is
    /// full.
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
    pub fn touch(&self, id: &SessionId) -> Result<Session<T>, LookupError> {
        self.find(id, Record::touch).map(Session::new)
    }

    /// Finds a session, marks it active now, and keeps it in use until the lease is dropped.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`], [`LookupError::Ended`] with what is remembered, or
    /// [`LookupError::TooManyLeases`].
    pub fn acquire(&self, id: &SessionId) -> Result<Lease<T>, LookupError> {
        self.find(id, Record::lease).map(|record| Lease::taken(Session::new(record)))
    }

    /// Finds a session without marking it active.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`], or [`LookupError::Ended`] with what is remembered.
    pub fn peek(&self, id: &SessionId) -> Result<Session<T>, LookupError> {
        self.find(id, |record, now| record.look(now).map(|_| ())).map(Session::new)
    }

    /// Finds the session and does something to it, unless it has ended or expired.
    pub(crate) fn find(
        &self,
        id: &SessionId,
        act: impl Fn(&Record<T>, Tick) -> Result<(), Refusal>,
    ) -> Result<Arc<Record<T>>, LookupError> {
        let table = self.table();
        let found = loop {
            let now = table.context.now();
            let record = match table.find(id, now) {
                Ok(record) => record,
                Err(error) => break Err(error),
            };
            let error = match act(&record, now) {
                Ok(()) => break Ok(record),
                Err(Refusal::TooManyLeases) => LookupError::TooManyLeases { max: MAX_LEASES },
                // Between the finding and the act, or this moment.
                Err(Refusal::Ended) => ended(&record),
                Err(Refusal::Expired) => {
                    let Some(tombstone) = table.expire(&record, now) else {
                        // Another thread was faster, to end it or to use it.
                        drop_record(record);
                        continue;
                    };
                    LookupError::Ended(tombstone)
                }
            };
            drop_record(record);
            break Err(error);
        };
        table.context.count(match &found {
            Ok(_) | Err(LookupError::TooManyLeases { .. }) => Count::Hit,
            Err(LookupError::Unknown) => Count::Unknown,
            Err(LookupError::Ended(_)) => Count::Ended,
        });
        found
    }
}

/// How many rotations within the grace a lookup follows. A client that rotates faster is told that
/// its id was replaced.
const MAX_HOPS: usize = 32;

impl<T> Table<T> {
    /// The record with this id, which may have ended or expired a moment ago.
    pub(crate) fn find(&self, id: &SessionId, now: Tick) -> Result<Arc<Record<T>>, LookupError> {
        let mut id = *id;
        let mut answer = LookupError::Unknown;
        for _ in 0..=MAX_HOPS {
            if let Some(record) = self.directory.get(&id) {
                return Ok(record);
            }
            // While a rotation has neither id in the directory it holds the tombstones, so the old
            // one waits here; and the session's cold, so no handle tells the new one yet.
            let Some(tombstone) = self.tombstones.lock().find(&id, now) else { break };
            answer = LookupError::Ended(tombstone.tombstone);
            match tombstone.successor {
                Some(next) => id = next,
                None => break,
            }
        }
        Err(answer)
    }

    /// Ends a session that was found expired, if it still is.
    ///
    /// By the tick that found it so: a clock that swings would have the lookup go round for ever.
    fn expire(&self, record: &Arc<Record<T>>, now: Tick) -> Option<Tombstone> {
        let moment = Moment { now, wall: self.context.wall() };
        self.visit(moment, |visit| visit.end_now(record, None))
    }
}

/// What the record itself knows of its end.
fn ended<T>(record: &Record<T>) -> LookupError {
    record.tombstone().map_or(LookupError::Unknown, LookupError::Ended)
}
