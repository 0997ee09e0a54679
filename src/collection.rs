//! Where sessions are kept beyond one process: what every collection does, and the collections of
//! this crate.
//!
//! A [collection](Collection) keeps the sessions of several nodes, or of before a restart. Requests
//! touch only the memory of their node; [`SharedSessions`](crate::shared::SharedSessions) brings
//! memory and collection together.
//!
//! | you have | use |
//! |---|---|
//! | one process, which may restart | `RedbCollection`, feature `redb` |
//! | a fleet with a Redis or Valkey | `RedisCollection`, feature `redis` |
//! | tests | [`MemoryCollection`] |
//! | a database with transactions | [`TableCollection`] over a table of yours |
//! | something else | your own [`Collection`] or [`AsyncCollection`] |
//!
//! # What a collection keeps
//!
//! Under each [`RecordKey`], a one-way name of a session's id, there is a [`StoredSession`], a
//! [`StoredEnd`], or nothing. Besides, a collection has
//!
//! - a **clock** of its own, the only one that its records know ([`CollectionTime`]);
//! - an [`Epoch`], drawn at random when it is set up, so that a flush changes it;
//! - a **seq**, which counts the ends and the changes of data;
//! - a **floor**: the highest seq of what it has forgotten.
//!
//! # What it does
//!
//! | | |
//! |---|---|
//! | [`open`](Collection::open) | sets it up, if it is not, and says how it stands |
//! | [`apply`](Collection::apply) | does what each [`Request`] asks, in order |
//! | [`feed`](Collection::feed) | lists what ended and what changed |
//! | [`expire`](Collection::expire) | ends what is past its deadline, and forgets old ends |
//! | [`end_principal`](Collection::end_principal) | ends the sessions of a principal |
//!
//! Every request is one atomic step, whatever the other nodes do; a batch need not be. What a
//! request does, and what comes of it, is said at [`Op`].

mod codec;
#[cfg(feature = "conformance")]
pub mod conformance;
mod contract;
mod error;
mod format;
mod key;
mod memory;
mod op;
mod outcome;
mod policy;
mod record;
#[allow(dead_code)] // The collections that persist use more of it than that in memory does.
mod records;
#[cfg(feature = "redb")]
mod redb;
#[cfg(feature = "redis")]
mod redis;
mod stamp;
mod tabled;

#[cfg(feature = "redb")]
pub use self::redb::{
    RedbCollection, RedbDurability, RedbOptions, RedbRecord, RedbRecords, RedbSummary,
};
#[cfg(feature = "json")]
pub use codec::Json;
pub use codec::{Codec, CodecError, MessagePack};
pub use contract::{AsyncCollection, Collection};
pub use error::CollectionError;
pub use key::{Fingerprint, HashKey, HashKeyLength, RecordKey, SealedId};
pub use memory::{Call, Fault, MemoryCollection, MemorySnapshot, MemoryStats};
pub use op::{Op, Request};
pub use outcome::{Answer, Change, Expired, Feed, Opened, Outcome, PrincipalEnded};
pub use policy::Policy;
pub use record::{StoredEnd, StoredSession, Successor};
#[cfg(feature = "redis")]
pub use redis::{
    Ack, AsyncRedisCollection, AsyncRedisFollower, AsyncRedisListener, Heard, RedisCollection,
    RedisFollower, RedisListener, RedisOptions,
};
pub use stamp::{CollectionTime, Cursor, Epoch, Stamp};
pub use tabled::{RecordTable, TableCollection, TableRecord, Transact};
