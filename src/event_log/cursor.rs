//! How far a subscriber has read.

use std::task::Waker;

use super::event::Event;
use super::filter::Filter;

/// What a store knows of a subscription.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SubscriptionInfo {
    /// Its number in the store. No other has it.
    pub id: u64,
    /// What it wants.
    pub filter: Filter,
    /// How many events were published that it has not come to, wanted or not.
    pub lag: u64,
    /// How many wanted events it has lost in all, since it was too slow for the ring.
    pub lost: u64,
    /// Whether somebody waits on it for the next event.
    pub waiting: bool,
}

/// Wakers that come out of the log. They are application code, their drops too: deal with them once
/// its lock is released.
#[derive(Debug, Default)]
#[must_use = "somebody waits to be woken"]
pub(crate) struct Wakers {
    pub(crate) to_wake: Vec<Waker>,
    /// Nobody waits by these any more.
    pub(super) to_drop: Vec<Waker>,
}

/// The place of a subscriber in the ring.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) filter: Filter,
    /// The number of the first event that it has not come to.
    pub(super) next: u64,
    /// The first of the events that it took last, while it has not come back for more.
    pub(super) in_hand: Option<u64>,
    /// The wanted events that were overwritten unread, and that it has not been told of.
    pub(super) missed: Option<Missed>,
    pub(super) lost: u64,
    /// Its session has ended, so it does not read on.
    pub(super) done: bool,
    pub(super) waker: Option<Waker>,
    pub(super) barriers: Vec<Barrier>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Missed {
    pub(super) first: u64,
    pub(super) count: u64,
}

/// Somebody who waits until the subscriber has dealt with all before `position`.
#[derive(Debug)]
pub(super) struct Barrier {
    pub(super) id: u64,
    pub(super) position: u64,
    pub(super) waker: Waker,
}

impl Cursor {
    pub(super) fn new(filter: Filter, next: u64) -> Self {
        Self {
            filter,
            next,
            in_hand: None,
            missed: None,
            lost: 0,
            done: false,
            waker: None,
            barriers: Vec::new(),
        }
    }

    /// The number of the first event that it has yet to read, or to be told that it missed.
    pub(super) fn position(&self) -> u64 {
        self.missed.map_or(self.next, |missed| missed.first)
    }

    /// Up to where it has dealt with everything.
    pub(super) fn dealt_with(&self) -> u64 {
        if self.done {
            return u64::MAX;
        }
        self.in_hand.unwrap_or_else(|| self.position())
    }

    /// The event is about to be overwritten.
    pub(super) fn overrun(&mut self, gone: &Event, wakers: &mut Wakers) {
        if self.next == gone.sequence() {
            self.next += 1;
            if self.filter.matches(gone) {
                let missed = self.missed.get_or_insert(Missed { first: gone.sequence(), count: 0 });
                missed.count += 1;
                self.lost += 1;
            } else {
                self.release(wakers);
            }
        }
    }

    /// The event is new. A subscriber that has read all before passes by what it does not want
    /// without being woken. Answers whom to wake.
    pub(super) fn offer(&mut self, event: &Event, wakers: &mut Wakers) {
        if self.next == event.sequence() {
            if self.filter.matches(event) {
                wakers.to_wake.extend(self.waker.take());
            } else {
                self.next += 1;
            }
        }
    }

    /// Lets go those that wait for what it has dealt with.
    pub(super) fn release(&mut self, wakers: &mut Wakers) {
        let done = self.dealt_with();
        let passed = self.barriers.extract_if(.., |barrier| barrier.position <= done);
        wakers.to_wake.extend(passed.map(|barrier| barrier.waker));
    }
}
