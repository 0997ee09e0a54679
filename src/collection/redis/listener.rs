//! Ends and changes, as they happen.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use futures_core::Stream;
use redis::aio::PubSubStream;
use redis::{Client, Connection, ProtocolVersion, PushKind, RedisResult, Value};

use super::common::Common;
use super::failure::{broken, strange};
use super::reply::{bytes, changes};
use crate::collection::error::CollectionError;
use crate::collection::key::RecordKey;
use crate::collection::outcome::Change;

/// Hears of ends and changes as they happen, by calls that block. Made by
/// [`RedisCollection::listen`](crate::collection::RedisCollection::listen).
///
/// Where it reports an error, make another, and refresh; a
/// [`RedisFollower`](crate::collection::RedisFollower) does the first by itself.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{Policy, RedisCollection, RedisOptions};
///
/// let options = RedisOptions::new(Policy::new(Duration::from_secs(300)));
/// let nobody_listens = RedisCollection::new("redis://127.0.0.1:1", options)?;
/// assert!(nobody_listens.listen().is_err());
/// # Ok::<(), tenure::collection::CollectionError>(())
/// ```
pub struct RedisListener {
    connection: Connection,
    heard: VecDeque<(RecordKey, Change)>,
}

impl RedisListener {
    pub(super) fn new(common: &Common) -> Result<Self, CollectionError> {
        let connection = Self::subscribe(common);
        let connection = connection.map_err(|error| broken(&error, false))?;
        let mut listener = Self { connection, heard: VecDeque::new() };
        // Once this is here, nothing is missed.
        let (kind, _) = listener.push()?.ok_or_else(strange)?;
        if kind == PushKind::Subscribe { Ok(listener) } else { Err(strange()) }
    }

    fn subscribe(common: &Common) -> RedisResult<Connection> {
        let info = common.client().1.get_connection_info().clone();
        // With the protocol that tells messages from answers.
        let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(redis))?;
        let options = &common.options;
        let mut connection = client.get_connection_with_timeout(options.connection_timeout)?;
        connection.set_read_timeout(Some(options.response_timeout))?;
        connection.subscribe_resp3(common.frame.channel())?;
        Ok(connection)
    }

    /// Waits for what happens next.
    ///
    /// # Errors
    ///
    /// The connection is broken.
    pub fn recv(&mut self) -> Result<(RecordKey, Change), CollectionError> {
        loop {
            if let Some(change) = self.next(None)? {
                return Ok(change);
            }
        }
    }

    /// As [`recv`](RedisListener::recv), for about so long at most. A timeout of zero is a
    /// millisecond.
    ///
    /// # Errors
    ///
    /// The connection is broken.
    pub fn recv_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<Option<(RecordKey, Change)>, CollectionError> {
        self.next(Some(timeout.max(Duration::from_millis(1))))
    }

    fn next(
        &mut self,
        timeout: Option<Duration>,
    ) -> Result<Option<(RecordKey, Change)>, CollectionError> {
        if let Some(change) = self.heard.pop_front() {
            return Ok(Some(change));
        }
        let set = self.connection.set_read_timeout(timeout);
        set.map_err(|error| broken(&error, false))?;
        while let Some((kind, data)) = self.push()? {
            if let (PushKind::Message, [_, Value::BulkString(message)]) = (kind, &data[..]) {
                self.heard = changes(message)?.into();
                return Ok(self.heard.pop_front());
            }
        }
        Ok(None)
    }

    /// What the server says next; `None` if nothing in time.
    fn push(&mut self) -> Result<Option<(PushKind, Vec<Value>)>, CollectionError> {
        loop {
            match self.connection.recv_response() {
                Ok(Value::Push { kind, data }) => return Ok(Some((kind, data))),
                Ok(_) => {}
                Err(error) if error.is_timeout() => return Ok(None),
                Err(error) => return Err(broken(&error, false)),
            }
        }
    }
}

impl fmt::Debug for RedisListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisListener").finish_non_exhaustive()
    }
}

/// As [`RedisListener`], by futures. Made by
/// [`AsyncRedisCollection::listen`](crate::collection::AsyncRedisCollection::listen).
///
/// # Examples
///
/// ```
/// use tenure::collection::{AsyncRedisCollection, Change, CollectionError};
///
/// async fn ends(collection: &AsyncRedisCollection) -> Result<(), CollectionError> {
///     let mut listener = collection.listen().await?;
///     let (_key, change) = listener.recv().await?;
///     assert!(matches!(change, Change::Ended(_) | Change::Updated { .. }));
///     Ok(())
/// }
/// ```
pub struct AsyncRedisListener {
    messages: PubSubStream,
    heard: VecDeque<(RecordKey, Change)>,
    /// Keeps the subscription.
    _sink: redis::aio::PubSubSink,
}

impl AsyncRedisListener {
    pub(super) async fn new(common: &Common) -> Result<Self, CollectionError> {
        let subscribe = async {
            let mut subscription = common.client().1.get_async_pubsub().await?;
            subscription.subscribe(common.frame.channel()).await?;
            RedisResult::Ok(subscription)
        };
        let waited = tokio::time::timeout(common.options.connection_timeout, subscribe).await;
        let subscription = waited.map_err(|_| CollectionError::not_applied("no answer in time"))?;
        let subscription = subscription.map_err(|error| broken(&error, false))?;
        let (sink, messages) = subscription.split();
        Ok(Self { messages, heard: VecDeque::new(), _sink: sink })
    }

    /// Waits for what happens next. Where the future is dropped, nothing is lost.
    ///
    /// # Errors
    ///
    /// The connection is broken.
    pub async fn recv(&mut self) -> Result<(RecordKey, Change), CollectionError> {
        loop {
            if let Some(change) = self.heard.pop_front() {
                return Ok(change);
            }
            let message = poll_fn(|context| pin!(&mut self.messages).poll_next(context)).await;
            let message = message.ok_or_else(|| CollectionError::not_applied("not connected"))?;
            let message = message.get_payload().ok().and_then(bytes).ok_or_else(strange)?;
            self.heard = changes(&message)?.into();
        }
    }
}

impl fmt::Debug for AsyncRedisListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncRedisListener").finish_non_exhaustive()
    }
}
