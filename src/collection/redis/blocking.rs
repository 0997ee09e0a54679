//! The collection by calls that block.

use redis::{Cmd, Connection, RedisResult, Value};

use super::batch::Batch;
use super::common::Common;
use super::failure::strange;
use super::listener::RedisListener;
use super::options::RedisOptions;
use super::pool::Pool;
use crate::collection::contract::Collection;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::Request;
use crate::collection::outcome::{Answer, Expired, Feed, Opened, PrincipalEnded};
use crate::collection::stamp::Cursor;

/// A collection in Redis 7.0 and later, or Valkey, by calls that block.
///
/// A call has a connection to itself: one that an earlier call left, or a new one, up to
/// [`connections`](RedisOptions::connections).
///
/// # What is kept, and how safely
///
/// A session is one string of about 180 bytes, its names and its data. Its end replaces it in the
/// same key. Four keys beside them, and one for each principal, are sorted sets that find what is
/// due, what ended, who was used the longest ago, and whose it is. With 12 bytes of data that is
/// 715 bytes of the server's memory a session, where each has a principal of its own.
///
/// - A request is done by a script, as one step: up to 100 requests a call, a few calls at a time.
/// - A server whose memory is full refuses new sessions and changes of data. It still ends,
///   touches, loads and rotates. Set `maxmemory-policy noeviction`; with another, the server throws
///   sessions out, which logs them out. None comes back.
/// - What was done is as safe as [`Ack`](crate::collection::Ack) says. A server that is restarted
///   without its file, or flushed, is another collection: the sessions that it had are gone.
///   [`incarnation`](Collection::incarnation) tells of a restart, and of another server in its
///   place.
/// - Ends are published as they happen, for [`listen`](RedisCollection::listen).
/// - Redis itself drops a record that no node has pruned for a day after it was due; the next node
///   that prunes clears the indexes of it. Where no node comes again, they stay: delete the keys
///   `{prefix}:*` of a collection that you give up.
///
/// # Limits, and clusters
///
/// All keys have one hash tag. A cluster keeps them in one slot, on one node: limits are exact, and
/// what one node can do is the bound. Name the other nodes as
/// [`other_nodes`](RedisOptions::other_nodes): the collection is found again when its slot has been
/// moved, and when its node was replaced. While the slot is on its way, calls are refused.
///
/// One collection is never split. To use several nodes of a cluster, run a collection on each, with
/// a prefix of its own: choose it by the principal, and put its number beside the id in the cookie.
/// Limits per principal are exact then, and each collection has its share of a limit on all.
///
/// The oldest session under a limit is exact, as long as no more than 1,000 of one principal are
/// under it. Limits may be added, changed and removed while nodes run: each node keeps those of its
/// own policy, and all sessions count.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{Collection, HashKey, Policy, RedisCollection, RedisOptions};
///
/// let options = RedisOptions::new(Policy::new(Duration::from_secs(300)));
/// let nobody_listens = RedisCollection::new("redis://127.0.0.1:1", options)?;
/// let refused = nobody_listens.open(HashKey::new([7; 32]).fingerprint()).unwrap_err();
/// assert!(!refused.may_be_applied(), "{refused}");
/// # Ok::<(), tenure::collection::CollectionError>(())
/// ```
#[derive(Debug)]
pub struct RedisCollection {
    common: Common,
    /// Each connection with the number of its route.
    pool: Pool<(u64, Connection)>,
}

impl RedisCollection {
    /// The collection at `redis://[user]:[password]@host:port/database`; also `unix:///path`.
    /// Nothing is sent yet. What is special in a password is percent-encoded.
    /// TLS and what the user may do: see [`RedisOptions`].
    ///
    /// # Errors
    ///
    /// [`CollectionError::NotApplied`] if the address or the options cannot be used.
    pub fn new(url: &str, options: RedisOptions) -> Result<Self, CollectionError> {
        let pool = Pool::new(options.connections, options.keep_idle);
        Ok(Self { common: Common::new(url, options)?, pool })
    }

    /// What an operator should know about the server: that it is set to throw sessions out when its
    /// memory is full. Known from the last [`open`](Collection::open).
    pub fn warning(&self) -> Option<String> {
        self.common.warning()
    }

    /// Hears of ends and changes as they happen. What is missed is in the
    /// [feed](Collection::feed).
    ///
    /// # Errors
    ///
    /// [`CollectionError::NotApplied`] if there is no connection.
    pub fn listen(&self) -> Result<RedisListener, CollectionError> {
        RedisListener::new(&self.common)
    }

    /// Sends commands, and waits for the answer to each.
    fn exchange(&self, commands: &[Cmd]) -> Result<Vec<Value>, CollectionError> {
        let mut packed = Vec::new();
        for command in commands {
            command.write_packed_command(&mut packed);
        }
        let options = &self.common.options;
        let turn = self.pool.turn(options.response_timeout);
        let turn = turn.ok_or_else(|| CollectionError::not_applied("no connection is free"))?;
        let mut tries = self.common.tries();
        while tries.next() {
            let (by, mut connection) = match turn.take() {
                Some(idle) => idle,
                None => match self.connect() {
                    (by, Ok(connection)) => (by, connection),
                    (by, Err(error)) => {
                        tries.unreached(error, by);
                        continue;
                    }
                },
            };
            match answers(&mut connection, &packed, commands.len()) {
                Ok(values) => {
                    if let Some(values) = tries.answered(values, by) {
                        turn.keep((by, connection));
                        return Ok(values);
                    }
                }
                Err(error) => tries.broken(error),
            }
            // The others are as old.
            self.pool.clear();
        }
        Err(tries.failure())
    }

    fn connect(&self) -> (u64, RedisResult<Connection>) {
        let options = &self.common.options;
        let (by, client) = self.common.client();
        let connection = client.get_connection_with_timeout(options.connection_timeout);
        let connection = connection.and_then(|connection| {
            connection.set_read_timeout(Some(options.response_timeout))?;
            connection.set_write_timeout(Some(options.response_timeout))?;
            Ok(connection)
        });
        (by, connection)
    }

    fn call<T>(
        &self,
        make: impl Fn(bool) -> Result<Vec<Cmd>, CollectionError>,
        read: impl Fn(Vec<Value>) -> Result<Option<T>, CollectionError>,
    ) -> Result<T, CollectionError> {
        for load in [false, true] {
            if let Some(answer) = read(self.exchange(&make(load)?)?)? {
                return Ok(answer);
            }
        }
        Err(strange())
    }
}

fn answers(connection: &mut Connection, packed: &[u8], count: usize) -> RedisResult<Vec<Value>> {
    connection.send_packed_command(packed)?;
    (0..count).map(|_| connection.recv_response()).collect()
}

impl Collection for RedisCollection {
    fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.call(
            |load| self.common.open(fingerprint, load),
            |replies| self.common.opened(fingerprint, replies),
        )
    }

    fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        let Common { frame, options, .. } = &self.common;
        let mut batch = Batch::new(frame, options, self.common.fingerprint()?, requests);
        while let Some(commands) = batch.next() {
            match commands.and_then(|commands| self.exchange(&commands)) {
                Ok(replies) => batch.answered(replies),
                Err(error) => batch.failed(&error),
            }
        }
        batch.finish()
    }

    fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        let (of, frame) = (self.common.fingerprint()?, &self.common.frame);
        let (mut total, mut next) = (None, Some(after));
        while let Some(after) = next {
            let page =
                Common::page(at_most - total.as_ref().map_or(0, |feed: &Feed| feed.changes.len()));
            let listed = self.call(
                |load| frame.feed(of, load, after, page).map(|command| vec![command]),
                Common::listed,
            )?;
            next = Common::append(&mut total, listed, at_most);
        }
        total.ok_or_else(strange)
    }

    fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        let (of, frame) = (self.common.fingerprint()?, &self.common.frame);
        let (mut total, mut left) = (None, at_most);
        loop {
            let page = Common::page(left);
            let next = self.call(
                |load| frame.expire(of, load, page).map(|command| vec![command]),
                |replies| Common::expired(replies, page),
            )?;
            left = Common::add(&mut total, next, at_most);
            if let (0, Some(total)) = (left, total) {
                return Ok(total);
            }
        }
    }

    fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        let of = (principal, reason);
        let mut total = None;
        while let Some(page) = Common::ends_left(total.as_ref(), at_most) {
            let next = self.call(
                |load| self.common.end_principal(load, of, except, page),
                |replies| self.common.principal_ended(replies, page),
            )?;
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
