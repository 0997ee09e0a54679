//! Ending sessions that are shared.

use super::data::SharedData;
use super::inner::Inner;
use super::seen::Write;
use super::unacknowledged::Unacknowledged;
use crate::collection::{AsyncCollection, CollectionError, Outcome, RecordKey, Stamp};
use crate::end::Tombstone;
use crate::id::SessionId;
use crate::session::Session;
use crate::store::{EndAs, EndOutcome, Named};

/// What is wrong where the collection neither had a session nor an end of it.
const NOTHING: &str = "there is nothing under this id";

/// How many rotations of a session an end follows before it leaves that to the next refresh.
const MAX_HOPS: u32 = 32;

/// How many ends of sessions that were not in memory may be pending. Any client can cause those.
const MOST_UNKNOWN: usize = 10_000;

impl<T: Send + Sync + 'static> Inner<T> {
    /// Ends a session, in memory or not, and has the collection acknowledge it.
    pub(super) async fn end<C: AsyncCollection>(
        &self,
        collection: &C,
        named: &Named<'_, SharedData<T>>,
        how: EndAs,
    ) -> Result<EndOutcome, Unacknowledged> {
        // By an id in its grace, the session has another now.
        let table = self.store.table();
        let found = table.find_named(named, self.store.now()).ok().map(Session::new);
        let outcome = self.store.end_named(named, how);
        let id = match (named, outcome) {
            (_, EndOutcome::Kept) | (Named::Nonsense, _) => return Ok(outcome),
            (Named::Handle(session), _) => session.record.id(),
            (Named::Id(id), EndOutcome::Ended(_)) => {
                found.map_or(*id, |session| session.record.id())
            }
            (Named::Id(id), _) => *id,
        };
        let key = self.locked.key.record_key(id);
        if outcome == EndOutcome::Unknown {
            return self.end_elsewhere(collection, key, id, how).await;
        }
        if !self.settings.wait_for_end {
            return Ok(outcome);
        }
        match self.tell_end(collection, key).await {
            // The session may live under another id, if the collection has forgotten the rotation.
            Ok(Some((_, Outcome::Missing))) => {
                let error = CollectionError::not_applied(NOTHING);
                Err(Unacknowledged { outcome, kept: false, error })
            }
            Ok(_) => Ok(outcome),
            Err(error) => Err(Unacknowledged { outcome, kept: true, error }),
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
        let new = self.locked.lock().end_unknown(key, id, tombstone);
        let limit = new.then(|| BoundedEnds(self, key));
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
                drop(limit);
                let kept = self.locked.lock().ends.get(&key).is_some();
                Err(Unacknowledged { outcome: EndOutcome::Unknown, kept, error })
            }
        }
    }

    /// Tells the collection of a pending end, under each id that it may know the session by.
    /// Returns what acknowledged it, or that there was nothing under any id; nothing if none is
    /// pending.
    async fn tell_end<C: AsyncCollection>(
        &self,
        collection: &C,
        key: RecordKey,
    ) -> Result<Option<(Stamp, Outcome)>, CollectionError> {
        let (mut keys, mut hops, mut result) = (self.locked.lock().ends_of(key), 0, None);
        if keys.iter().any(|key| self.locked.lock().ends.get(key).is_some()) {
            self.open(collection, false).await?;
        }
        while let Some(key) = keys.last() {
            let pending = self.locked.lock().ends.get(key).cloned();
            let Some(pending) = pending else {
                keys.pop();
                continue;
            };
            if hops == MAX_HOPS {
                let reason = "the session was rotated again and again";
                return Err(CollectionError::not_applied(reason));
            }
            hops += 1;
            let Write { request, subject } = self.removal(*key, &pending);
            let answer = self.ask(collection, request.clone()).await?;
            self.settle(Write { request, subject }, Ok(answer.1.clone()));
            let missing = answer.1 == Outcome::Missing;
            let at = self.locked.lock().ends.get(key).map(|pending| pending.at);
            let moved_on = at.is_some_and(|at| at != pending.at);
            if result.is_none() || !(missing || moved_on) {
                let nothing = (answer.0, Outcome::Missing);
                result = Some(if moved_on { nothing } else { answer });
            }
            if missing {
                // A later call that asked for it meanwhile sends its own request.
                keys.pop();
            }
        }
        Ok(result)
    }
}

/// Forgets an end that is still pending, where there are too many: memory is bounded.
struct BoundedEnds<'a, T>(&'a Inner<T>, RecordKey);

impl<T> Drop for BoundedEnds<'_, T> {
    fn drop(&mut self) {
        self.0.locked.lock().ends.limit(self.1, MOST_UNKNOWN);
    }
}
