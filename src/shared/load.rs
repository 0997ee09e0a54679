//! Using sessions that may not be in memory.

use std::future::poll_fn;

use super::data::SharedData;
use super::error::SharedAcquireError;
use super::inner::Inner;
use super::misses::Miss;
use super::single_load::{Joined, UnderWay};
use crate::collection::{
    AsyncCollection, CollectionError, Op, Outcome, RecordKey, Request, Stamp, StoredEnd,
    StoredSession,
};
use crate::end::Tombstone;
use crate::error::AcquireError;
use crate::id::{Origin, SessionId};
use crate::session::{Lease, NewSession};
use crate::store::{LoadError, Loaded};

/// How many times a load asks again because the answer was older than what this node knows.
const TRIES: u32 = 3;

/// How many rotations a load follows, as a lookup in memory does.
const MAX_HOPS: u32 = 32;

/// What a load came to.
enum Load<T> {
    Lease(Lease<SharedData<T>>),
    /// The session goes on under this id.
    Follow(SessionId),
    /// The answer was older than what this node knows.
    Again,
}

impl<T: Send + Sync + 'static> Inner<T> {
    /// Takes a lease of the session with this id, from memory or from the collection.
    pub(super) async fn acquire_or_load<C: AsyncCollection>(
        &self,
        collection: &C,
        mut id: SessionId,
    ) -> Result<Lease<SharedData<T>>, SharedAcquireError> {
        let (mut tries, mut hops) = (0, 0);
        loop {
            self.check_staleness()?;
            match self.store.acquire(id) {
                Ok(lease) => return Ok(lease),
                Err(AcquireError::Unknown) => {}
                Err(error) => return Err(error.into()),
            }
            let key = self.locked.key.record_key(id);
            let under_way = match UnderWay::join(&self.locked, key, self.store.now()) {
                Joined::Lead(under_way) => under_way,
                Joined::Missed(Miss::Missing) => return Err(SharedAcquireError::Unknown),
                Joined::Missed(Miss::Ended(tombstone)) => {
                    return Err(SharedAcquireError::Ended(tombstone));
                }
                Joined::Wait(mut waiting) => match poll_fn(|task| waiting.poll(task)).await {
                    Some(error) => return Err(error.into()),
                    None => continue,
                },
            };
            self.watch_staleness();
            let held = self.in_memory(id).map(|session| session.data().version());
            let loaded = match self.open(collection, tries > 0).await {
                Ok(()) => self.load(collection, id, (key, held), &under_way).await,
                Err(error) => Err(error.into()),
            };
            if let Err(SharedAcquireError::Unavailable(error)) = &loaded {
                under_way.failed(error);
            }
            match loaded? {
                Load::Lease(lease) => return Ok(lease),
                Load::Follow(next) if hops < MAX_HOPS => (id, hops) = (next, hops + 1),
                Load::Again if tries < TRIES => tries += 1,
                Load::Follow(_) => return Err(SharedAcquireError::Unknown),
                Load::Again => {
                    let reason = "it answers from before what this node knows";
                    return Err(CollectionError::not_applied(reason).into());
                }
            }
        }
    }

    async fn load<C: AsyncCollection>(
        &self,
        collection: &C,
        id: SessionId,
        (key, held): (RecordKey, Option<u32>),
        under_way: &UnderWay<'_>,
    ) -> Result<Load<T>, SharedAcquireError> {
        // What is missing may be put in while the answer is under way.
        let since = self.store.now();
        let answer = self.ask(collection, Request { key, op: Op::Load }).await;
        self.locked.lock().counts.loaded(&answer);
        let (stamp, outcome) = answer?;
        match outcome {
            Outcome::Live(stored) => {
                let generation = {
                    let node = self.locked.lock();
                    if !node.is_current(&stamp) {
                        return Ok(Load::Again);
                    }
                    node.generation()
                };
                let taken = self.take_in((id, held), *stored, &stamp, generation, under_way)?;
                let is_current = self.locked.lock().is_current(&stamp);
                if let Load::Lease(lease) = &taken
                    && !is_current
                {
                    // What was heard of meanwhile did not find it.
                    self.suspect(lease.data());
                    self.ask_for(collection, lease).await?;
                    if let Some(tombstone) = lease.tombstone() {
                        return Err(SharedAcquireError::Ended(tombstone));
                    }
                }
                Ok(taken)
            }
            Outcome::Ended(end) => {
                if let Some(next) = self.successor(id, &end, &stamp) {
                    return Ok(Load::Follow(next));
                }
                let tombstone = self.tombstone(&end, &stamp);
                under_way.missed(Miss::Ended(tombstone), since);
                Err(SharedAcquireError::Ended(tombstone))
            }
            _ => {
                under_way.missed(Miss::Missing, since);
                Err(SharedAcquireError::Unknown)
            }
        }
    }

    /// The id that took over from this one, while that still leads to it.
    fn successor(&self, id: SessionId, end: &StoredEnd, stamp: &Stamp) -> Option<SessionId> {
        let successor = end.successor?;
        let in_grace = stamp.time.since(end.at) < self.store.table().grace;
        let next = || self.locked.key.unseal_successor(id, successor.key, successor.id);
        in_grace.then(next).flatten()
    }

    /// What is to be told of an end that the collection remembers.
    pub(super) fn tombstone(&self, end: &StoredEnd, stamp: &Stamp) -> Tombstone {
        let at = self.store.now().saturating_sub(stamp.time.since(end.at));
        Tombstone::new(self.reason(end), at, self.store.wall_at(at), at)
    }

    /// Takes a session of the collection into memory. It may have been held there with this version
    /// of its data.
    fn take_in(
        &self,
        (id, held): (SessionId, Option<u32>),
        stored: StoredSession,
        stamp: &Stamp,
        generation: u16,
        under_way: &UnderWay<'_>,
    ) -> Result<Load<T>, SharedAcquireError> {
        let decode = || {
            self.decode(&stored.data).map_err(|reason| {
                let salt = &self.store.table().context.salt;
                let track = stored.track.unwrap_or_else(|| salt.track_id(Origin::FirstId(id)));
                SharedAcquireError::Unreadable { track, reason }
            })
        };
        let (nonce, version) = (stored.nonce, stored.version);
        let at = self.store.now();
        let data = SharedData::loaded(decode()?, nonce, version, generation, at);
        let absolute = stored.deadline.map(|deadline| deadline.since(stored.created));
        let mut new = NewSession::new(data)
            .id(id)
            .principal(stored.principal.as_deref())
            .originator(stored.originator.as_deref())
            .host(stored.host.as_deref())
            .age(stamp.time.since(stored.created))
            .idle_timeout(stored.idle)
            .absolute_timeout(absolute);
        if stored.privileged {
            new = new.privileged();
        }
        let loaded = self.store.load_leased(new, Loaded { track: stored.track });
        let (lease, is_new) = match loaded {
            Ok(loaded) => loaded,
            Err(LoadError::Ended(tombstone)) => return Err(SharedAcquireError::Ended(tombstone)),
            Err(LoadError::TooManyLeases { max }) => {
                return Err(SharedAcquireError::TooManyLeases { max });
            }
            Err(LoadError::Refused(error)) => return Err(SharedAcquireError::Here(error)),
        };
        let own = lease.data().version();
        let is_held = held == Some(own) && !is_new;
        if own != version && !(is_held && self.replace_data(lease.data(), own, decode()?, version))
        {
            // It has been changed since, on some node: the next touch compares versions.
            self.suspect(lease.data());
        }
        // It was not in memory, so an end that arrived meanwhile did not find it. If this node
        // asked for that end, it tells the collection again: the first request may have come before
        // the session.
        if let Some((tombstone, acknowledged)) = under_way.ended() {
            if acknowledged {
                self.end_here(&lease, tombstone.reason());
            } else {
                self.store.end_for(lease.id(), tombstone.reason());
            }
            return Err(SharedAcquireError::Ended(tombstone));
        }
        Ok(Load::Lease(lease))
    }
}
