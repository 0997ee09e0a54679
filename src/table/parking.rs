//! Sessions in use, set aside.
//!
//! A search that meets a session in use *parks* it: it sets the parked bit in the session's word
//! and takes the session out of the indexes, so that a long lease costs later searches nothing. The
//! thread that gives the last lease of a parked session back changes the word first, and then puts
//! the session's number into the return queue. Emptying the queue puts the sessions that are free
//! back into the indexes; one that is in use again stays parked and keeps its bit, so that its last
//! lease puts it into the queue once more. Since a number is queued after the session was free,
//! none can be taken too early and be lost.
//!
//! In a store with a keeper a session that may not be unloaded is parked too, though it is not in
//! use: it is *held*. Its number is remembered, and it is put back into the indexes when the keeper
//! has it considered again, when its last lease is given back, or when a search finds nothing else.

use super::live_sessions::LiveSessions;
use super::ranking::{ByActivity, ByDeadline};
use super::scope::GroupLabels;
use crate::session::{Changed, Record, ReturnQueue, Seen};
use crate::sync::Arc;

impl<T> LiveSessions<T> {
    /// Parks a session that was seen in use, unless its word has changed.
    pub(crate) fn park(&mut self, record: &Arc<Record<T>>, seen: Seen) {
        if record.word.park(seen).is_ok() {
            self.parked.insert(record.number(), Arc::clone(record));
            self.rebound(record);
        }
    }

    /// Parks a session that may not be unloaded yet, unless its word has changed.
    pub(super) fn hold(&mut self, record: &Arc<Record<T>>, seen: Seen) {
        self.park(record, seen);
        if self.parked.contains_key(&record.number()) {
            self.held.insert(record.number());
        }
    }

    /// Takes at most this many numbers from the queue, and puts the sessions that are free back
    /// into the indexes. Returns how many numbers there were.
    pub(crate) fn unpark_returned(&mut self, returns: &ReturnQueue, at_most: usize) -> usize {
        let numbers = returns.take(at_most);
        for number in &numbers {
            self.unpark(*number);
        }
        numbers.len()
    }

    /// Puts a parked session back into the indexes, unless it is in use.
    pub(crate) fn unpark(&mut self, number: u64) {
        self.held.remove(number);
        let Some(record) = self.parked.get(&number).map(Arc::clone) else { return };
        let mut seen = record.word.load();
        while !seen.in_use() {
            match record.word.unpark(seen) {
                Ok(()) => {
                    self.parked.remove(&number);
                    self.rebound(&record);
                    return;
                }
                Err(Changed(new)) => seen = new,
            }
        }
    }

    /// Whether every held session is parked, as it must be.
    #[cfg(all(test, not(any(loom, shuttle))))]
    pub(crate) fn holds_parked_alone(&self) -> bool {
        self.held.some(0, usize::MAX).iter().all(|number| self.parked.contains_key(number))
    }

    /// Works out the bounds of one session in every index.
    fn rebound(&mut self, record: &Arc<Record<T>>) {
        let Self { records, ages, deadlines, groups, ordinary, .. } = self;
        let (row, activity) = (record.row(), ByActivity(records));
        if let Some(ages) = ages {
            ages.set(row, &activity);
        }
        deadlines.set(row, &ByDeadline(records));
        for (kind, label) in GroupLabels::of(record, ordinary.as_ref()).each() {
            groups[kind].rebound(label, row, &activity);
        }
    }
}
