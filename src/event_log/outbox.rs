//! What has happened and is not in the log yet.

use time::OffsetDateTime;

use super::event::{Event, What};
use crate::tick::Tick;

/// Events in the order in which they happened, numbered, on their way to the log.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// The number of the next event.
    pub(super) next: u64,
    pub(super) events: Vec<Event>,
    /// Whether the store has closed: there will be no more events.
    pub(super) closed: bool,
}

impl Outbox {
    /// Numbers what happened. `log` is the log that the event is for.
    pub(super) fn put(&mut self, log: u64, at: Tick, wall: OffsetDateTime, what: What) {
        if !self.closed {
            self.events.push(Event::new(log, self.next, at, wall, what));
            self.next += 1;
        }
    }
}
