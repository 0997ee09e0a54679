//! Ending the sessions of a principal, on every node.

use super::data::SharedData;
use super::drive::{Blocking, block_on, give_way};
use super::handle::SharedSessions;
use super::inner::Inner;
use super::memory::NodeMemory;
use super::principal_ends::{PartlyEnded, PrincipalEnds};
use super::reasons;
use super::seen::{Memory, Write};
use super::subject::Subject;
use crate::collection::{AsyncCollection, Change, Collection, CollectionError, RecordKey, Request};
use crate::session::Session;
use crate::store::{EndAs, Selector};

/// How many sessions the collection ends at once.
const CHUNK: usize = 1_000;

impl<T: Send + Sync + 'static, C: Collection> SharedSessions<T, C> {
    /// Ends the sessions of a principal everywhere, but this one: logs out all devices, or all
    /// others.
    ///
    /// Those in this node's memory end at once, whether the collection knows them yet or not. Then
    /// the collection ends all that it has, a thousand at a time, and acknowledges that; other
    /// nodes know at their next refresh. Means every session that the principal had when the call
    /// began; one that is created meanwhile may end, too. To keep a principal out, stop creating
    /// sessions for it first. The one that is spared must not be rotated meanwhile.
    ///
    /// Those that are pinned here are kept, unless `how` says otherwise.
    ///
    /// # Errors
    ///
    /// [`PartlyEnded`], with what has ended. The call may be repeated without harm.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::collection::{HashKey, MemoryCollection};
    /// use tenure::shared::SharedSessions;
    /// use tenure::{EndAs, NewSession};
    ///
    /// let (collection, key) = (MemoryCollection::default(), HashKey::new([7; 32]));
    /// let phone = SharedSessions::builder(collection.clone(), key.clone()).build()?;
    /// let desk = SharedSessions::<(), _>::builder(collection, key).build()?;
    /// let on_phone = phone.create(NewSession::new(()).principal("alice"))?;
    /// let at_desk = desk.create(NewSession::new(()).principal("alice"))?;
    ///
    /// let ends = desk.end_principal("alice", Some(&at_desk), EndAs::logged_out())?;
    /// assert_eq!((ends.here, ends.elsewhere), (0, 1));
    /// phone.refresh()?;
    /// assert!(on_phone.is_ended() && !at_desk.is_ended());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn end_principal(
        &self,
        principal: &str,
        except: Option<&Session<SharedData<T>>>,
        how: impl Into<EndAs>,
    ) -> Result<PrincipalEnds, PartlyEnded> {
        let collection = Blocking(&*self.collection);
        block_on(self.inner.end_principal(&collection, principal, except, how.into()))
    }
}

impl<T: Send + Sync + 'static, C: AsyncCollection> SharedSessions<T, C> {
    /// As [`end_principal`](SharedSessions::end_principal). Where the future is dropped, the next
    /// refresh tells of what has ended here; of the others, some may go on.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn end_principal_async(
        &self,
        principal: &str,
        except: Option<&Session<SharedData<T>>>,
        how: impl Into<EndAs>,
    ) -> Result<PrincipalEnds, PartlyEnded> {
        self.inner.end_principal(&*self.collection, principal, except, how.into()).await
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    async fn end_principal<C: AsyncCollection>(
        &self,
        collection: &C,
        principal: &str,
        except: Option<&Session<SharedData<T>>>,
        how: EndAs,
    ) -> Result<PrincipalEnds, PartlyEnded> {
        let mut spared: Vec<RecordKey> = except.map(|own| self.names(own)).unwrap_or_default();
        let selector = Selector::principal(principal);
        let selector = except.into_iter().fold(selector, Selector::except);
        let here = self.store.end_where_as(&selector, how);
        let mut ends = PrincipalEnds { here: here.ended, kept: here.kept, elsewhere: 0 };
        if here.kept > 0 {
            let pinned = selector.and_matching(|session| session.record.pinned());
            for session in self.store.sessions(&pinned) {
                spared.extend(self.names(&session));
            }
        }
        let acknowledged = self.tell_ends(collection).await;
        // Even if that failed: the other sessions have to end too.
        let reason = reasons::name_of(how.reason);
        let of = (principal, reason.as_str());
        let rest = self.end_the_rest(collection, of, &spared, &mut ends.elsewhere).await;
        let late = match rest {
            Ok(()) => self.ask_for_late(collection, principal, &spared).await,
            failed => failed,
        };
        match acknowledged.and(late) {
            Ok(()) => Ok(ends),
            Err(error) => Err(PartlyEnded { ends, error }),
        }
    }

    /// The keys by which the collection may know a session.
    fn names(&self, session: &Session<SharedData<T>>) -> Vec<RecordKey> {
        vec![self.collection_key(session), self.key(session)]
    }

    /// Tells the collection of the ends that are pending.
    async fn tell_ends<C: AsyncCollection>(&self, collection: &C) -> Result<(), CollectionError> {
        self.open(collection, false).await?;
        let mut writes = NodeMemory::new(self).departures();
        writes.retain(|write| matches!(write.subject, Subject::End(..)));
        let mut failure = Ok(());
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(collection.batch().max(1)));
            let batch = std::mem::replace(&mut writes, rest);
            let (requests, subject): (Vec<Request>, Vec<_>) =
                batch.into_iter().map(|write| (write.request, write.subject)).unzip();
            let mut outcomes = collection.apply(&requests).await?.outcomes.into_iter();
            for (request, subject) in requests.into_iter().zip(subject) {
                let short = || Err(CollectionError::in_doubt("the answer is too short"));
                let outcome = outcomes.next().unwrap_or_else(short);
                if let (Err(error), Ok(())) = (&outcome, &failure) {
                    failure = Err(error.clone());
                }
                writes.extend(self.settle(Write { request, subject }, outcome));
            }
        }
        failure
    }

    /// Has the collection end what is left, and counts it.
    async fn end_the_rest<C: AsyncCollection>(
        &self,
        collection: &C,
        (principal, reason): (&str, &str),
        spared: &[RecordKey],
        count: &mut usize,
    ) -> Result<(), CollectionError> {
        let mut memory = NodeMemory::new(self);
        let done = loop {
            match collection.end_principal(principal, reason, spared, CHUNK).await {
                Ok(page) => {
                    *count += page.ended.len();
                    for (key, end) in page.ended {
                        memory.apply_change(key, Change::Ended(Box::new(end)));
                    }
                    if !page.more {
                        self.locked.lock().principal_ended(page.stamp.cursor());
                        break Ok(());
                    }
                }
                Err(error) => break Err(error),
            }
        };
        // What was loaded or created here since they ended here.
        while memory.take_by_key() {
            give_way().await;
        }
        done
    }

    /// Asks for the sessions that came into memory meanwhile: one may have been loaded and then
    /// ended by another node, which the collection did not tell.
    async fn ask_for_late<C: AsyncCollection>(
        &self,
        collection: &C,
        principal: &str,
        spared: &[RecordKey],
    ) -> Result<(), CollectionError> {
        for session in self.store.sessions(&Selector::principal(principal)) {
            if session.data().synced().known && !spared.contains(&self.key(&session)) {
                self.ask_for(collection, &session).await?;
            }
        }
        Ok(())
    }
}
