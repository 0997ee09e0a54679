//! How a collection in Redis is used.

use std::time::Duration;

use crate::collection::error::CollectionError;
use crate::collection::policy::Policy;

/// How a [`RedisCollection`](crate::collection::RedisCollection) uses its server.
///
/// # The server and its user
///
/// `rediss://`, for TLS, works in a program that has the crate `redis` with one of its features for
/// TLS, too; with the authorities that this feature trusts. A private one, a certificate of the
/// client, and Sentinel cannot be named in the URL: use a proxy such as stunnel, and for Sentinel
/// name the servers as [`other_nodes`](RedisOptions::other_nodes).
///
/// The user needs the keys `~{prefix}:*` and the channel `&{prefix}:ends`, and may do `+evalsha
/// +eval +info +subscribe +unsubscribe +ping +client +select +time +publish +get +mget +set
/// +setrange +del +hset +hmget +@sortedset`; and `+wait` or `+waitaof` for an [`Ack`] that waits.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{Policy, RedisCollection, RedisOptions};
///
/// let policy = Policy::new(Duration::from_secs(300));
/// let options = RedisOptions::new(policy).prefix("shop").response_timeout(Duration::from_secs(2));
/// let collection = RedisCollection::new("redis://:secret@127.0.0.1:6379", options)?;
/// assert!(!format!("{collection:?}").contains("secret"));
/// # Ok::<(), tenure::collection::CollectionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisOptions {
    /// The rules that the collection keeps by itself.
    pub policy: Policy,
    /// What all keys begin with: `{prefix}:`. `tenure` by default.
    ///
    /// Two collections on one server have two prefixes. The braces make a cluster keep all of it
    /// on one node.
    pub prefix: String,
    /// How long to wait for the answers to the calls in flight: 5 s by default. What is not
    /// answered by then is [in doubt](CollectionError::InDoubt).
    pub response_timeout: Duration,
    /// How long to wait for a connection: 2 s by default.
    pub connection_timeout: Duration,
    /// How often calls are sent again whose connection broke: once by default. Those that timed
    /// out are not.
    pub retries: u32,
    /// Other nodes of the cluster, or replicas of the server, as `host:port`: asked in turn where
    /// one cannot be reached. They have the password of the first. None by default.
    ///
    /// Any node of a cluster points to the one that keeps the collection.
    pub other_nodes: Vec<String>,
    /// How many calls, of 100 requests at most, are sent before the first is answered: 5 by
    /// default.
    pub calls_in_flight: usize,
    /// What has to have a change before it counts as done. The memory of the server by default.
    pub acknowledge: Ack,
    /// How many connections a blocking collection has at most: 16 by default. Where all are in use,
    /// a call waits for one for as long as for an answer; then it is
    /// [not applied](CollectionError::NotApplied). An asynchronous collection has one connection.
    /// Listeners have their own besides.
    pub connections: usize,
    /// For how long a blocking collection keeps a connection that it does not use: for a minute by
    /// default. It is closed with the next call after that.
    pub keep_idle: Duration,
}

impl RedisOptions {
    /// Those with this policy, and defaults.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            prefix: "tenure".into(),
            response_timeout: Duration::from_secs(5),
            connection_timeout: Duration::from_secs(2),
            retries: 1,
            other_nodes: Vec::new(),
            calls_in_flight: 5,
            acknowledge: Ack::Memory,
            connections: 16,
            keep_idle: Duration::from_secs(60),
        }
    }

    /// Sets what all keys begin with.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long to wait for the answers to the calls in flight.
    #[must_use]
    pub const fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// Sets how long to wait for a connection.
    #[must_use]
    pub const fn connection_timeout(mut self, timeout: Duration) -> Self {
        self.connection_timeout = timeout;
        self
    }

    /// Sets how often calls are sent again whose connection broke.
    #[must_use]
    pub const fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Sets the other nodes of the cluster, or replicas of the server.
    #[must_use]
    pub fn other_nodes(mut self, nodes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.other_nodes = nodes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how many calls are sent before the first is answered.
    #[must_use]
    pub const fn calls_in_flight(mut self, calls: usize) -> Self {
        self.calls_in_flight = calls;
        self
    }

    /// Sets how many connections a blocking collection has at most.
    #[must_use]
    pub const fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Sets for how long a blocking collection keeps a connection that it does not use.
    #[must_use]
    pub const fn keep_idle(mut self, keep: Duration) -> Self {
        self.keep_idle = keep;
        self
    }

    /// Sets what has to have a change before it counts as done.
    #[must_use]
    pub const fn acknowledge(mut self, ack: Ack) -> Self {
        self.acknowledge = ack;
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
        if self.acknowledge == Ack::Replicas(0) {
            return refuse("no replicas to wait for");
        }
        if self.connections == 0 {
            return refuse("no connections");
        }
        if self.calls_in_flight == 0 { refuse("no calls in flight") } else { Ok(()) }
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
