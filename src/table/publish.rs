//! Telling subscribers what happened.

use super::ledger::{Moment, Table, Visit};
use crate::event_log::{EventLog, Wakers, What};

impl<T> Visit<'_, T> {
    /// Notes what happened, if events are recorded.
    pub(crate) fn note(&mut self, what: impl FnOnce() -> What) {
        if self.table.events.recording() {
            let Moment { now, wall } = self.moment;
            self.table.events.note(now, wall, what());
            self.noted = true;
        }
    }

    /// Notes that there will be no more events.
    pub(crate) fn note_close(&mut self) {
        self.table.events.note_close();
        self.noted = true;
    }

    /// Notes it if there are too many evictions now and were not before, or the other way round.
    pub(crate) fn watch_pressure(&mut self) {
        let table = self.table;
        if table.events.recording() {
            let evictions_last_hour = self.evictions.sum(self.moment.now);
            let alarm = evictions_last_hour > u64::from(table.alarm_above);
            if std::mem::replace(&mut self.alarm, alarm) != alarm {
                self.note(|| What::Pressure { evictions_last_hour, alarm });
            }
        }
    }

    /// Records events from now on, and runs `code` on the log: what the store
    /// holds this moment is what all events in the log have made. Wake the wakers after the visit.
    pub(crate) fn follow<R>(&mut self, code: impl FnOnce(&mut EventLog) -> R) -> (R, Wakers) {
        let table = self.table;
        let mut wakers = Wakers::default();
        let mut log = table.events.log();
        if table.events.record(&mut log, &mut wakers) {
            self.alarm = self.evictions.sum(self.moment.now) > u64::from(table.alarm_above);
        }
        (code(&mut log), wakers)
    }
}

impl<T> Table<T> {
    /// Notes something that is no session's, if events are recorded. The caller must
    /// [`publish`](Table::publish) it soon.
    pub(crate) fn note_other(&self, moment: Moment, what: What) {
        if self.events.recording() {
            self.events.note(moment.now, moment.wall, what);
        }
    }

    /// Moves what was noted to the log, and wakes those who wait for it. Hold no lock.
    pub(crate) fn publish(&self) {
        self.events.publish();
    }
}
