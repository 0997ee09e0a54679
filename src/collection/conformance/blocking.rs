//! An asynchronous collection, by calls that block.

use std::pin::Pin;

use crate::collection::contract::{AsyncCollection, Collection};
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::Request;
use crate::collection::outcome::{Answer, Expired, Feed, Opened, PrincipalEnded};
use crate::collection::stamp::Cursor;

/// A call, for an executor to run to its end.
pub(super) type Task<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

pub(super) struct Blocking<C, B> {
    pub(super) collection: C,
    pub(super) block_on: B,
}

impl<C: AsyncCollection, B: Fn(Task<'_>)> Blocking<C, B> {
    fn run<R: Send>(
        &self,
        call: impl Future<Output = Result<R, CollectionError>> + Send,
    ) -> Result<R, CollectionError> {
        let mut result = None;
        (self.block_on)(Box::pin(async { result = Some(call.await) }));
        result.expect("`block_on` returns when the future is ready")
    }
}

impl<C: AsyncCollection, B: Fn(Task<'_>) + Send + Sync> Collection for Blocking<C, B> {
    fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.run(self.collection.open(fingerprint))
    }

    fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        self.run(self.collection.apply(requests))
    }

    fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        self.run(self.collection.feed(after, at_most))
    }

    fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        self.run(self.collection.expire(at_most))
    }

    fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        self.run(self.collection.end_principal(principal, reason, except, at_most))
    }

    fn batch(&self) -> usize {
        self.collection.batch()
    }
}
