//! Which session expires first.

use super::live_sessions::LiveSessions;
use super::ranking::ByDeadline;
use super::search::{Found, height};
use crate::end::EndReason;
use crate::sync::Arc;
use crate::tick::Tick;

/// What is known of the session that expires first.
pub(crate) enum Due<T> {
    /// It has expired.
    Expired(Found<T>, EndReason),
    /// This many blocks had a bound that was out of date and were refreshed. Look again.
    Refreshed(usize),
    /// None has expired.
    Nothing,
}

impl<T> LiveSessions<T> {
    /// Looks for a session that has expired by `now`. At most `left` blocks of the index are
    /// refreshed for it; more than one where many were refreshed `before`.
    pub(crate) fn due(&mut self, now: Tick, before: usize, left: usize) -> Due<T> {
        let due = self.deadlines.least().filter(|(_, bound)| *bound <= now.as_micros());
        let Some((row, _)) = due else {
            return Due::Nothing;
        };
        let record = Arc::clone(&self.records[row]);
        let seen = record.word.load();
        if let Some(reason) = record.expired(seen, now) {
            return Due::Expired(Found { record, seen }, reason);
        }
        if seen.in_use() && !seen.parked() {
            self.park(&record, seen);
            return Due::Refreshed(1);
        }
        let height = height(before, left);
        Due::Refreshed(self.deadlines.refresh(row, height, &ByDeadline(&self.records)))
    }

    /// No session expires before this.
    pub(crate) fn next_deadline(&self) -> Option<Tick> {
        self.deadlines.least().map(|(_, bound)| Tick::from_micros(bound))
    }
}
