//! How the indexes rank live sessions, by row.

use crate::min_index::{NEVER, Ranking};
use crate::session::{Record, Seen};
use crate::sync::Arc;

/// By last activity: the oldest is evicted first.
pub(crate) struct ByActivity<'a, T>(pub(crate) &'a [Arc<Record<T>>]);

/// By deadline: the earliest expires first.
pub(crate) struct ByDeadline<'a, T>(pub(crate) &'a [Arc<Record<T>>]);

impl<T> Ranking for ByActivity<'_, T> {
    fn bound(&self, row: usize) -> u64 {
        let record = &self.0[row];
        let seen = record.word.load();
        if record.pinned() || seen.parked() { NEVER } else { seen.last_active().as_micros() }
    }

    fn refreshed(&self, row: usize) -> u64 {
        // It is neither pinned nor parked, or it would have no bound.
        self.0[row].word.load().last_active().as_micros()
    }

    fn number(&self, row: usize) -> u64 {
        self.0[row].number()
    }
}

impl<T> Ranking for ByDeadline<'_, T> {
    fn bound(&self, row: usize) -> u64 {
        let record = &self.0[row];
        deadline_bound(record, record.word.load())
    }

    fn number(&self, row: usize) -> u64 {
        self.0[row].number()
    }
}

/// The bound of its deadline that an index keeps. A session in use may be free the next moment, so
/// only a parked one has no idle deadline.
pub(crate) fn deadline_bound<T>(record: &Record<T>, seen: Seen) -> u64 {
    let next = record.deadlines().next(seen.last_active(), seen.parked());
    next.map_or(NEVER, |(at, _)| at.as_micros())
}
