//! Ending sessions that are shared.

use super::data::Shared;
use super::error::Unacknowledged;
use super::inner::Inner;
use super::refresh::Write;
use crate::collection::{AsyncCollection, CollectionError, Outcome, RecordKey, Stamp};
use crate::end::Tombstone;
use crate::id::SessionId;
use crate::store::{EndAs, EndOutcome, Named};

/// How many rotations of a session an end follows before it leaves that to the next refresh.
const MAX_HOPS: u32 = 32;

/// How many ends may be pending where one of a session that is not in memory stays so.
const MOST_ELSEWHERE: usize = 10_000;

impl<T: Send + Sync + 'static> Inner<T> {
    /// Ends a session, in memory or not, and has the collection acknowledge it.
    pub(super) async fn end<C: AsyncCollection>(
        &self,
        collection: &C,
        named: &Named<'_, Shared<T>>,
        how: EndAs,
    ) -> Result<EndOutcome, Unacknowledged> {
        let outcome = self.store.end_named(named, how);
        let id = match (named, outcome) {
            (_, EndOutcome::Kept) | (Named::Nonsense, _) => return Ok(outcome),
            (Named::Id(id), _) => *id,
            (Named::Handle(session), _) => session.record.id(),
        };
        let key = self.desk.key.record_key(id);
        if outcome == EndOutcome::Unknown {
            return self.end_elsewhere(collection, key, id, how).await;
        }
        if !self.settings.wait_for_end {
            return Ok(outcome);
        }
        match self.tell_end(collection, key).await {
            Ok(_) => Ok(outcome),
            Err(error) => Err(Unacknowledged { outcome, error }),
        }
    }

    /// Ends a session that is not in memory.
    async fn end_elsewhere<C: AsyncCollection>(
        &self,
        collection: &C,
        key: RecordKey,
        id: SessionId,
        how: EndAs,
    ) -> Result<EndOutcome, Unacknowledged> {
        let now = self.store.now();
        let tombstone = Tombstone::new(how.reason, now, self.store.wall_at(now), now);
        self.desk.lock().end_elsewhere(key, id, tombstone);
        // One that was loaded meanwhile is here now.
        if let Some(session) = self.in_memory(id) {
            self.store.end_for(session.record.id(), how.reason);
        }
        match self.tell_end(collection, key).await {
            Ok(Some((_, Outcome::Done { .. }))) => Ok(EndOutcome::Ended(tombstone)),
            Ok(Some((stamp, Outcome::Ended(end)))) => {
                Ok(EndOutcome::AlreadyEnded(self.tombstone(&end, &stamp)))
            }
            Ok(_) => Ok(EndOutcome::Unknown),
            Err(error) => {
                // Anybody may ask for any id: the memory for that is bounded.
                self.desk.lock().limit_ends(key, MOST_ELSEWHERE);
                Err(Unacknowledged { outcome: EndOutcome::Unknown, error })
            }
        }
    }

    /// Tells the collection of a pending end. Returns what it said last; nothing if none is
    /// pending.
    async fn tell_end<C: AsyncCollection>(
        &self,
        collection: &C,
        mut key: RecordKey,
    ) -> Result<Option<(Stamp, Outcome)>, CollectionError> {
        for _ in 0..MAX_HOPS {
            let pending = self.desk.lock().ends.get(&key).cloned();
            let Some(pending) = pending else { return Ok(None) };
            let Write { request, about } = self.removal(key, &pending);
            let told = self.ask(collection, request.clone()).await?;
            let next = self.settle(Write { request, about }, Ok(told.1.clone()));
            match next {
                Some(next) => key = next.request.key,
                None => return Ok(Some(told)),
            }
        }
        Err(CollectionError::not_applied("the session was rotated again and again"))
    }
}
