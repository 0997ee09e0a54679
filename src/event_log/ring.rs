//! The ring itself.

use std::collections::VecDeque;
use std::mem;
use std::task::Waker;

use super::cursor::{SubscriptionInfo, Wakers};
use super::event::Event;
use super::filter::Filter;
use super::token::{EventToken, StaleToken};
use super::topic::Topic;
use super::topics::{CursorId, Topics};

/// The last events of a store, and who reads them.
#[derive(Debug)]
pub(crate) struct EventLog {
    id: u64,
    capacity: usize,
    /// Numbered without gaps up to `next`.
    events: VecDeque<Event>,
    /// The number of the next event.
    next: u64,
    recording: bool,
    closed: bool,
    topics: Topics,
    /// The number of the next cursor or barrier.
    next_id: u64,
    /// Memory for what comes from the outbox.
    pub(super) spare: Vec<Event>,
}

/// What a cursor came upon.
#[derive(Debug)]
pub(crate) enum Read {
    /// A wanted event.
    Event(Event),
    /// How many wanted events were overwritten before they were read.
    Missed(u64),
    /// It has read everything. There will be more, unless the log is closed.
    Nothing { closed: bool },
}

/// How many events a new cursor is moved back by in one go.
const LOOK_BACK: usize = 256;

impl EventLog {
    /// A log that keeps at most `capacity` events, at least one.
    pub(super) fn new(id: u64, capacity: usize) -> Self {
        Self {
            id,
            capacity: capacity.max(1),
            events: VecDeque::new(),
            next: 0,
            recording: false,
            closed: false,
            topics: Topics::default(),
            next_id: 0,
            spare: Vec::new(),
        }
    }

    /// The place before the event of this number.
    pub(super) fn token(&self, next: u64) -> EventToken {
        EventToken { log: self.id, next }
    }

    fn oldest(&self) -> u64 {
        self.next - self.events.len() as u64
    }

    /// Begins to record, with this number as the first.
    pub(super) fn record_from(&mut self, next: u64) {
        self.events.clear();
        self.next = next;
        self.recording = true;
    }

    /// Stops recording, if no cursor is left. Returns what was kept, to be dropped outside the
    /// lock: it may be much.
    pub(super) fn stop_if_unread(&mut self) -> Option<VecDeque<Event>> {
        self.topics.is_empty().then(|| {
            self.recording = false;
            mem::take(&mut self.events)
        })
    }

    /// Appends an event. One that is not the next by its number was not meant to be recorded, and
    /// is left out.
    pub(super) fn push(&mut self, event: Event, wakers: &mut Wakers) {
        if self.closed || !self.recording || event.sequence() != self.next {
            return;
        }
        if self.events.len() == self.capacity {
            self.events.pop_front();
        }
        let oldest = self.oldest();
        self.topics.offer(&event, oldest, wakers);
        self.next += 1;
        self.events.push_back(event);
    }

    /// There will be no more events.
    pub(super) fn close(&mut self, wakers: &mut Wakers) {
        self.closed = true;
        let mut waiting: Vec<_> = self.topics.each().flat_map(Topic::take_wakers).collect();
        waiting.sort_unstable_by_key(|(id, _)| *id);
        wakers.to_wake.extend(waiting.into_iter().map(|(_, waker)| waker));
    }

    /// Why the events do not go on from a token, if they do not; `next` is the number of the first
    /// event that is yet to come.
    pub(super) fn stale(&self, token: EventToken, next: u64) -> Result<(), StaleToken> {
        let oldest = if self.recording { self.oldest() } else { next };
        if token.log != self.id || token.next > next {
            return Err(StaleToken::Unknown);
        }
        match oldest.saturating_sub(token.next) {
            0 => Ok(()),
            missed => Err(StaleToken::TooOld { missed }),
        }
    }

    /// A new cursor, after everything that there is.
    pub(crate) fn open(&mut self, filter: Filter) -> CursorId {
        let number = self.next_id();
        self.topics.open(filter, number, self.next)
    }

    /// Moves a new cursor back to a token's place, or a little nearer to it: returns whether it is
    /// there, else call again.
    pub(super) fn rewind(&mut self, id: CursorId, token: EventToken) -> Result<bool, StaleToken> {
        self.stale(token, self.next)?;
        let oldest = self.oldest();
        let Some(topic) = self.topics.of(id) else { return Ok(true) };
        topic.trim(oldest);
        let known = usize::try_from(topic.since().saturating_sub(oldest)).unwrap_or(usize::MAX);
        let before = self.events.range(..known.min(self.events.len())).rev().take(LOOK_BACK);
        Ok(topic.rewind(id.number, token.next, before))
    }

    /// Frees a cursor.
    pub(super) fn free(&mut self, id: CursorId, wakers: &mut Wakers) {
        self.topics.free(id, wakers);
    }

    /// A number that no other cursor or barrier has.
    pub(super) fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// The topic of a cursor, as it is now.
    pub(super) fn topic(&mut self, id: CursorId) -> Option<&mut Topic> {
        let oldest = self.oldest();
        let topic = self.topics.of(id)?;
        topic.trim(oldest);
        Some(topic)
    }

    /// Reads on for a subscriber, `afresh` if it comes back and so has dealt with what it took
    /// before. If there is nothing, it waits by `waker`.
    pub(crate) fn read(
        &mut self,
        id: CursorId,
        afresh: bool,
        waker: Option<Waker>,
        wakers: &mut Wakers,
    ) -> Read {
        let (oldest, next, closed) = (self.oldest(), self.next, self.closed);
        let Some(topic) = self.topic(id) else { return Read::Nothing { closed } };
        let read = topic.read(id.number, afresh);
        let waits = read == Ok(None) && !closed;
        let (waker, unused) = if waits { (waker, None) } else { (None, waker) };
        topic.wait(id.number, waker, wakers);
        wakers.to_drop.extend(unused);
        topic.release(id.number, next, wakers);
        let event = |number: u64| self.events.get(usize::try_from(number - oldest).ok()?);
        match read {
            Err(missed) => Read::Missed(missed),
            Ok(number) => number
                .and_then(event)
                .map_or(Read::Nothing { closed }, |event| Read::Event(event.clone())),
        }
    }

    /// The number of the next event.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Every subscription, in the order in which they were made.
    pub(crate) fn infos(&mut self) -> Vec<SubscriptionInfo> {
        let (oldest, next) = (self.oldest(), self.next);
        let mut infos = Vec::new();
        for topic in self.topics.each() {
            topic.trim(oldest);
            infos.extend(topic.infos(next));
        }
        infos.sort_unstable_by_key(|info| info.id);
        infos
    }
}
