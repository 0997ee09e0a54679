//! Telling subscribers what happened.
//!
//! A change is noted in the outbox while the store's lock is held, which numbers it in the order in
//! which changes take effect. When the lock is released, the thread that made the change empties
//! the outbox into the event log, or waits while another thread does. So the events are in order,
//! and those of an operation are in the log before the operation returns and before its hooks run.

use super::ledger::{Moment, Table, Visit};
use super::outbox::{Fact, News, Noted};
use crate::event_log::{Change, EventLog, Wakers, What};
use crate::session::Seen;
use crate::session::{Record, SessionInfo, drop_record};
use crate::sync::Arc;

impl<T> Visit<'_, T> {
    /// Notes what happened to a session, if anybody wants to know.
    pub(crate) fn note(&mut self, record: &Arc<Record<T>>, seen: Seen, fact: Fact) {
        if self.table.events.recording() {
            self.note_news(News::Session(Arc::clone(record), seen, fact));
        }
    }

    /// Notes it whether or not anybody wants to know.
    pub(crate) fn note_news(&mut self, news: News<T>) {
        self.table.note(self.moment, news);
        self.noted = true;
    }

    /// Notes it if there are too many evictions now and were not before, or the other way round.
    pub(crate) fn watch_pressure(&mut self) {
        let table = self.table;
        if table.events.recording() {
            let evictions_last_hour = self.evictions.sum(self.moment.now);
            let alarm = evictions_last_hour > u64::from(table.alarm_above);
            if std::mem::replace(&mut self.alarm, alarm) != alarm {
                self.note_news(News::Other(What::Pressure { evictions_last_hour, alarm }));
            }
        }
    }

    /// Records events from now on, if nobody does yet, and runs `code` on the log with the number
    /// of the next event: what the store holds this moment is what all events before it have made.
    pub(crate) fn follow<R>(&mut self, code: impl FnOnce(&mut EventLog, u64) -> R) -> R {
        let table = self.table;
        let mut log = table.events.log();
        let mut outbox = table.outbox.lock();
        if !table.events.recording() {
            // What happened in the meantime is nobody's: this makes every older token too old.
            outbox.next += 1;
            table.events.record(&mut log, outbox.next);
            self.alarm = self.evictions.sum(self.moment.now) > u64::from(table.alarm_above);
        }
        code(&mut log, outbox.next)
    }
}

impl<T> Table<T> {
    /// Notes something that is no session's, if anybody wants to know. Somebody must
    /// [`publish`](Table::publish) it soon.
    pub(crate) fn note_other(&self, moment: Moment, what: What) {
        if self.events.recording() {
            self.note(moment, News::Other(what));
        }
    }

    /// Puts a change into the outbox.
    fn note(&self, moment: Moment, news: News<T>) {
        let Moment { now: at, wall } = moment;
        let mut outbox = self.outbox.lock();
        let number = outbox.next;
        // The end of all events is none.
        outbox.next += u64::from(!matches!(news, News::Closed));
        outbox.noted.push(Noted { number, at, wall, news });
    }

    /// Moves what is in the outbox to the log, and wakes who waits for it. Hold no lock.
    pub(crate) fn publish(&self) {
        let (mut wakers, mut records) = (Wakers::default(), Vec::new());
        let mut log = self.events.log();
        let noted = std::mem::take(&mut self.outbox.lock().noted);
        for Noted { number, at, wall, news } in noted {
            let what = match news {
                News::Session(record, seen, fact) => {
                    let what = fact.about(SessionInfo::new(&record, seen));
                    records.push(record);
                    what
                }
                News::Other(what) => what,
                News::Closed => {
                    log.close(&mut wakers);
                    continue;
                }
            };
            let token = log.token(number);
            log.push(Change { token, at, wall, what }, &mut wakers);
        }
        drop(log);
        records.into_iter().for_each(drop_record);
        self.events.wake(wakers);
    }
}
