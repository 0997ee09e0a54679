//! What the tests have in common.

use std::time::Duration;

use fleet::RedisServer;
use tenure::SessionId;
use tenure::collection::{
    Answer, AsyncCollection, AsyncRedisCollection, Collection, CollectionError, CollectionTime,
    Cursor, Expired, Feed, Fingerprint, HashKey, Op, Opened, Outcome, Policy, PrincipalEnded,
    RecordKey, RedisCollection, RedisOptions, Request, Stamp, StoredSession,
};

/// An asynchronous collection, as a blocking one.
pub(crate) struct Blocking {
    runtime: tokio::runtime::Runtime,
    inner: AsyncRedisCollection,
}

impl Blocking {
    pub(crate) fn new(url: &str, options: RedisOptions) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, inner: AsyncRedisCollection::new(url, options).unwrap() }
    }
}

impl Collection for Blocking {
    fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.runtime.block_on(self.inner.open(fingerprint))
    }
    fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        self.runtime.block_on(self.inner.apply(requests))
    }
    fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        self.runtime.block_on(self.inner.feed(after, at_most))
    }
    fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        self.runtime.block_on(self.inner.expire(at_most))
    }
    fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        self.runtime.block_on(self.inner.end_principal(principal, reason, except, at_most))
    }
    fn incarnation(&self) -> u64 {
        self.inner.incarnation()
    }
}

/// Runs a test with the blocking and with the asynchronous collection, each on an empty server.
pub(crate) fn on_both(options: RedisOptions, test: impl Fn(&mut RedisServer, &dyn Collection)) {
    on_both_with("", options, test);
}

/// The same, with options for the server.
pub(crate) fn on_both_with(
    server_options: &str,
    options: RedisOptions,
    test: impl Fn(&mut RedisServer, &dyn Collection),
) {
    let Some(mut server) = RedisServer::start(server_options) else { return };
    let blocking = RedisCollection::new(&server.url(), options.clone()).unwrap();
    blocking.open(fingerprint()).unwrap();
    test(&mut server, &blocking);
    drop(server);
    let Some(mut server) = RedisServer::start(server_options) else { return };
    let asynchronous = Blocking::new(&server.url(), options);
    asynchronous.open(fingerprint()).unwrap();
    test(&mut server, &asynchronous);
}

/// Makes a call that may go on for ever if something is wrong; then the server is stopped.
pub(crate) fn in_time<T: Send>(server: &mut RedisServer, call: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let (tell, told) = std::sync::mpsc::channel();
        scope.spawn(move || tell.send(call()));
        told.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| {
            server.kill();
            panic!("the call does not return")
        })
    })
}

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// Without any grace, and ends are kept for an hour.
pub(crate) fn policy() -> Policy {
    let mut policy = Policy::new(Duration::ZERO);
    policy.hold = Duration::ZERO;
    policy.keep_ends = HOUR;
    policy
}

pub(crate) fn options() -> RedisOptions {
    RedisOptions::new(policy())
}

pub(crate) fn fingerprint() -> Fingerprint {
    HashKey::new([1; 32]).fingerprint()
}

pub(crate) fn key(number: u32) -> RecordKey {
    let mut id = [7; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    HashKey::new([1; 32]).record_key(SessionId::from_bytes(id))
}

/// How the collection stands.
pub(crate) fn stamp(collection: &dyn Collection) -> Stamp {
    collection.open(fingerprint()).unwrap().stamp
}

/// One request, and what came of it.
pub(crate) fn apply(
    collection: &dyn Collection,
    number: u32,
    op: Op,
) -> Result<Outcome, CollectionError> {
    let mut answer = collection.apply(&[Request { key: key(number), op }])?;
    answer.outcomes.pop().unwrap()
}

pub(crate) fn done(collection: &dyn Collection, number: u32, op: Op) -> Outcome {
    apply(collection, number, op).unwrap()
}

/// A session with all that one can have.
pub(crate) fn session(stamp: Stamp) -> StoredSession {
    let mut session = StoredSession::new(5, stamp.time, b"data\0\xff\r\n".to_vec());
    session.principal = Some("alice".into());
    session.originator = Some("a \"browser\"".into());
    session.host = Some(String::new());
    session.privileged = true;
    session.idle = Some(HOUR + Duration::from_nanos(3));
    session.deadline = Some(stamp.time.saturating_add(HOUR));
    session
}

pub(crate) fn insert(stamp: Stamp, session: StoredSession) -> Op {
    let not_after = stamp.time.saturating_add(HOUR);
    Op::Insert { session: Box::new(session), not_after, epoch: stamp.epoch }
}

/// Puts a session in that is like any other.
pub(crate) fn put(collection: &dyn Collection, number: u32) -> StoredSession {
    let stamp = stamp(collection);
    let session = session(stamp);
    let outcome = done(collection, number, insert(stamp, session.clone()));
    assert_eq!(outcome, Outcome::Done { version: 0 });
    session
}

pub(crate) fn touch(used: CollectionTime) -> Op {
    Op::Touch { used, busy_until: CollectionTime::ORIGIN }
}

pub(crate) fn remove(fence: bool) -> Op {
    Op::Remove { reason: "logged_out".into(), id: None, fence }
}

pub(crate) fn update(version: u32, token: u64, data: &[u8]) -> Op {
    Op::Update { nonce: 5, version, token, data: data.to_vec() }
}
