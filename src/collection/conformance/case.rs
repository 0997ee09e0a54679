//! One rule, tried on one collection.

use std::fmt::Debug;
use std::time::Duration;

use crate::clock::ManualClock;
use crate::collection::contract::Collection;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey, SealedId};
use crate::collection::op::{Op, Request};
use crate::collection::outcome::{Feed, Opened, Outcome};
use crate::collection::policy::Policy;
use crate::collection::record::{StoredEnd, StoredSession, Successor};
use crate::collection::stamp::{CollectionTime, Cursor};
use crate::id::TrackId;

/// Moves the clock of a collection that is tested: one that stands still otherwise.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::conformance::TestClock;
/// use tenure::{Clock, ManualClock, Tick};
///
/// let clock = ManualClock::new();
/// TestClock::advance(&clock, Duration::from_secs(1));
/// assert_eq!(clock.now(), Tick::START + Duration::from_secs(1));
/// ```
pub trait TestClock: Send + Sync {
    /// Moves it forward.
    fn advance(&self, by: Duration);
}

impl TestClock for ManualClock {
    fn advance(&self, by: Duration) {
        ManualClock::advance(self, by);
    }
}

/// A collection of its own, for one rule.
pub(super) struct Case<'a> {
    pub(super) rule: &'static str,
    pub(super) collection: &'a dyn Collection,
    pub(super) clock: Option<&'a dyn TestClock>,
}

/// A rule by name, the policy that it is about, and how it is tried.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) policy: fn() -> Policy,
    pub(super) check: fn(&Case<'_>),
}

impl Rule {
    /// A rule that is about no limit.
    pub(super) const fn new(name: &'static str, check: fn(&Case<'_>)) -> Self {
        Self { name, policy, check }
    }

    pub(super) const fn with(mut self, policy: fn() -> Policy) -> Self {
        self.policy = policy;
        self
    }
}

/// The fingerprint of the nodes.
pub(super) const FINGERPRINT: Fingerprint = Fingerprint::from_bytes([0x5a; 8]);

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(3_600);

/// With these spans, which are longer than a test takes and shorter than a day.
pub(super) fn policy() -> Policy {
    let mut policy = Policy::new(MINUTE);
    (policy.grace, policy.hold, policy.keep_ends) = (HOUR, HOUR, HOUR);
    policy
}

pub(super) fn key(number: u32) -> RecordKey {
    let mut bytes = [0xa5; 16];
    // Different at both ends, as hashes are.
    bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_be_bytes());
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    RecordKey::from_bytes(bytes)
}

pub(super) fn sealed(byte: u8) -> SealedId {
    SealedId::from_bytes([byte; 16])
}

pub(super) fn done(version: u32) -> Outcome {
    Outcome::Done { version }
}

pub(super) fn remove(reason: &str) -> Op {
    Op::Remove { reason: reason.into(), id: None, fence: false }
}

pub(super) fn touch(used: CollectionTime, busy_until: CollectionTime) -> Op {
    Op::Touch { used, busy_until }
}

pub(super) fn update(nonce: u32, version: u32, token: u64, data: &[u8]) -> Op {
    Op::Update { nonce, version, token, data: data.to_vec() }
}

pub(super) fn rotate(to: u32) -> Op {
    let to = Successor { key: key(to), id: sealed(to.to_be_bytes()[3]) };
    Op::Rotate { to, track: TrackId::from_bytes([0x77; 16]), id: Some(sealed(0x99)) }
}

impl Case<'_> {
    /// The collection breaks the rule.
    #[track_caller]
    pub(super) fn fail(&self, what: &str) -> ! {
        panic!("the collection breaks the rule \"{}\": {what}", self.rule)
    }

    #[track_caller]
    pub(super) fn check(&self, holds: bool, what: &str) {
        if !holds {
            self.fail(what);
        }
    }

    /// Two values of `what` are to be the same.
    #[track_caller]
    pub(super) fn same<T: PartialEq + Debug>(&self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.fail(&format!("{what}: found {found:?}, expected {expected:?}"));
        }
    }

    #[track_caller]
    pub(super) fn ok<T>(&self, what: &str, result: Result<T, CollectionError>) -> T {
        result.unwrap_or_else(|error| self.fail(&format!("{what} failed: {error}")))
    }

    #[track_caller]
    pub(super) fn open(&self) -> Opened {
        self.ok("open", self.collection.open(FINGERPRINT))
    }

    #[track_caller]
    pub(super) fn now(&self) -> CollectionTime {
        self.open().stamp.time
    }

    /// The time, where the clock can be driven, after it was.
    pub(super) fn advance(&self, by: Duration) -> bool {
        self.clock.inspect(|clock| clock.advance(by)).is_some()
    }

    /// What comes of these requests, in batches as large as they may be.
    #[track_caller]
    pub(super) fn all(&self, requests: &[Request]) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for batch in requests.chunks(self.collection.batch()) {
            let answer = self.ok("apply", self.collection.apply(batch));
            self.same("the number of outcomes", &answer.outcomes.len(), &batch.len());
            for (outcome, request) in answer.outcomes.into_iter().zip(batch) {
                outcomes.push(self.ok(request.op.name(), outcome));
            }
        }
        outcomes
    }

    #[track_caller]
    pub(super) fn apply(&self, number: u32, op: Op) -> Outcome {
        let request = Request { key: key(number), op };
        self.all(&[request]).pop().unwrap_or_else(|| self.fail("no outcome"))
    }

    /// Of this operation comes this.
    #[track_caller]
    pub(super) fn expect(&self, number: u32, op: Op, expected: &Outcome) {
        let shown = format!("{op:?}");
        let found = self.apply(number, op);
        if found != *expected {
            self.fail(&format!("{shown} returned {found:?}, expected {expected:?}"));
        }
    }

    /// A session that was created and used now.
    #[track_caller]
    pub(super) fn session(&self, nonce: u32) -> StoredSession {
        StoredSession::new(nonce, self.now(), vec![7])
    }

    /// A session that was created and used so long ago, with an idle timeout of a minute.
    #[track_caller]
    pub(super) fn used_ago(&self, ago: Duration) -> StoredSession {
        let used = self.now().saturating_sub(ago);
        StoredSession { idle: Some(MINUTE), ..StoredSession::new(1, used, vec![7]) }
    }

    /// An insertion that is in time.
    #[track_caller]
    pub(super) fn insert(&self, session: StoredSession) -> Op {
        let stamp = self.open().stamp;
        let (not_after, epoch) = (stamp.time.saturating_add(HOUR), stamp.epoch);
        Op::Insert { session: Box::new(session), not_after, epoch }
    }

    /// Puts a session in.
    #[track_caller]
    pub(super) fn put(&self, number: u32, session: StoredSession) {
        let version = session.version;
        self.expect(number, self.insert(session), &done(version));
    }

    /// The session as it is, without marking it used: the answer to a change of another session.
    #[track_caller]
    pub(super) fn peek(&self, number: u32) -> StoredSession {
        match self.apply(number, update(u32::MAX, 0, 0, b"not to be written")) {
            Outcome::Live(session) => *session,
            other => self.fail(&format!("update with another nonce returned {other:?}")),
        }
    }

    /// The end that is there.
    #[track_caller]
    pub(super) fn ended(&self, number: u32) -> StoredEnd {
        match self.apply(number, Op::Load) {
            Outcome::Ended(end) => *end,
            other => self.fail(&format!("load of an ended session returned {other:?}")),
        }
    }

    /// Whether a session is there.
    #[track_caller]
    pub(super) fn is_live(&self, number: u32) -> bool {
        matches!(self.apply(number, update(u32::MAX, 0, 0, b"")), Outcome::Live(_))
    }

    #[track_caller]
    pub(super) fn feed(&self, after: Cursor, at_most: usize) -> Feed {
        let feed = self.ok("feed", self.collection.feed(after, at_most));
        self.check(feed.changes.len() <= at_most, "feed has more changes than were asked for");
        feed
    }
}
