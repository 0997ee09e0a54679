//! Rows in the order of a time that only grows: the last use of a session, or when it is due.
//!
//! What is kept is a lower bound of each row's time, so a touch changes nothing here. A search
//! takes the least bound and compares it with the row itself: if it is still right, the row is the
//! first, since every other is at least as late as its own bound; if not, the row gets its bound
//! of now.

use std::collections::BTreeSet;

use super::slots::Row;
use crate::collection::stamp::CollectionTime;

/// See the [module](self). The rows of each scope are ordered apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    /// By row.
    bounds: Vec<u64>,
    waiting: BTreeSet<(u32, u64, Row)>,
    /// Those in use, which are passed over, by a lower bound of when they no longer are.
    busy: BTreeSet<(u32, u64, Row)>,
}

/// What is known of a row.
pub(super) struct Times {
    /// What it is ordered by.
    pub(super) time: u64,
    /// Until when it is to be passed over.
    pub(super) busy_until: CollectionTime,
}

impl Order {
    /// Adds a row.
    pub(super) fn add(&mut self, scope: u32, row: Row, time: u64) {
        self.waiting.insert((scope, time, row));
        self.bound(row, time);
    }

    /// Removes a row, if it is in here.
    pub(super) fn remove(&mut self, scope: u32, row: Row) {
        let Some(bound) = self.bounds.get(row as usize) else { return };
        let entry = (scope, *bound, row);
        if !self.waiting.remove(&entry) {
            self.busy.remove(&entry);
        }
    }

    /// The row of the scope with the least time among those that are not busy, and its time.
    pub(super) fn least(
        &mut self,
        scope: u32,
        now: CollectionTime,
        times: impl Fn(Row) -> Times,
    ) -> Option<(Row, u64)> {
        while let Some(entry) = first(&self.busy, scope, now.as_micros()) {
            self.busy.remove(&entry);
            self.add(scope, entry.2, times(entry.2).time);
        }
        loop {
            let entry = first(&self.waiting, scope, u64::MAX)?;
            let (_, bound, row) = entry;
            let Times { time, busy_until } = times(row);
            if busy_until > now {
                self.waiting.remove(&entry);
                self.busy.insert((scope, busy_until.as_micros(), row));
                self.bound(row, busy_until.as_micros());
            } else if bound < time {
                self.waiting.remove(&entry);
                self.add(scope, row, time);
            } else {
                return Some((row, time));
            }
        }
    }

    /// The row with the least time, if that is due.
    pub(super) fn due(&mut self, now: CollectionTime, time: impl Fn(Row) -> u64) -> Option<Row> {
        loop {
            let entry = first(&self.waiting, 0, now.as_micros())?;
            match time(entry.2) {
                later if later > entry.1 => {
                    self.waiting.remove(&entry);
                    self.add(0, entry.2, later);
                }
                _ => return Some(entry.2),
            }
        }
    }

    /// How many rows are in here.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.busy.len()
    }

    fn bound(&mut self, row: Row, bound: u64) {
        let row = row as usize;
        if self.bounds.len() <= row {
            self.bounds.resize(row + 1, 0);
        }
        self.bounds[row] = bound;
    }
}

/// The first of a scope, if its bound is at most this.
fn first(rows: &BTreeSet<(u32, u64, Row)>, scope: u32, at_most: u64) -> Option<(u32, u64, Row)> {
    rows.range((scope, 0, 0)..=(scope, at_most, Row::MAX)).next().copied()
}
