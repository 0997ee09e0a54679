//! Creating sessions that are shared.

use super::data::SharedData;
use super::error::SharedCreateError;
use super::inner::Inner;
use crate::collection::{AsyncCollection, CollectionError, Outcome};
use crate::end::EndReason;
use crate::error::CreateError;
use crate::id::IdError;
use crate::session::{NewSession, Session};

/// How many times a creation asks again, because the collection was set up anew meanwhile, or the
/// session given another id.
const TRIES: u32 = 3;

/// How many insertions may be in doubt where one more is sent. Each is remembered until the
/// collection says what came of it: while it is away, that is as many as are tried.
const MOST_IN_DOUBT: usize = 10_000;

/// A session that is not in the collection yet: it ends if its creation is given up.
struct Unfinished<'a, T: Send + Sync + 'static> {
    inner: &'a Inner<T>,
    session: Option<Session<SharedData<T>>>,
}

impl<T: Send + Sync + 'static> Unfinished<'_, T> {
    /// It is to stay.
    fn finish(mut self) -> Session<SharedData<T>> {
        let session = self.session.take().expect("it is there until now");
        session.data().end_insertion();
        session
    }
}

impl<T: Send + Sync + 'static> Drop for Unfinished<'_, T> {
    fn drop(&mut self) {
        if let Some(session) = &self.session {
            // If it may arrive, this has its end told.
            self.inner.store.end_for(session.record.id(), EndReason::Removed);
        }
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    pub(super) async fn create<C: AsyncCollection>(
        &self,
        collection: &C,
        new: NewSession<T>,
    ) -> Result<Session<SharedData<T>>, SharedCreateError> {
        let wait = self.settings.wait_for_creation;
        if wait {
            self.open(collection, false).await.map_err(SharedCreateError::Collection)?;
            let in_doubt = self.locked.lock().doubts.len();
            if in_doubt >= MOST_IN_DOUBT {
                let reason = format!("{in_doubt} insertions are in doubt until the next refresh");
                let error = CollectionError::not_applied(reason);
                return Err(SharedCreateError::Collection(error));
            }
        }
        let nonce = nonce()?;
        let new = new.map(|data| SharedData::new(data, nonce, wait));
        let session = self.store.create(new)?;
        if !wait {
            return Ok(session);
        }
        let unfinished = Unfinished { inner: self, session: Some(session.clone()) };
        for _ in 0..TRIES {
            let confirmed = self.confirm(collection, &session).await;
            if confirmed.map_err(SharedCreateError::Collection)?
                && session.record.word.load().ended()
            {
                break;
            }
            if session.data().synced().known {
                return Ok(unfinished.finish());
            }
            let insertion = self.insertion(&session);
            let (mut request, used) = insertion.map_err(SharedCreateError::Collection)?;
            let as_of = self.locked.lock().as_of();
            if !self.sending(&session, &mut request) {
                if session.record.word.load().ended() {
                    // It was created, and ended, before the collection was told.
                    return Ok(unfinished.finish());
                }
                continue;
            }
            let key = request.key;
            let outcome = self.ask(collection, request).await.map(|(_, outcome)| outcome);
            self.settle_insertion(key, &session, (used, as_of), outcome.clone());
            match outcome.map_err(SharedCreateError::Collection)? {
                _ if session.data().synced().known => {
                    let confirmed = self.confirm(collection, &session).await;
                    confirmed.map_err(SharedCreateError::Collection)?;
                    return Ok(unfinished.finish());
                }
                Outcome::Full { limit, live, max, all_busy } => {
                    return Err(SharedCreateError::Full { limit, live, max, all_busy });
                }
                Outcome::Stale => {
                    let again = self.open(collection, true).await;
                    again.map_err(SharedCreateError::Collection)?;
                }
                // By an id that it has lost: once more, by the one that the collection is to know.
                _ if !session.record.word.load().ended() => {}
                _ => return Err(SharedCreateError::IdTaken),
            }
        }
        let error = CollectionError::not_applied("the collection was set up anew again and again");
        Err(SharedCreateError::Collection(error))
    }

    /// Asks for a session that may have been put in, and ended since. Returns whether it may.
    async fn confirm<C: AsyncCollection>(
        &self,
        collection: &C,
        session: &Session<SharedData<T>>,
    ) -> Result<bool, CollectionError> {
        let generation = self.locked.lock().generation();
        let uncertain = session.data().synced().may_have_ended(generation);
        if uncertain {
            self.ask_for(collection, session).await?;
        }
        Ok(uncertain)
    }
}

/// A random number by which repeated insertions of one session are recognised.
fn nonce() -> Result<u32, CreateError> {
    let failed = |error: getrandom::Error| CreateError::IdSource(IdError::new(error.to_string()));
    getrandom::u32().map_err(failed)
}
