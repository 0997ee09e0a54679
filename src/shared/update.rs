//! Changing the data of shared sessions, and their ids.

use super::data::Shared;
use super::error::{SharedAcquireError, UpdateError};
use super::inner::Inner;
use super::refresh::Write;
use crate::collection::{AsyncCollection, CollectionError, Op, Outcome, Request};
use crate::end::EndReason;
use crate::id::SessionId;
use crate::session::{Lease, Session};
use crate::store::Named;

/// How often a change is tried while others change the data too.
const TRIES: u32 = 16;
/// How often a change is asked for again that may have been applied.
const REPEATS: u32 = 3;

impl<T: Send + Sync + 'static> Inner<T> {
    /// Makes new data of the old, by compare-and-set.
    pub(super) async fn update<C: AsyncCollection>(
        &self,
        collection: &C,
        lease: &Lease<Shared<T>>,
        mut change: impl FnMut(&T) -> T + Send,
    ) -> Result<(), UpdateError> {
        let shared = lease.data();
        self.put_in(collection, lease).await?;
        for _ in 0..TRIES {
            let version = shared.version();
            let new = change(&shared.get());
            let data = self.codec.encode(&new);
            let data = data.map_err(|error| CollectionError::not_applied(error.to_string()))?;
            let token = getrandom::u64()
                .map_err(|error| CollectionError::not_applied(error.to_string()))?;
            let op = Op::Update { nonce: shared.nonce(), version, token, data };
            let request = Request { key: self.key(lease), op };
            match self.ask_until_known(collection, request).await? {
                Outcome::Done { version } => {
                    shared.set(new, version);
                    return Ok(());
                }
                Outcome::Live(stored) if stored.nonce == shared.nonce() => {
                    let data = self.codec.decode(&stored.data).map_err(|error| {
                        let (track, reason) = (lease.track_id(), error.to_string());
                        SharedAcquireError::Unreadable { track, reason }
                    })?;
                    shared.set(data, stored.version);
                }
                Outcome::Ended(end) => return Err(self.gone(lease, self.reason(&end))),
                _ => return Err(self.gone(lease, EndReason::Removed)),
            }
        }
        Err(UpdateError::Contended { tries: TRIES })
    }

    /// Ends a session here that is not in the collection any more.
    fn gone(&self, session: &Session<Shared<T>>, reason: EndReason) -> UpdateError {
        self.end_here(session, reason);
        let error =
            session.tombstone().map_or(SharedAcquireError::Unknown, SharedAcquireError::Ended);
        error.into()
    }

    /// Sends a request until an answer says what came of it.
    async fn ask_until_known<C: AsyncCollection>(
        &self,
        collection: &C,
        request: Request,
    ) -> Result<Outcome, CollectionError> {
        let mut last = CollectionError::in_doubt("it was not asked");
        for _ in 0..REPEATS {
            match self.ask(collection, request.clone()).await {
                Ok((_, outcome)) => return Ok(outcome),
                Err(error) if error.may_be_applied() => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Has the collection know the session, and by this id.
    async fn put_in<C: AsyncCollection>(
        &self,
        collection: &C,
        session: &Session<Shared<T>>,
    ) -> Result<(), UpdateError> {
        self.open(collection, false).await?;
        let generation = self.desk.lock().generation();
        if !session.data().synced().known {
            let (request, used) = self.insertion(session)?;
            self.desk.lock().sending(&request);
            let key = request.key;
            let outcome = self.ask(collection, request).await.map(|(_, outcome)| outcome);
            self.settle_insertion(key, session, (used, generation), outcome.clone());
            match outcome? {
                Outcome::Done { .. } => {}
                Outcome::Stale => {
                    let reason = "the collection was set up anew meanwhile: refresh first";
                    return Err(CollectionError::not_applied(reason).into());
                }
                _ => return Err(self.gone(session, EndReason::Removed)),
            }
        }
        self.tell_rotations(collection, session).await
    }

    /// Tells the collection of the rotations of a session.
    async fn tell_rotations<C: AsyncCollection>(
        &self,
        collection: &C,
        session: &Session<Shared<T>>,
    ) -> Result<(), UpdateError> {
        let key = self.key(session);
        let pending = self.desk.lock().rotations_to(key);
        for rotation in pending {
            let Some(Write { request, about }) = self.rotation(rotation) else { continue };
            let outcome = self.ask_until_known(collection, request.clone()).await?;
            let done = matches!(outcome, Outcome::Done { .. } | Outcome::Exists);
            self.settle(Write { request, about }, Ok(outcome));
            if !done {
                return Err(self.gone(session, EndReason::Removed));
            }
        }
        Ok(())
    }

    /// Gives a session another id, here and in the collection.
    pub(super) async fn rotate<C: AsyncCollection>(
        &self,
        collection: &C,
        named: &Named<'_, Shared<T>>,
        new: Option<SessionId>,
    ) -> Result<Session<Shared<T>>, UpdateError> {
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
