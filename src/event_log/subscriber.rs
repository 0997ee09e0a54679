//! What a subscriber, and those who watch it, ask of the log.

use std::task::Waker;

use super::cursor::{Barrier, SubscriptionInfo, Wakers};
use super::ring::EventLog;
use super::token::EventToken;
use super::topics::CursorId;

impl EventLog {
    /// The subscriber does not read on, since its session has ended, and barriers do not wait for
    /// it; or it does again.
    pub(crate) fn set_done(&mut self, id: CursorId, done: bool, wakers: &mut Wakers) {
        let next = self.next();
        if let Some(topic) = self.topic(id) {
            topic.wait(id.number, None, wakers);
            topic.cursor(id.number).into_iter().for_each(|cursor| cursor.done = done);
            topic.release(id.number, next, wakers);
        }
    }

    /// Moves a cursor to where another with the same filter is, which has missed what that missed
    /// and nothing before.
    pub(crate) fn go_on_as(&mut self, id: CursorId, fresh: CursorId, wakers: &mut Wakers) {
        let next = self.next();
        if let Some(topic) = self.topic(id) {
            topic.go_on_as(id.number, fresh.number);
            topic.release(id.number, next, wakers);
        }
    }

    /// The place after all that a subscriber has read.
    pub(crate) fn position(&mut self, id: CursorId) -> EventToken {
        let next = self.next();
        let position = self.topic(id).and_then(|topic| topic.position(id.number, next));
        self.token(position.unwrap_or(next))
    }

    /// How many events a subscriber has yet to deal with before it is past those published until
    /// now, or until `position`; and that position. `None` if it is gone.
    pub(crate) fn behind(&mut self, id: CursorId, position: Option<u64>) -> Option<(u64, u64)> {
        let next = self.next();
        let position = position.unwrap_or(next);
        let dealt_with = self.topic(id)?.dealt_with(id.number, next)?;
        Some((position.saturating_sub(dealt_with), position))
    }

    /// Wakes `waker` once the subscriber has dealt with all before `position`, or is gone. Returns
    /// a number by which to [lift](EventLog::lift) it.
    pub(crate) fn raise_barrier(&mut self, id: CursorId, position: u64, waker: Waker) -> u64 {
        let number = self.next_id();
        if let Some(cursor) = self.topic(id).and_then(|topic| topic.cursor(id.number)) {
            cursor.raise(Barrier { id: number, position, waker });
        }
        number
    }

    pub(crate) fn lift(&mut self, id: CursorId, barrier: u64, wakers: &mut Wakers) {
        if let Some(cursor) = self.topic(id).and_then(|topic| topic.cursor(id.number)) {
            cursor.lift(barrier, wakers);
        }
    }

    pub(crate) fn info(&mut self, id: CursorId) -> Option<SubscriptionInfo> {
        let next = self.next();
        self.topic(id)?.info(id.number, next)
    }
}
