//! Changing the data of shared sessions, and their ids.

use std::future::poll_fn;

use super::data::SharedData;
use super::error::{SharedAcquireError, UpdateError};
use super::inner::Inner;
use super::seen::Write;
use super::subject::Subject;
use super::turn::{InClosure, Turn};
use crate::collection::{AsyncCollection, CollectionError, Op, Outcome, Request};
use crate::end::EndReason;
use crate::id::SessionId;
use crate::session::{Lease, Session};
use crate::store::Named;
use crate::sync::Arc;

/// How often a change is tried while others change the data too.
const TRIES: u32 = 16;
/// How often a change is asked for again that may have been applied.
const REPEATS: u32 = 3;
/// How many rotations of a session are told at once.
const MAX_HOPS: u32 = 32;

impl<T: Send + Sync + 'static> Inner<T> {
    /// Makes new data of the old, by compare-and-set.
    pub(super) async fn update<C: AsyncCollection, E>(
        &self,
        collection: &C,
        lease: &Lease<SharedData<T>>,
        change: impl FnMut(&T) -> Result<Arc<T>, E> + Send,
    ) -> Result<Result<Arc<T>, E>, UpdateError> {
        let turn = Turn::join(&self.locked, lease.record.number());
        if let Some(turn) = &turn {
            poll_fn(|task| turn.poll(task)).await?;
        }
        let mut doubted = None;
        let updated = self.try_to_update(collection, lease, change, &mut doubted).await;
        if let (Some(turn), Err(UpdateError::Collection(error))) = (&turn, &updated) {
            turn.fail(error);
        }
        match (updated, doubted) {
            // Whatever refused the last attempt, one before it may have been applied.
            (Err(UpdateError::Collection(_) | UpdateError::Contended { .. }), Some(doubt)) => {
                Err(doubt.into())
            }
            (updated, _) => updated,
        }
    }

    /// Notes what was wrong with an attempt that may have been applied.
    async fn try_to_update<C: AsyncCollection, E>(
        &self,
        collection: &C,
        lease: &Lease<SharedData<T>>,
        mut change: impl FnMut(&T) -> Result<Arc<T>, E> + Send,
        doubted: &mut Option<CollectionError>,
    ) -> Result<Result<Arc<T>, E>, UpdateError> {
        let shared = lease.data();
        for _ in 0..TRIES {
            self.put_in(collection, lease).await?;
            let key = self.key(lease);
            let (old, version) = {
                let _node = self.locked.lock();
                shared.versioned()
            };
            let changed = {
                let _closure = InClosure::enter(&self.locked);
                change(&old)
            };
            drop(old);
            let new = match changed {
                Ok(new) => new,
                Err(refused) => return Ok(Err(refused)),
            };
            let unwritable = |error: CollectionError| UpdateError::Unwritable {
                track: lease.track_id(),
                reason: error.to_string(),
            };
            let data = self.encode(&new).map_err(unwritable)?;
            let token = getrandom::u64()
                .map_err(|error| CollectionError::not_applied(error.to_string()))?;
            let op = Op::Update { nonce: shared.nonce(), version, token, data };
            let (outcome, doubt) = self.ask_until_known(collection, Request { key, op }).await?;
            *doubted = doubted.take().or(doubt);
            match outcome {
                Outcome::Done { version: done } => {
                    if !self.replace_data(shared, version, Arc::clone(&new), done) {
                        // Another change of this node was faster to be here: the next touch tells.
                        self.suspect(shared);
                    }
                    return Ok(Ok(new));
                }
                Outcome::Live(stored) if stored.nonce == shared.nonce() => {
                    let data = self.decode(&stored.data).map_err(|reason| {
                        SharedAcquireError::Unreadable { track: lease.track_id(), reason }
                    })?;
                    self.replace_data(shared, version, data, stored.version);
                    // It cannot be known whether this change is among those that were made.
                    if let Some(doubt) = doubted.clone() {
                        return Err(doubt.into());
                    }
                }
                // It was given another id meanwhile, perhaps after an attempt was applied.
                _ if self.key(lease) != key => {
                    if let Some(doubt) = doubted.clone() {
                        return Err(doubt.into());
                    }
                }
                Outcome::Ended(end) => return Err(self.gone(lease, self.reason(&end))),
                _ => return Err(self.gone(lease, EndReason::Removed)),
            }
        }
        Err(UpdateError::Contended { tries: TRIES })
    }

    /// Ends a session here that is not in the collection any more.
    fn gone(&self, session: &Session<SharedData<T>>, reason: EndReason) -> UpdateError {
        // Hooks may change the data of others, and must not wait for what waits for this change.
        let _closure = InClosure::enter(&self.locked);
        self.end_here(session, reason);
        over(session)
    }

    /// Sends a request until an answer says what came of it. Returns that, and what was wrong with
    /// an attempt before, which may have been applied.
    async fn ask_until_known<C: AsyncCollection>(
        &self,
        collection: &C,
        request: Request,
    ) -> Result<(Outcome, Option<CollectionError>), CollectionError> {
        let mut doubt = None;
        for _ in 0..REPEATS {
            match self.ask(collection, request.clone()).await {
                Ok((_, outcome)) => return Ok((outcome, doubt)),
                Err(error) if error.may_be_applied() => doubt = Some(error),
                // Which says nothing of the attempts before.
                Err(error) => return Err(doubt.unwrap_or(error)),
            }
        }
        Err(doubt.unwrap_or_else(|| CollectionError::not_applied("it was not asked")))
    }

    /// Has the collection know the session, and by this id.
    async fn put_in<C: AsyncCollection>(
        &self,
        collection: &C,
        session: &Session<SharedData<T>>,
    ) -> Result<(), UpdateError> {
        let mut stale = false;
        for _ in 0..TRIES {
            self.open(collection, stale).await?;
            let synced = session.data().synced();
            if synced.suspect {
                self.ask_for(collection, session).await?;
            }
            if session.is_ended() {
                return Err(over(session));
            }
            if synced.known {
                return self.tell_rotations(collection, session).await;
            }
            let (mut request, used) = self.insertion(session)?;
            let as_of = self.locked.lock().as_of();
            if self.sending(session, &mut request) {
                let key = request.key;
                let outcome = self.ask(collection, request).await.map(|(_, outcome)| outcome);
                self.settle_insertion(key, session, (used, as_of), outcome.clone());
                stale = outcome? == Outcome::Stale;
            }
        }
        Err(CollectionError::not_applied("the collection was set up anew again and again").into())
    }

    /// Tells the collection of the rotations of a session.
    async fn tell_rotations<C: AsyncCollection>(
        &self,
        collection: &C,
        session: &Session<SharedData<T>>,
    ) -> Result<(), UpdateError> {
        let mut missing = false;
        for _ in 0..MAX_HOPS {
            let Some(Write { request, subject }) = self.rotation(self.key(session)) else {
                if missing {
                    self.ask_for(collection, session).await?;
                }
                return if session.is_ended() { Err(over(session)) } else { Ok(()) };
            };
            let (outcome, doubt) = self.ask_until_known(collection, request.clone()).await?;
            missing |= matches!(outcome, Outcome::Missing | Outcome::Exists);
            let subject = match subject {
                Subject::Rotation(session, from, again) => {
                    Subject::Rotation(session, from, again || doubt.is_some())
                }
                subject => subject,
            };
            self.settle(Write { request, subject }, Ok(outcome));
            if session.is_ended() {
                return Err(over(session));
            }
        }
        Err(CollectionError::not_applied("the session was rotated again and again").into())
    }

    /// Asks whether the collection has a session, which ends here if not.
    pub(super) async fn ask_for<C: AsyncCollection>(
        &self,
        collection: &C,
        session: &Session<SharedData<T>>,
    ) -> Result<(), CollectionError> {
        let (clock, as_of) = {
            let node = self.locked.lock();
            (node.clock, node.as_of())
        };
        let Some(clock) = clock else { return Ok(()) };
        let (request, used) = self.touch(session, clock);
        let key = request.key;
        let (_, outcome) = self.ask(collection, request).await?;
        self.settle_touch(key, session.clone(), used, as_of, Ok(outcome));
        Ok(())
    }

    /// Gives a session another id, here and in the collection.
    pub(super) async fn rotate<C: AsyncCollection>(
        &self,
        collection: &C,
        named: &Named<'_, SharedData<T>>,
        new: Option<SessionId>,
    ) -> Result<Session<SharedData<T>>, UpdateError> {
        let id = match named {
            Named::Id(id) => *id,
            Named::Handle(session) => session.record.id(),
            Named::Nonsense => return Err(SharedAcquireError::Unknown.into()),
        };
        // In use, so that it stays in memory until the collection knows its new id.
        let lease = self.acquire_or_load(collection, id).await?;
        self.put_in(collection, &lease).await?;
        let rotated = self.store.rotate_named(&Named::Handle(&lease), new);
        let session = rotated.map_err(UpdateError::Rotate)?;
        self.tell_rotations(collection, &session).await?;
        Ok(session)
    }
}

/// Says that a session has ended.
fn over<T: Send + Sync + 'static>(session: &Session<SharedData<T>>) -> UpdateError {
    let ended = session.tombstone().map_or(SharedAcquireError::Unknown, SharedAcquireError::Ended);
    ended.into()
}
