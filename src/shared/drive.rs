//! What drives a node: futures over an asynchronous collection, or the same over a blocking one.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::error::RefreshError;
use super::inner::Inner;
use super::keeper::LockedNode;
use super::memory::NodeMemory;
use super::refresh::Refresh;
use super::report::RefreshReport;
use super::step::{Reply, Step};
use super::subject::Subject;
use crate::collection::{
    Answer, AsyncCollection, Collection, CollectionError, Cursor, Expired, Feed, Fingerprint,
    Opened, Outcome, PrincipalEnded, RecordKey, Request,
};
use crate::sync::{Arc, Parker};

/// A blocking collection, whose futures are ready at once.
pub(super) struct Blocking<'a, C>(pub(super) &'a C);

impl<C: Collection> AsyncCollection for Blocking<'_, C> {
    async fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.0.open(fingerprint)
    }

    async fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        self.0.apply(requests)
    }

    async fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        self.0.feed(after, at_most)
    }

    async fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        self.0.expire(at_most)
    }

    async fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        self.0.end_principal(principal, reason, except, at_most)
    }

    fn batch(&self) -> usize {
        self.0.batch()
    }

    fn incarnation(&self) -> u64 {
        self.0.incarnation()
    }

    fn keep_ends(&self) -> Option<Duration> {
        self.0.keep_ends()
    }
}

/// Runs a future on this thread. It waits only for what other threads of the node do.
pub(super) fn block_on<R>(future: impl Future<Output = R>) -> R {
    let parker = Arc::new(Parker::default());
    let waker = Waker::from(Arc::clone(&parker));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => return result,
            Poll::Pending => _ = parker.park(Duration::MAX),
        }
    }
}

/// Lets an executor run its other tasks before it goes on with this one.
pub(super) async fn give_way() {
    let mut gave_way = false;
    poll_fn(|task| {
        if std::mem::replace(&mut gave_way, true) {
            return Poll::Ready(());
        }
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Says that a refresh is under way.
struct Turn<'a>(&'a LockedNode);

impl<'a> Turn<'a> {
    fn take(locked: &'a LockedNode) -> Option<Self> {
        // Made after the lock is let go: dropping it takes the lock.
        let under_way = std::mem::replace(&mut locked.lock().refreshing, true);
        (!under_way).then(|| Self(locked))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().refreshing = false;
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    /// Brings memory and collection together.
    pub(super) async fn refresh<C: AsyncCollection>(
        &self,
        collection: &C,
    ) -> Result<RefreshReport, RefreshError> {
        self.watch_staleness();
        let _turn = Turn::take(&self.locked).ok_or(RefreshError::UnderWay)?;
        let began = self.store.now();
        let report = self.drive(collection, Refresh::new(collection.batch())).await;
        self.store.table().reconsider();
        self.refreshed(began, &report);
        if report.is_good() { Ok(report) } else { Err(RefreshError::Failed(Box::new(report))) }
    }

    /// Takes the steps of a refresh until it is over.
    pub(super) async fn drive<C: AsyncCollection>(
        &self,
        collection: &C,
        mut refresh: Refresh<Subject<T>>,
    ) -> RefreshReport {
        let mut memory = NodeMemory::new(self);
        while let Some(step) = refresh.step() {
            let reply = self.take_step(collection, step).await;
            refresh.take_reply(reply, &mut memory);
            if refresh.is_long() {
                give_way().await;
            }
        }
        refresh.report()
    }

    async fn take_step<C: AsyncCollection>(
        &self,
        collection: &C,
        step: Step<'_>,
    ) -> Result<Reply, CollectionError> {
        Ok(match step {
            Step::Open => Reply::Opened(self.ask_to_open(collection).await?),
            Step::Apply(requests) => Reply::Applied(collection.apply(requests).await?),
            Step::Feed(after, at_most) => Reply::Feed(collection.feed(after, at_most).await?),
            Step::Look => Reply::Looked,
            Step::Expire(at_most) => Reply::Expired(collection.expire(at_most).await?),
        })
    }

    /// Asks how the collection stands, if that is not known.
    pub(super) async fn open<C: AsyncCollection>(
        &self,
        collection: &C,
        again: bool,
    ) -> Result<(), CollectionError> {
        if self.locked.lock().clock.is_some() && !again {
            return Ok(());
        }
        let memory = NodeMemory::new(self);
        let opened = self.ask_to_open(collection).await?;
        memory.note_opened(&opened);
        Ok(())
    }

    async fn ask_to_open<C: AsyncCollection>(
        &self,
        collection: &C,
    ) -> Result<Opened, CollectionError> {
        self.settings.check(collection.keep_ends())?;
        let opened = collection.open(self.locked.key.fingerprint()).await?;
        let now = self.store.now();
        self.locked.lock().opened_in(collection.incarnation(), now);
        Ok(opened)
    }

    /// Has the collection deal with one request.
    pub(super) async fn ask<C: AsyncCollection>(
        &self,
        collection: &C,
        request: Request,
    ) -> Result<(crate::collection::Stamp, Outcome), CollectionError> {
        let answer = collection.apply(std::slice::from_ref(&request)).await?;
        let short = || Err(CollectionError::in_doubt("the answer is too short"));
        let outcome = answer.outcomes.into_iter().next().unwrap_or_else(short)?;
        Ok((answer.stamp, outcome))
    }
}
