//! The collection by futures.

use redis::{Cmd, Pipeline, Value};

use super::batch::Batch;
use super::common::Common;
use super::failure::strange;
use super::listener::AsyncRedisListener;
use super::options::RedisOptions;
use super::wire::Wire;
use crate::collection::contract::AsyncCollection;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::Request;
use crate::collection::outcome::{Answer, Expired, Feed, Opened, PrincipalEnded};
use crate::collection::stamp::Cursor;

/// As [`RedisCollection`](crate::collection::RedisCollection), by futures that need tokio, with its
/// timers and its sockets.
///
/// All calls share one connection.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{AsyncRedisCollection, Policy, RedisOptions};
///
/// let options = RedisOptions::new(Policy::new(Duration::from_secs(300)));
/// let refused = AsyncRedisCollection::new("http://127.0.0.1", options).unwrap_err();
/// assert!(!refused.may_be_applied(), "{refused}");
/// ```
#[derive(Debug)]
pub struct AsyncRedisCollection {
    common: Common,
    wire: Wire,
}

impl AsyncRedisCollection {
    /// As [`RedisCollection::new`](crate::collection::RedisCollection::new).
    ///
    /// # Errors
    ///
    /// [`CollectionError::NotApplied`] if the address or the options cannot be used.
    pub fn new(url: &str, options: RedisOptions) -> Result<Self, CollectionError> {
        Ok(Self { common: Common::new(url, options)?, wire: Wire::default() })
    }

    /// As [`RedisCollection::warning`](crate::collection::RedisCollection::warning).
    pub fn warning(&self) -> Option<String> {
        self.common.warning()
    }

    /// As [`RedisCollection::listen`](crate::collection::RedisCollection::listen).
    ///
    /// # Errors
    ///
    /// [`CollectionError::NotApplied`] if there is no connection.
    pub async fn listen(&self) -> Result<AsyncRedisListener, CollectionError> {
        AsyncRedisListener::new(&self.common).await
    }

    async fn exchange(&self, commands: Vec<Cmd>) -> Result<Vec<Value>, CollectionError> {
        let (count, mut pipeline) = (commands.len(), Pipeline::with_capacity(commands.len()));
        for command in commands {
            pipeline.add_command(command);
        }
        let mut tries = self.common.tries();
        while tries.next() {
            let mut link = match self.wire.link(&self.common).await {
                Ok(link) => link,
                Err((error, by)) => {
                    tries.unreached(error, by);
                    continue;
                }
            };
            match link.connection.send_packed_commands(&pipeline, 0, count).await {
                Ok(values) => {
                    if let Some(values) = tries.answered(values, link.by) {
                        return Ok(values);
                    }
                }
                Err(error) => tries.broken(error),
            }
            self.wire.give_up(link.number);
        }
        Err(tries.failure())
    }

    async fn call<T>(
        &self,
        make: impl Fn(bool) -> Result<Vec<Cmd>, CollectionError> + Send + Sync,
        read: impl Fn(Vec<Value>) -> Result<Option<T>, CollectionError> + Send + Sync,
    ) -> Result<T, CollectionError> {
        for load in [false, true] {
            let commands = make(load)?;
            if let Some(answer) = read(self.exchange(commands).await?)? {
                return Ok(answer);
            }
        }
        Err(strange())
    }
}

impl AsyncCollection for AsyncRedisCollection {
    async fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.call(
            |load| self.common.open(fingerprint, load),
            |replies| self.common.opened(fingerprint, replies),
        )
        .await
    }

    async fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        let Common { frame, options, .. } = &self.common;
        let mut batch = Batch::new(frame, options, self.common.fingerprint()?, requests);
        while let Some(commands) = batch.next() {
            let replies = match commands {
                Ok(commands) => self.exchange(commands).await,
                Err(error) => Err(error),
            };
            match replies {
                Ok(replies) => batch.answered(replies),
                Err(error) => batch.failed(&error),
            }
        }
        batch.finish()
    }

    async fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        let (of, frame) = (self.common.fingerprint()?, &self.common.frame);
        let (mut total, mut next) = (None, Some(after));
        while let Some(after) = next {
            let page =
                Common::page(at_most - total.as_ref().map_or(0, |feed: &Feed| feed.changes.len()));
            let listed = self
                .call(
                    |load| frame.feed(of, load, after, page).map(|command| vec![command]),
                    Common::listed,
                )
                .await?;
            next = Common::append(&mut total, listed, at_most);
        }
        total.ok_or_else(strange)
    }

    async fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        let (of, frame) = (self.common.fingerprint()?, &self.common.frame);
        let (mut total, mut left) = (None, at_most);
        loop {
            let page = Common::page(left);
            let next = self
                .call(
                    |load| frame.expire(of, load, page).map(|command| vec![command]),
                    |replies| Common::expired(replies, page),
                )
                .await?;
            left = Common::add(&mut total, next, at_most);
            if let (0, Some(total)) = (left, total) {
                return Ok(total);
            }
        }
    }

    async fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        let of = (principal, reason);
        let mut total = None;
        while let Some(page) = Common::ends_left(total.as_ref(), at_most) {
            let next = self
                .call(
                    |load| self.common.end_principal(load, of, except, page),
                    |replies| self.common.principal_ended(replies, page),
                )
                .await?;
            Common::add_ended(&mut total, next);
        }
        total.ok_or_else(strange)
    }

    fn incarnation(&self) -> u64 {
        self.common.incarnation()
    }

    fn keep_ends(&self) -> Option<std::time::Duration> {
        Some(self.common.options.policy.keep_ends)
    }
}
