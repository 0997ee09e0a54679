//! The refresh, as a plain state machine: no I/O, no clock, no `async`, no lock.
//!
//! It names the next step, with its batch, and is told what came of it. Dropped at any point, it
//! loses nothing: what is yet to be said is in memory, and the next refresh says it.

use super::report::{RefreshReport, RefreshStep};
use super::step::{Reply, Step};
use crate::collection::{
    Answer, Change, CollectionError, Cursor, Feed, Opened, Outcome, RecordKey, Request,
};

/// How many calls in a row may fail before a refresh stops.
const FAILURES: u32 = 3;

/// How many entries of the feed are asked for at once, and how many sessions are to expire.
const ENTRIES: usize = 1_000;

/// How often a refresh tells of what is left, before it leaves that to the next.
const ROUNDS: u32 = 3;

/// How often a refresh asks the collection to expire sessions, at most. The next one goes on.
const EXPIRES: u32 = 100;

/// What a refresh needs of the memory of its node.
pub(super) trait Memory {
    /// What leads back to the session, or to what is pending, that a write is about.
    type About;

    /// Notes how the collection stands.
    fn opened(&mut self, opened: &Opened);
    /// The place in the feed from which to go on.
    fn cursor(&self) -> Cursor;
    /// The rotations and the ends that the collection is yet to be told of.
    fn departures(&mut self) -> Vec<Write<Self::About>>;
    /// Takes an entry of the feed.
    fn heard(&mut self, key: RecordKey, change: Change);
    /// The entries up to this place are all, or there was a gap among them.
    /// Returns whether no session is in doubt.
    fn fed(&mut self, upto: Cursor, gap: bool) -> bool;
    /// The sessions that the collection is yet to be told of, and the touches.
    /// Those that cannot be written are reported.
    fn dirty(&mut self, report: &mut RefreshReport) -> Vec<Write<Self::About>>;
    /// Is about to send these. Whether they arrive will be known when they are settled, or never.
    /// Those that are obsolete are taken out.
    fn sending(&mut self, writes: &mut Vec<Write<Self::About>>);
    /// The sessions of which the collection is yet to be told all the same, or may know that they
    /// have ended: because of what happened since they were asked for, for instance.
    fn left(&mut self, report: &mut RefreshReport) -> Vec<Write<Self::About>>;
    /// Takes what came of a write. Returns what is to be written because of it.
    fn settle(
        &mut self,
        write: Write<Self::About>,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<Self::About>>;
}

/// A request, and what it is about.
#[derive(Debug)]
pub(super) struct Write<A> {
    pub(super) request: Request,
    pub(super) about: A,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    Departures,
    Feed(Cursor),
    Dirty(u32),
    Expire(u32),
    Done,
}

/// A refresh under way.
pub(super) struct Refresh<A> {
    phase: Phase,
    /// Whether it is over once the departures are told.
    departures_alone: bool,
    /// The most requests of a batch.
    batch: usize,
    /// What is yet to be written in this phase, the last first.
    writes: Vec<Write<A>>,
    /// What is being written, and what about.
    requests: Vec<Request>,
    about: Vec<A>,
    failures: u32,
    report: RefreshReport,
}

impl<A> Refresh<A> {
    pub(super) fn new(batch: usize) -> Self {
        Self {
            phase: Phase::Open,
            departures_alone: false,
            batch: batch.max(1),
            writes: Vec::new(),
            requests: Vec::new(),
            about: Vec::new(),
            failures: 0,
            report: RefreshReport::default(),
        }
    }

    /// One that tells of departures, and is over then.
    pub(super) fn of_departures(batch: usize) -> Self {
        Self { departures_alone: true, ..Self::new(batch) }
    }

    /// The next step. `None` once it is over.
    pub(super) fn step(&self) -> Option<Step<'_>> {
        Some(match self.phase {
            Phase::Open => Step::Open,
            Phase::Departures | Phase::Dirty(_) => Step::Apply(&self.requests),
            Phase::Feed(after) => Step::Feed(after, ENTRIES),
            Phase::Expire(_) => Step::Expire(ENTRIES),
            Phase::Done => return None,
        })
    }

    /// What was done.
    pub(super) fn report(self) -> RefreshReport {
        self.report
    }

    /// Takes what came of the step that was named.
    pub(super) fn told<M: Memory<About = A>>(
        &mut self,
        reply: Result<Reply, CollectionError>,
        memory: &mut M,
    ) {
        match (&reply, self.phase) {
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
                for (request, about) in self.requests.drain(..).zip(self.about.drain(..)) {
                    memory.settle(Write { request, about }, Err(error.clone()));
                }
                phase
            }
            (Ok(Reply::Fed(feed)), Phase::Feed(after)) => self.fed(feed, after, memory),
            (Err(_), Phase::Feed(_)) => self.store(memory),
            (Ok(Reply::Expired(expired)), Phase::Expire(times)) => {
                self.report.expired += expired.ended;
                self.report.forgotten += expired.forgotten;
                if expired.more && times < EXPIRES { Phase::Expire(times + 1) } else { Phase::Done }
            }
            // It cannot be reached, or it answered something else.
            _ => Phase::Done,
        };
        self.phase = if self.failures >= FAILURES { Phase::Done } else { next };
        self.fill(memory);
    }

    fn fed<M: Memory<About = A>>(&mut self, feed: Feed, after: Cursor, memory: &mut M) -> Phase {
        let upto = Cursor { epoch: feed.stamp.epoch, seq: feed.upto };
        self.report.heard += feed.changes.len() as u64;
        self.report.gap |= feed.gap;
        for (key, change) in feed.changes {
            memory.heard(key, change);
        }
        if feed.more && upto != after {
            return Phase::Feed(upto);
        }
        // All at once: a refresh that is dropped before this asks for all of it again.
        let certain = memory.fed(upto, self.report.gap);
        self.report.fed(certain);
        self.store(memory)
    }

    fn store<M: Memory<About = A>>(&mut self, memory: &mut M) -> Phase {
        self.writes = memory.dirty(&mut self.report);
        self.writes.reverse();
        Phase::Dirty(0)
    }

    /// Takes what came of each record.
    fn settle<M: Memory<About = A>>(&mut self, answer: Answer, memory: &mut M) {
        let step = self.phase.step();
        let mut outcomes = answer.outcomes.into_iter();
        for (request, about) in self.requests.drain(..).zip(self.about.drain(..)) {
            let missing = || Err(CollectionError::in_doubt("the answer is too short"));
            let outcome = outcomes.next().unwrap_or_else(missing);
            self.report.count(&request.op, &outcome);
            if let Err(error) = &outcome {
                self.report.failed(step, error);
            }
            self.writes.extend(memory.settle(Write { request, about }, outcome));
        }
    }

    /// Prepares the next batch, or goes on to the next phase.
    fn fill<M: Memory<About = A>>(&mut self, memory: &mut M) {
        while self.requests.is_empty() {
            match self.phase {
                Phase::Departures if self.writes.is_empty() => {
                    let feed = Phase::Feed(memory.cursor());
                    self.phase = if self.departures_alone { Phase::Done } else { feed };
                    return;
                }
                Phase::Dirty(round) if self.writes.is_empty() => {
                    self.writes = memory.left(&mut self.report);
                    if self.writes.is_empty() || round == ROUNDS || !self.report.is_good() {
                        self.report.left(self.writes.drain(..).map(|write| write.request.op));
                        self.phase = Phase::Expire(1);
                        return;
                    }
                    self.writes.reverse();
                    self.phase = Phase::Dirty(round + 1);
                }
                Phase::Departures | Phase::Dirty(_) => {}
                _ => return,
            }
            let from = self.writes.len().saturating_sub(self.batch);
            let mut batch = self.writes.split_off(from);
            batch.reverse();
            memory.sending(&mut batch);
            for Write { request, about } in batch {
                self.requests.push(request);
                self.about.push(about);
            }
        }
    }
}

impl Phase {
    fn step(self) -> RefreshStep {
        match self {
            Self::Open => RefreshStep::Open,
            Self::Departures => RefreshStep::Departures,
            Self::Feed(_) => RefreshStep::Feed,
            Self::Dirty(_) => RefreshStep::Store,
            Self::Expire(_) | Self::Done => RefreshStep::Expire,
        }
    }
}
