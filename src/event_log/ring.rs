//! The ring itself.

use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::task::Waker;

use super::cursor::{Barrier, Cursor, SubscriptionInfo, Wakers};
use super::event::Event;
use super::filter::Filter;
use super::token::EventToken;

/// The last so many events of a store, and who reads them.
///
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
    cursors: BTreeMap<u64, Cursor>,
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
    /// So many wanted events were overwritten before they were read.
    Missed(u64),
    /// It has read everything. There will be more, unless the log is closed.
    Nothing { closed: bool },
    /// It has passed by as many unwanted events as it may in one go.
    Tired,
}

/// How many unwanted events a cursor passes by in one go.
const PASSED_BY: usize = 256;

impl EventLog {
    /// A log that keeps at most so many events, at least one.
    pub(crate) fn new(id: u64, capacity: usize) -> Self {
        Self {
            id,
            capacity: capacity.max(1),
            events: VecDeque::new(),
            next: 0,
            recording: false,
            closed: false,
            cursors: BTreeMap::new(),
            next_id: 0,
            spare: Vec::new(),
        }
    }

    /// The place before the event of this number.
    pub(crate) fn token(&self, next: u64) -> EventToken {
        EventToken { log: self.id, next }
    }

    fn oldest(&self) -> u64 {
        self.next - self.events.len() as u64
    }

    /// Begins to record, with this number as the first.
    pub(crate) fn record_from(&mut self, next: u64) {
        self.events.clear();
        self.next = next;
        self.recording = true;
    }

    /// Appends an event. One that nobody recorded when its number was drawn is left out.
    pub(crate) fn push(&mut self, event: Event, wakers: &mut Wakers) {
        if self.closed || !self.recording || event.sequence() != self.next {
            return;
        }
        if self.events.len() == self.capacity
            && let Some(gone) = self.events.pop_front()
        {
            self.cursors.values_mut().for_each(|cursor| cursor.overrun(&gone, wakers));
        }
        self.next += 1;
        self.cursors.values_mut().for_each(|cursor| cursor.offer(&event, wakers));
        self.events.push_back(event);
    }

    /// There will be no more events.
    pub(crate) fn close(&mut self, wakers: &mut Wakers) {
        self.closed = true;
        wakers.to_wake.extend(self.cursors.values_mut().filter_map(|cursor| cursor.waker.take()));
    }

    /// How many events since this place are gone, or `None` if the place is not of this log.
    pub(crate) fn missing_since(&self, token: EventToken, next: u64) -> Option<u64> {
        (token.log == self.id && token.next <= next)
            .then(|| self.oldest().saturating_sub(token.next))
    }

    /// A new cursor before the event numbered `next`. Answers its id.
    pub(crate) fn open(&mut self, filter: Filter, next: u64) -> u64 {
        self.next_id += 1;
        let cursor = Cursor::new(filter, next.max(self.oldest()));
        self.cursors.insert(self.next_id, cursor);
        self.next_id
    }

    /// Frees a cursor. Answers whether it was the last.
    pub(crate) fn free(&mut self, id: u64, wakers: &mut Wakers) -> bool {
        if let Some(cursor) = self.cursors.remove(&id) {
            wakers.to_drop.extend(cursor.waker);
            wakers.to_wake.extend(cursor.barriers.into_iter().map(|barrier| barrier.waker));
        }
        self.cursors.is_empty()
    }

    /// Stops recording. Answers what was kept, to be dropped outside the lock: it may be much.
    #[must_use]
    pub(crate) fn stop(&mut self) -> VecDeque<Event> {
        self.recording = false;
        mem::take(&mut self.events)
    }

    /// Reads on for a subscriber that comes back, and so has dealt with what it took before.
    /// Whoever reads calls [`pause`](EventLog::pause) when it has enough.
    pub(crate) fn read(&mut self, id: u64) -> Read {
        if let Some(cursor) = self.cursors.get_mut(&id) {
            cursor.in_hand = None;
            if let Some(missed) = cursor.missed.take() {
                cursor.in_hand = Some(missed.first);
                return Read::Missed(missed.count);
            }
        }
        self.read_more(id)
    }

    /// Reads on after something was read. What was missed in between waits for the next time.
    pub(crate) fn read_more(&mut self, id: u64) -> Read {
        let (oldest, closed) = (self.oldest(), self.closed);
        let cursor = self.cursors.get_mut(&id).filter(|cursor| cursor.missed.is_none());
        let Some(cursor) = cursor else { return Read::Nothing { closed: false } };
        for _ in 0..PASSED_BY {
            // A cursor that was opened before its first event was published is ahead of the ring.
            let at = cursor.next.checked_sub(oldest).and_then(|at| usize::try_from(at).ok());
            let Some(event) = at.and_then(|at| self.events.get(at)) else {
                return Read::Nothing { closed };
            };
            cursor.next += 1;
            if cursor.filter.matches(event) {
                cursor.in_hand.get_or_insert(event.sequence());
                return Read::Event(event.clone());
            }
        }
        Read::Tired
    }

    /// The subscriber goes away with what it has read, to be woken by `waker` if it waits for more.
    pub(crate) fn pause(&mut self, id: u64, waker: Option<Waker>, wakers: &mut Wakers) {
        if let Some(cursor) = self.cursors.get_mut(&id) {
            wakers.to_drop.extend(mem::replace(&mut cursor.waker, waker));
            cursor.release(wakers);
        }
    }

    /// The subscriber does not read on, since its session has ended: nobody need wait for it. Or it
    /// does again.
    pub(crate) fn set_done(&mut self, id: u64, done: bool, wakers: &mut Wakers) {
        if let Some(cursor) = self.cursors.get_mut(&id) {
            cursor.done = done;
            wakers.to_drop.extend(cursor.waker.take());
            cursor.release(wakers);
        }
    }

    /// The number of the next event.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Moves a cursor to where another is, which has missed what that missed and nothing before.
    pub(crate) fn go_on_as(&mut self, id: u64, fresh: u64, wakers: &mut Wakers) {
        let Some(fresh) = self.cursors.get(&fresh) else { return };
        let (next, missed, lost) = (fresh.next, fresh.missed, fresh.lost);
        if let Some(cursor) = self.cursors.get_mut(&id) {
            (cursor.next, cursor.missed, cursor.in_hand) = (next, missed, None);
            cursor.lost += lost;
            cursor.release(wakers);
        }
    }

    /// The place after all that a subscriber has read.
    pub(crate) fn position(&self, id: u64) -> EventToken {
        self.token(self.cursors.get(&id).map_or(self.next, Cursor::position))
    }

    /// How many events a subscriber has yet to deal with before it is past those published until
    /// now, or until `position`; and that position. `None` if it is gone.
    pub(crate) fn behind(&self, id: u64, position: Option<u64>) -> Option<(u64, u64)> {
        let position = position.unwrap_or(self.next);
        let cursor = self.cursors.get(&id)?;
        Some((position.saturating_sub(cursor.dealt_with()), position))
    }

    /// Wakes `waker` once the subscriber has dealt with all before `position`, or is gone. Answers
    /// a number by which to [lift](EventLog::lift) it.
    pub(crate) fn raise_barrier(&mut self, id: u64, position: u64, waker: Waker) -> u64 {
        self.next_id += 1;
        let barrier = Barrier { id: self.next_id, position, waker };
        if let Some(cursor) = self.cursors.get_mut(&id) {
            cursor.barriers.push(barrier);
        }
        self.next_id
    }

    pub(crate) fn lift(&mut self, id: u64, barrier: u64, wakers: &mut Wakers) {
        if let Some(cursor) = self.cursors.get_mut(&id) {
            let lifted = cursor.barriers.extract_if(.., |known| known.id == barrier);
            wakers.to_drop.extend(lifted.map(|barrier| barrier.waker));
        }
    }

    pub(crate) fn info(&self, id: u64) -> Option<SubscriptionInfo> {
        let cursor = self.cursors.get(&id)?;
        Some(SubscriptionInfo {
            id,
            filter: cursor.filter.clone(),
            lag: self.next.saturating_sub(cursor.next),
            lost: cursor.lost,
            waiting: cursor.waker.is_some(),
        })
    }

    pub(crate) fn infos(&self) -> Vec<SubscriptionInfo> {
        self.cursors.keys().filter_map(|id| self.info(*id)).collect()
    }
}
