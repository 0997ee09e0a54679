//! The records of a collection in memory, with their bodies.

use std::collections::{HashMap, VecDeque};

use super::stats::MemoryStats;
use crate::collection::key::RecordKey;
use crate::collection::op::{Op, Request};
use crate::collection::outcome::{Expired, Outcome, PrincipalEnded};
use crate::collection::policy::Policy;
use crate::collection::record::StoredSession;
use crate::collection::records::{Decision, Kept, Meta, Records, Write};
use crate::collection::stamp::{CollectionTime, Epoch, Stamp};
use crate::sync::Arc;

/// What there is at a moment: clones share the bodies.
#[derive(Clone)]
pub(super) struct Contents {
    pub(super) records: Records,
    bodies: HashMap<RecordKey, Arc<StoredSession>>,
}

/// What is behind the lock.
pub(super) struct State {
    pub(super) contents: Contents,
    /// Time does not go back.
    latest: CollectionTime,
    /// How often the contents were put back.
    pub(super) roll_backs: u64,
    pub(super) delayed: VecDeque<Request>,
    pub(super) stats: MemoryStats,
    writes: Vec<Write>,
}

impl Contents {
    pub(super) fn new(policy: Policy, epoch: Epoch) -> Self {
        let meta = Meta { epoch, seq: 0, floor: 0, fingerprint: None };
        Self { records: Records::new(policy, meta), bodies: HashMap::new() }
    }
}

impl State {
    pub(super) fn new(contents: Contents) -> Self {
        let (delayed, writes) = (VecDeque::new(), Vec::new());
        let latest = CollectionTime::ORIGIN;
        Self { contents, latest, roll_backs: 0, delayed, stats: MemoryStats::default(), writes }
    }

    /// The time of a call that read this clock, perhaps before another that came first.
    pub(super) fn now(&mut self, clock: CollectionTime) -> CollectionTime {
        self.latest = self.latest.max(clock);
        self.latest
    }

    pub(super) fn stamp(&mut self, clock: CollectionTime) -> Stamp {
        let now = self.now(clock);
        self.contents.records.stamp(now)
    }

    pub(super) fn apply(&mut self, clock: CollectionTime, request: &Request) -> Outcome {
        self.stats.count(&request.op);
        let now = self.now(clock);
        let mut writes = std::mem::take(&mut self.writes);
        let decision = self.contents.records.apply(now, request, &mut writes);
        self.write(writes, Some(request));
        match decision {
            Decision::Outcome(outcome) => outcome,
            Decision::Live => self.session(request.key).map_or(Outcome::Missing, Outcome::Live),
        }
    }

    pub(super) fn expire(&mut self, clock: CollectionTime, at_most: usize) -> Expired {
        let now = self.now(clock);
        let mut writes = std::mem::take(&mut self.writes);
        let expired = self.contents.records.expire(now, at_most, &mut writes);
        self.write(writes, None);
        expired
    }

    pub(super) fn end_principal(
        &mut self,
        clock: CollectionTime,
        of: (&str, &str),
        except: &[RecordKey],
        at_most: usize,
    ) -> PrincipalEnded {
        let now = self.now(clock);
        let mut writes = std::mem::take(&mut self.writes);
        let Contents { records, bodies } = &mut self.contents;
        if !records.knows_principals() {
            let name = |(key, body): (&RecordKey, &Arc<StoredSession>)| {
                body.principal.clone().map(|name| (*key, name))
            };
            records.learn_principals(bodies.iter().filter_map(name));
        }
        let ended = records.end_principal(now, of, except, at_most, &mut writes);
        self.write(writes, None);
        ended
    }

    pub(super) fn prune(&mut self) {
        let mut writes = std::mem::take(&mut self.writes);
        self.contents.records.prune(&mut writes);
        self.write(writes, None);
    }

    fn session(&self, key: RecordKey) -> Option<Box<StoredSession>> {
        let mut session = StoredSession::clone(self.contents.bodies.get(&key)?);
        self.contents.records.head(key)?.put_into(&mut session);
        Some(Box::new(session))
    }

    /// Brings the bodies to what was decided.
    fn write(&mut self, mut writes: Vec<Write>, request: Option<&Request>) {
        for write in writes.drain(..) {
            let bytes = match write {
                Write::Head(_) => HEAD,
                Write::Session(key) => self.put(key, request),
                Write::Moved { from, to } => self.rename(from, to, request),
                Write::End(key) | Write::Forgotten(key) => {
                    self.contents.bodies.remove(&key);
                    self.end_len(key)
                }
            };
            self.stats.wrote(KEY + bytes);
        }
        self.writes = writes;
    }

    fn put(&mut self, key: RecordKey, request: Option<&Request>) -> usize {
        match request.map(|request| &request.op) {
            Some(Op::Insert { session, .. }) => {
                self.contents.bodies.insert(key, Arc::new(StoredSession::clone(session)));
                body_len(session)
            }
            Some(Op::Update { data, .. }) => {
                if let Some(body) = self.contents.bodies.get_mut(&key) {
                    Arc::make_mut(body).data.clone_from(data);
                }
                HEAD + data.len()
            }
            _ => 0,
        }
    }

    fn rename(&mut self, from: RecordKey, to: RecordKey, request: Option<&Request>) -> usize {
        let end = self.end_len(from);
        let Some(mut body) = self.contents.bodies.remove(&from) else { return end };
        if let Some(Op::Rotate { track, .. }) = request.map(|request| &request.op) {
            Arc::make_mut(&mut body).track = Some(*track);
        }
        let bytes = body_len(&body);
        self.contents.bodies.insert(to, body);
        KEY + bytes + end
    }

    fn end_len(&self, key: RecordKey) -> usize {
        let Some(Kept::Ended(end)) = self.contents.records.get(key) else { return 0 };
        // Time, seq, sealed id, successor's key and sealed id.
        end.reason.len() + 16 + end.id.map_or(0, |_| 16) + end.successor.map_or(0, |_| 32)
    }
}

/// The bytes of a key.
const KEY: usize = 16;
/// The bytes of what a head has: nonce, version, token, four times.
const HEAD: usize = 4 + 4 + 8 + 4 * 8;

fn body_len(session: &StoredSession) -> usize {
    let names = [&session.principal, &session.originator, &session.host];
    let names: usize = names.into_iter().flatten().map(String::len).sum();
    // When it was created, and whether it is privileged.
    HEAD + names + session.track.map_or(0, |_| 16) + 8 + 1 + session.data.len()
}
