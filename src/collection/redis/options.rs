//! How a collection in Redis is used.

use std::time::Duration;

use crate::collection::error::CollectionError;
use crate::collection::policy::Policy;

/// How a [`RedisCollection`](crate::collection::RedisCollection) uses its server.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{Policy, RedisCollection, RedisOptions};
///
/// let policy = Policy::new(Duration::from_secs(300));
/// let options = RedisOptions::new(policy).prefix("shop").response_timeout(Duration::from_secs(2));
/// let collection = RedisCollection::connect("redis://:secret@127.0.0.1:6379", options)?;
/// assert!(!format!("{collection:?}").contains("secret"));
/// # Ok::<(), tenure::collection::CollectionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisOptions {
    pub(super) policy: Policy,
    pub(super) prefix: String,
    pub(super) response_timeout: Duration,
    pub(super) connection_timeout: Duration,
    pub(super) retries: u32,
    pub(super) nodes: Vec<String>,
    pub(super) in_flight: usize,
    pub(super) ack: Ack,
}

impl RedisOptions {
    /// The prefix is `tenure`, the server has 5 s to respond and 2 s to accept a connection, a
    /// broken connection is tried once more, 5 calls are in flight, and the server's memory
    /// acknowledges.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            prefix: "tenure".into(),
            response_timeout: Duration::from_secs(5),
            connection_timeout: Duration::from_secs(2),
            retries: 1,
            nodes: Vec::new(),
            in_flight: 5,
            ack: Ack::Memory,
        }
    }

    /// What all keys begin with: `{prefix}:`. Two collections on one server have two prefixes. The
    /// braces make a cluster keep all of it on one node.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long to wait for the answers to the calls in flight. What is not answered by then is
    /// [in doubt](CollectionError::InDoubt).
    #[must_use]
    pub const fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// How long to wait for a connection.
    #[must_use]
    pub const fn connection_timeout(mut self, timeout: Duration) -> Self {
        self.connection_timeout = timeout;
        self
    }

    /// How often calls are sent again whose connection broke. Those that timed out are not.
    #[must_use]
    pub const fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Other nodes of the cluster, or replicas of the server, as `host:port`: asked in turn where
    /// one cannot be reached. They have the password of the first.
    ///
    /// Whatever node of a cluster is asked points to the one that keeps the collection.
    #[must_use]
    pub fn other_nodes(mut self, nodes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.nodes = nodes.into_iter().map(Into::into).collect();
        self
    }

    /// How many calls, of 100 requests at most, are sent before the first is answered.
    #[must_use]
    pub const fn calls_in_flight(mut self, calls: usize) -> Self {
        self.in_flight = calls;
        self
    }

    /// What has to have a change before it counts as done.
    #[must_use]
    pub const fn acknowledge(mut self, ack: Ack) -> Self {
        self.ack = ack;
        self
    }

    /// What is wrong with them, in words.
    pub(super) fn check(&self) -> Result<(), CollectionError> {
        let refuse = |reason: &str| Err(CollectionError::not_applied(reason));
        if self.prefix.is_empty() || self.prefix.contains(['{', '}']) {
            return refuse("the prefix of keys is empty, or has braces");
        }
        if self.response_timeout.is_zero() || self.connection_timeout.is_zero() {
            return refuse("a timeout of zero");
        }
        if self.ack == Ack::Replicas(0) {
            return refuse("no replicas to wait for");
        }
        if self.in_flight == 0 { refuse("no calls in flight") } else { Ok(()) }
    }
}

/// What has to have a change before it counts as done. Ends that are not kept so may come back,
/// if the server loses its memory: so nodes tell it again of those of their last refreshes, once
/// [`incarnation`](crate::collection::Collection::incarnation) shows that it may have.
///
/// The wait is half the response timeout at most; what is not acknowledged by then is
/// [in doubt](CollectionError::InDoubt), and may be repeated without harm. Loads do not wait, and
/// neither does what the pruner ends.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{Ack, Policy, RedisOptions};
///
/// let options = RedisOptions::new(Policy::new(Duration::from_secs(300)));
/// assert_ne!(options.clone().acknowledge(Ack::Replicas(1)), options);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ack {
    /// The memory of the server. With `appendonly yes` and `appendfsync everysec`, a server that
    /// is killed loses up to a second or two; one that fails over, what its replica had not read.
    Memory,
    /// The disk of the server, by `WAITAOF`: Redis 7.2 or Valkey, with `appendonly yes`; others are
    /// refused as the collection is opened. With `appendfsync everysec` a change waits for up to a
    /// second.
    Disk,
    /// The memory of this many replicas, by `WAIT`; one at least. On a connection that others
    /// share, they wait, too.
    Replicas(u32),
}
