//! Which session expires first.

use super::live_sessions::LiveSessions;
use super::ranking::{ByDeadline, deadline_bound};
use super::search::{Found, height};
use crate::end::EndReason;
use crate::session::{Changed, Record};
use crate::sync::Arc;
use crate::tick::Tick;
use crate::timeouts::Deadlines;

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

    /// Gives a session other deadlines. Returns the next, as the index must have it: none of a
    /// session that is parked, unless it is absolute.
    pub(crate) fn move_deadlines(
        &mut self,
        record: &Arc<Record<T>>,
        to: Deadlines,
    ) -> Option<Tick> {
        let mut seen = record.word.load();
        let before = deadline_bound(record, seen);
        record.set_deadlines(to);
        // A thread that gives a lease back after this tells the application of the new deadline;
        // one that has done so before is seen here.
        while let Err(Changed(new)) = record.word.confirm(seen) {
            seen = new;
        }
        if seen.parked() && !seen.in_use() {
            self.unpark(record.number());
            seen = record.word.load();
        }
        // An earlier bound is still a lower bound: it is refreshed when it comes due.
        if deadline_bound(record, seen) < before {
            self.deadlines.set(record.row(), &ByDeadline(&self.records));
        }
        record.deadlines().next(seen.last_active(), seen.parked()).map(|(at, _)| at)
    }
}
