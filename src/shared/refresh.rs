//! The refresh, as a plain state machine: no I/O, no clock, no `async`, no lock.
//!
//! It names the next step, with its batch, and takes the reply. Dropped at any point, it loses
//! nothing: what the collection is yet to be told is in memory, and the next refresh sends it.

use super::phase::Phase;
use super::report::RefreshReport;
use super::seen::{Memory, Sought, Write};
use super::step::{Reply, Step};
use crate::collection::{Answer, CollectionError, Cursor, Feed, Request};

/// How many calls in a row may fail before a refresh stops.
const FAILURES: u32 = 3;

/// How many entries of the feed are asked for at once, and how many sessions are to expire.
const ENTRIES: usize = 1_000;

/// How many times a refresh sends what is left, before it leaves that to the next.
const ROUNDS: u32 = 3;

/// How many times a refresh asks the collection to expire sessions, at most. The next continues.
const EXPIRES: u32 = 100;

/// A refresh under way.
pub(super) struct Refresh<A> {
    phase: Phase,
    /// Whether it is over once the departures are told.
    departures_alone: bool,
    /// Whether the last step was one of several of its kind.
    is_long: bool,
    /// The most requests of a batch.
    batch: usize,
    /// What is to be written next in this phase, the last first.
    writes: Vec<Write<A>>,
    /// What is being written, and what about.
    requests: Vec<Request>,
    subject: Vec<A>,
    failures: u32,
    report: RefreshReport,
}

impl<A> Refresh<A> {
    pub(super) fn new(batch: usize) -> Self {
        Self {
            phase: Phase::Open,
            departures_alone: false,
            is_long: false,
            batch: batch.max(1),
            writes: Vec::new(),
            requests: Vec::new(),
            subject: Vec::new(),
            failures: 0,
            report: RefreshReport::default(),
        }
    }

    /// A refresh that sends only departures.
    pub(super) fn of_departures(batch: usize) -> Self {
        Self { departures_alone: true, ..Self::new(batch) }
    }

    /// The next step. `None` once it is over.
    pub(super) fn step(&self) -> Option<Step<'_>> {
        Some(match self.phase {
            Phase::Open => Step::Open,
            Phase::Departures | Phase::Dirty(_) => Step::Apply(&self.requests),
            Phase::Feed(after) => Step::Feed(after, ENTRIES),
            Phase::Heard(_) | Phase::Look(_) => Step::Look,
            Phase::Expire(_) => Step::Expire(ENTRIES),
            Phase::Done => return None,
        })
    }

    /// Whether there is much to do, so that other tasks are to be let run before it goes on.
    pub(super) fn is_long(&self) -> bool {
        self.is_long
    }

    /// What was done.
    pub(super) fn report(self) -> RefreshReport {
        self.report
    }

    /// Takes what came of the step that was named.
    pub(super) fn take_reply<M: Memory<Subject = A>>(
        &mut self,
        reply: Result<Reply, CollectionError>,
        memory: &mut M,
    ) {
        match (&reply, self.phase) {
            (Ok(Reply::Looked), _) => {}
            (Ok(_), _) => self.failures = 0,
            (Err(error), phase) => {
                self.failures += 1;
                self.report.failed(phase.step(), error);
            }
        }
        let next = match (reply, self.phase) {
            (Ok(Reply::Opened(opened)), Phase::Open) => {
                memory.opened(&opened);
                self.writes = memory.departures();
                self.writes.reverse();
                Phase::Departures
            }
            (Ok(Reply::Applied(answer)), phase @ (Phase::Departures | Phase::Dirty(_))) => {
                self.settle(answer, memory);
                phase
            }
            (Err(error), phase @ (Phase::Departures | Phase::Dirty(_))) => {
                for (request, subject) in self.requests.drain(..).zip(self.subject.drain(..)) {
                    memory.settle(Write { request, subject }, Err(error.clone()));
                }
                phase
            }
            (Ok(Reply::Feed(feed)), Phase::Feed(after)) => self.take_feed(feed, after, memory),
            (Err(_), Phase::Feed(_)) => look(Sought::Dirty, memory),
            (Ok(Reply::Looked), phase @ (Phase::Heard(_) | Phase::Look(_))) => {
                if memory.look_on() {
                    phase
                } else {
                    self.looked(memory)
                }
            }
            (Ok(Reply::Expired(expired)), Phase::Expire(times)) => {
                self.report.expired += expired.ended;
                self.report.forgotten += expired.forgotten;
                if expired.more && times < EXPIRES { Phase::Expire(times + 1) } else { Phase::Done }
            }
            // It cannot be reached, or it answered something else.
            _ => Phase::Done,
        };
        let before = self.phase;
        self.phase = if self.failures >= FAILURES { Phase::Done } else { next };
        self.fill(memory);
        let feeds = |phase| matches!(phase, Phase::Feed(_));
        self.is_long = before == self.phase || feeds(before) && feeds(self.phase);
    }

    fn take_feed<M: Memory<Subject = A>>(
        &mut self,
        feed: Feed,
        after: Cursor,
        memory: &mut M,
    ) -> Phase {
        let upto = Cursor { epoch: feed.stamp.epoch, seq: feed.upto };
        self.report.heard += feed.changes.len() as u64;
        self.report.gap |= feed.gap;
        for (key, change) in feed.changes {
            memory.apply_change(key, change);
        }
        if feed.more && upto != after {
            return Phase::Feed(upto);
        }
        look(Sought::Heard(upto), memory)
    }

    /// All sessions were looked at.
    fn looked<M: Memory<Subject = A>>(&mut self, memory: &mut M) -> Phase {
        match self.phase {
            Phase::Heard(upto) => {
                // All at once: a refresh that is dropped before this asks for all of it again.
                let certain = memory.end_of_feed(upto, self.report.gap);
                self.report.fed(certain);
                look(Sought::Dirty, memory)
            }
            Phase::Look(0) => Phase::Dirty(0),
            Phase::Look(round) => {
                let (left, insertions) = memory.found();
                if left > 0 && round <= ROUNDS && self.report.is_good() {
                    return Phase::Dirty(round);
                }
                self.report.left(left, insertions);
                Phase::Expire(1)
            }
            phase => phase,
        }
    }

    /// Takes what came of each record.
    fn settle<M: Memory<Subject = A>>(&mut self, answer: Answer, memory: &mut M) {
        let step = self.phase.step();
        let mut outcomes = answer.outcomes.into_iter();
        for (request, subject) in self.requests.drain(..).zip(self.subject.drain(..)) {
            let missing = || Err(CollectionError::in_doubt("the answer is too short"));
            let outcome = outcomes.next().unwrap_or_else(missing);
            self.report.count(&request.op, &outcome);
            if let Err(error) = &outcome {
                self.report.failed(step, error);
            }
            self.writes.extend(memory.settle(Write { request, subject }, outcome));
        }
    }

    /// Prepares the next batch, or goes on to the next phase.
    fn fill<M: Memory<Subject = A>>(&mut self, memory: &mut M) {
        while self.requests.is_empty() && matches!(self.phase, Phase::Departures | Phase::Dirty(_))
        {
            let mut batch = self.next_batch(memory);
            match self.phase {
                _ if !batch.is_empty() => {}
                Phase::Dirty(round) => {
                    memory.look_for(Sought::Left);
                    self.phase = Phase::Look(round + 1);
                }
                _ if self.departures_alone => self.phase = Phase::Done,
                _ => self.phase = Phase::Feed(memory.cursor()),
            }
            memory.sending(&mut batch);
            for Write { request, subject } in batch {
                self.requests.push(request);
                self.subject.push(subject);
            }
        }
    }

    /// The next writes, at most as many as a batch has. None if all are written.
    fn next_batch<M: Memory<Subject = A>>(&mut self, memory: &mut M) -> Vec<Write<A>> {
        let mut batch = Vec::new();
        while batch.len() < self.batch {
            let next = self.writes.pop().or_else(|| match self.phase {
                Phase::Dirty(_) => memory.next_write(&mut self.report),
                _ => None,
            });
            let Some(next) = next else { break };
            batch.push(next);
        }
        batch
    }
}

/// Begins to look through the sessions.
fn look(what: Sought, memory: &mut impl Memory) -> Phase {
    memory.look_for(what);
    match what {
        Sought::Heard(upto) => Phase::Heard(upto),
        Sought::Dirty | Sought::Left => Phase::Look(0),
    }
}
