//! A batch of requests as calls of 100 at most: which are sent next, and what came of each request.
//! A plain state machine; the collections send and wait.

use std::collections::{HashSet, VecDeque};

use redis::{Cmd, Value, cmd};

use super::failure::{refused, strange};
use super::frame::Frame;
use super::layout;
use super::options::{Ack, RedisOptions};
use super::reply::{Reply, is_unknown_script, number, outcome};
use super::scripts::Script;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::{Op, Request};
use crate::collection::outcome::{Answer, Outcome};
use crate::collection::stamp::Stamp;

/// How much a call does: 100 touches, which keep the server for about a millisecond.
const CALL: usize = 100;

/// Where there are limits: each request moves in a sorted set.
const CALL_WITH_LIMITS: usize = 50;

/// How much this does, of that.
const fn weight(op: &Op) -> usize {
    match op {
        Op::Touch { .. } | Op::Load => 1,
        Op::Insert { .. } => 3,
        _ => 2,
    }
}

/// Some of the requests, in order.
struct Call {
    script: Script,
    load: bool,
    records: Vec<usize>,
    weight: usize,
}

/// A batch that is under way.
pub(super) struct Batch<'a> {
    frame: &'a Frame,
    options: &'a RedisOptions,
    fingerprint: Fingerprint,
    requests: &'a [Request],
    waiting: VecDeque<Call>,
    sent: Vec<Call>,
    outcomes: Vec<Option<Result<Outcome, CollectionError>>>,
    stamp: Option<Stamp>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        frame: &'a Frame,
        options: &'a RedisOptions,
        fingerprint: Fingerprint,
        requests: &'a [Request],
    ) -> Self {
        let mut batch = Self {
            frame,
            options,
            fingerprint,
            requests,
            waiting: VecDeque::new(),
            sent: Vec::new(),
            outcomes: vec![None; requests.len()],
            stamp: None,
        };
        batch.plan();
        batch
    }

    fn plan(&mut self) {
        for (at, request) in self.requests.iter().enumerate() {
            let script = match &request.op {
                Op::Insert { session, .. } => {
                    if let Err(error) = layout::check(session) {
                        self.outcomes[at] = Some(Err(error));
                        continue;
                    }
                    Script::Grow
                }
                Op::Update { .. } => Script::Grow,
                _ => Script::Apply,
            };
            let most = if self.frame.is_limited() { CALL_WITH_LIMITS } else { CALL };
            let weight = weight(&request.op);
            match self.waiting.back_mut() {
                Some(call) if call.script == script && call.weight + weight <= most => {
                    call.records.push(at);
                    call.weight += weight;
                }
                _ => {
                    let call = Call { script, load: false, records: vec![at], weight };
                    self.waiting.push_back(call);
                }
            }
        }
        if self.waiting.is_empty() {
            // For the stamp.
            let call = Call { script: Script::Apply, load: false, records: Vec::new(), weight: 0 };
            self.waiting.push_back(call);
        }
    }

    /// What is to be sent next, in this order on one connection; `None` once all has been.
    pub(super) fn next(&mut self) -> Option<Result<Vec<Cmd>, CollectionError>> {
        let mut keys = HashSet::new();
        while self.sent.len() < self.options.calls_in_flight && self.fits(&mut keys) {
            self.sent.extend(self.waiting.pop_front());
        }
        if self.sent.is_empty() {
            return None;
        }
        let requests = self.requests;
        let mut commands = Vec::with_capacity(self.sent.len() + 1);
        for Call { script, load, records, .. } in &self.sent {
            let records = records.iter().map(|at| &requests[*at]);
            match self.frame.apply(*script, *load, self.fingerprint, records) {
                Ok(command) => commands.push(command),
                Err(error) => return Some(Err(error)),
            }
        }
        if self.waits() {
            commands.extend(wait(self.options));
        }
        Some(Ok(commands))
    }

    /// Whether the next call may be sent before those before it are answered: where the script is
    /// gone, it might overtake them, so they have no key in common.
    fn fits(&self, keys: &mut HashSet<RecordKey>) -> bool {
        let Some(call) = self.waiting.front() else { return false };
        let of = |at: &usize| match &self.requests[*at] {
            Request { key, op: Op::Rotate { to, .. } } => [*key, to.key],
            Request { key, .. } => [*key, *key],
        };
        let own: Vec<RecordKey> = call.records.iter().flat_map(of).collect();
        let fits = own.iter().all(|key| !keys.contains(key));
        keys.extend(own);
        fits
    }

    /// Whether what was sent has to be acknowledged by more than the server.
    fn waits(&self) -> bool {
        let writes = |at: &usize| !matches!(self.requests[*at].op, Op::Load);
        self.options.acknowledge != Ack::Memory
            && self.sent.iter().any(|call| call.records.iter().any(writes))
    }

    /// What the server answered to each command.
    pub(super) fn answered(&mut self, mut replies: Vec<Value>) {
        let waited = if self.waits() { replies.pop() } else { None };
        let short = waited.and_then(|reply| acknowledged(reply, self.options).err());
        let (mut again, mut replies) = (Vec::<Call>::new(), replies.into_iter());
        for mut call in std::mem::take(&mut self.sent) {
            let reply = replies.next().unwrap_or_default();
            if is_unknown_script(&reply) {
                call.load = again.iter().all(|before| before.script != call.script);
                again.push(call);
                continue;
            }
            let reply = Reply::read(reply);
            if let Ok(reply) = &reply {
                self.stamp.get_or_insert(reply.stamp);
            }
            self.note(&call, reply.and_then(|reply| short.clone().map_or(Ok(reply), Err)));
        }
        for call in again.into_iter().rev() {
            self.waiting.push_front(call);
        }
    }

    fn note(&mut self, call: &Call, reply: Result<Reply, CollectionError>) {
        let mut results = reply.map(|reply| reply.results.into_iter());
        for at in &call.records {
            self.outcomes[*at] = Some(match &mut results {
                Ok(results) => outcome(results.next().unwrap_or_default(), self.frame),
                Err(error) => Err(error.clone()),
            });
        }
    }

    /// No answer came, for this reason. Nothing more is sent.
    pub(super) fn failed(&mut self, error: &CollectionError) {
        for call in std::mem::take(&mut self.sent) {
            self.note(&call, Err(error.clone()));
        }
        let not_sent = CollectionError::not_applied(format!("not sent, since before: {error}"));
        for call in std::mem::take(&mut self.waiting) {
            self.note(&call, Err(not_sent.clone()));
        }
        if self.requests.is_empty() {
            self.outcomes.push(Some(Err(error.clone())));
        }
    }

    /// What came of all.
    pub(super) fn finish(self) -> Result<Answer, CollectionError> {
        let outcomes = self.outcomes.into_iter().map(|outcome| outcome.unwrap_or(Err(strange())));
        let outcomes: Vec<_> = outcomes.collect();
        let Some(stamp) = self.stamp else {
            let mut errors = outcomes.into_iter().filter_map(Result::err);
            let first = errors.next().unwrap_or_else(strange);
            let doubt = errors.find(CollectionError::may_be_applied);
            return Err(if first.may_be_applied() { first } else { doubt.unwrap_or(first) });
        };
        Ok(Answer { stamp, outcomes })
    }
}

/// The command that waits until what was sent before it is acknowledged.
pub(super) fn wait(options: &RedisOptions) -> Option<Cmd> {
    // It has to answer before the connection is given up.
    let millis = (options.response_timeout / 2).as_millis().max(1).to_string();
    match options.acknowledge {
        Ack::Memory => None,
        Ack::Disk => Some(cmd("WAITAOF").arg(1).arg(0).arg(millis).take()),
        Ack::Replicas(count) => Some(cmd("WAIT").arg(count).arg(millis).take()),
    }
}

/// Whether enough have acknowledged.
pub(super) fn acknowledged(reply: Value, options: &RedisOptions) -> Result<(), CollectionError> {
    let (has, reply) = match (options.acknowledge, reply) {
        (_, Value::ServerError(error)) => {
            let reason = refused(&error);
            return Err(CollectionError::in_doubt(format!("done, and not waited for: {reason}")));
        }
        (Ack::Replicas(count), reply) => (count, Some(reply)),
        (_, Value::Array(counts)) => (1, counts.into_iter().next()),
        (_, _) => (1, None),
    };
    let found = reply.as_ref().and_then(number).ok_or_else(strange)?;
    if found >= u64::from(has) {
        return Ok(());
    }
    let what = if options.acknowledge == Ack::Disk { "disks" } else { "replicas" };
    Err(CollectionError::in_doubt(format!("done by the server, and by {found} of {has} {what}")))
}
