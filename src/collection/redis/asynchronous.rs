//! The collection by futures.

use std::fmt;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, Pipeline, RedisResult, Value};

use super::batch::Batch;
use super::common::Common;
use super::failure::{broken, is_done, nowhere, strange};
use super::listener::AsyncRedisListener;
use super::options::RedisOptions;
use crate::collection::contract::AsyncCollection;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::Request;
use crate::collection::outcome::{Answer, Expired, Feed, Opened, PrincipalEnded};
use crate::collection::stamp::Cursor;
use crate::sync::Mutex;

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
/// let refused = AsyncRedisCollection::connect("http://127.0.0.1", options).unwrap_err();
/// assert!(!refused.may_be_applied(), "{refused}");
/// ```
#[derive(Debug)]
pub struct AsyncRedisCollection {
    common: Common,
    link: Link,
}

/// The connection, and how many there were before it.
#[derive(Default)]
struct Link(Mutex<(u64, Option<MultiplexedConnection>)>);

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.lock().1.is_some() { "connected" } else { "not connected" })
    }
}

impl AsyncRedisCollection {
    /// As [`RedisCollection::connect`](crate::collection::RedisCollection::connect).
    ///
    /// # Errors
    ///
    /// [`CollectionError::NotApplied`] if the address or the options cannot be used.
    pub fn connect(url: &str, options: RedisOptions) -> Result<Self, CollectionError> {
        Ok(Self { common: Common::new(url, options)?, link: Link::default() })
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
        let (mut sent, mut broke, mut unreached) = (false, None, 0);
        for _ in 0..self.common.attempts() {
            let (number, mut connection) = match self.connection().await {
                Ok(connection) => connection,
                Err(error) => {
                    self.common.route.elsewhere();
                    broke = Some(error);
                    unreached += 1;
                    if unreached == self.common.route.nodes() {
                        break;
                    }
                    continue;
                }
            };
            let answered = connection.send_packed_commands(&pipeline, 0, count).await;
            match answered {
                Ok(values) if self.common.route.follow(&values) => {
                    sent |= is_done(&values);
                    self.give_up(number);
                }
                Ok(values) => return Ok(values),
                Err(error) => {
                    self.give_up(number);
                    if !error.is_connection_dropped() {
                        return Err(broken(&error, true));
                    }
                    (sent, broke) = (true, Some(error));
                }
            }
        }
        Err(broke.map_or_else(nowhere, |error| broken(&error, sent)))
    }

    async fn connection(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        {
            let link = self.link.0.lock();
            if let (number, Some(connection)) = &*link {
                return Ok((*number, connection.clone()));
            }
        }
        let options = &self.common.options;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(options.connection_timeout))
            .set_response_timeout(Some(options.response_timeout));
        let client = self.common.client();
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let (number, before) = {
            let mut link = self.link.0.lock();
            link.0 += 1;
            (link.0, link.1.replace(connection.clone()))
        };
        drop(before);
        Ok((number, connection))
    }

    /// The next call has another connection than this.
    fn give_up(&self, number: u64) {
        let mut link = self.link.0.lock();
        let given_up = if link.0 == number { link.1.take() } else { None };
        drop(link);
        drop(given_up);
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
                    Common::expired,
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
                    |replies| self.common.principal_ended(replies),
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
