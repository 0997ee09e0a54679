//! Who is next to go: the oldest session of a limit, and the one that expires first.

use super::live_sessions::LiveSessions;
use super::ranking::{ByActivity, ByDeadline};
use super::scope::{GroupLabels, Scope};
use crate::end::EndReason;
use crate::min_index::FAN_OUT;
use crate::session::Record;
use crate::session::{Changed, Seen};
use crate::sync::Arc;
use crate::time::Tick;

/// How often a search through a small group looks again at most because leases are returned
/// meanwhile.
const LOOKS: usize = 64;

/// A session, as it was when it was found.
pub(crate) struct Found<T> {
    pub(crate) record: Arc<Record<T>>,
    pub(crate) seen: Seen,
}

/// What is known about who expires next.
pub(crate) enum Due<T> {
    /// This one has expired.
    Expired(Found<T>, EndReason),
    /// So many blocks had a bound that was out of date, and have been put right. Look again.
    Refreshed(usize),
    /// Nobody has.
    Nobody,
}

impl<T> LiveSessions<T> {
    /// The session of this scope that was last active the longest ago, among those that are neither
    /// pinned nor in use; the first created of equals.
    pub(crate) fn oldest(&mut self, scope: Scope<'_>) -> Option<Found<T>> {
        if let Scope::Group(kind, label) = scope {
            let group = self.groups[kind].of(label)?;
            if group.ages().is_none() {
                return self.oldest_of(group.rows());
            }
        }
        let mut steps = 0;
        while let Some((row, bound)) = self.least_age(scope) {
            let record = &self.records[row];
            let seen = record.word.load();
            if is_exact(seen, bound) {
                // Every other is at least as old as its bound says, and no bound is less.
                return Some(Found { record: Arc::clone(record), seen });
            }
            steps += self.put_right(scope, row, seen, height(steps, usize::MAX));
        }
        None
    }

    /// Takes steps, at most so many, towards an index of this scope that knows the oldest at once.
    /// Answers how many; none if it does.
    pub(crate) fn freshen(&mut self, scope: Scope<'_>, at_most: usize) -> usize {
        let mut steps = 0;
        while steps < at_most
            && let Some((row, bound)) = self.least_age(scope)
        {
            let seen = self.records[row].word.load();
            if is_exact(seen, bound) {
                break;
            }
            steps += self.put_right(scope, row, seen, height(steps, at_most - steps));
        }
        steps
    }

    /// Whether [`freshen`](LiveSessions::freshen) has nothing to do.
    pub(crate) fn is_fresh(&self, scope: Scope<'_>) -> bool {
        let exact = |(row, bound): (usize, u64)| is_exact(self.records[row].word.load(), bound);
        self.least_age(scope).is_none_or(exact)
    }

    /// What the index of this scope knows of the session at this row is out of date, or the session
    /// is in use. Puts that right, and the neighbourhood of this height. Answers how many steps it
    /// took.
    fn put_right(&mut self, scope: Scope<'_>, row: usize, seen: Seen, height: u32) -> usize {
        if seen.in_use() {
            self.park(&Arc::clone(&self.records[row]), seen);
            1
        } else {
            self.refresh_ages(scope, row, height)
        }
    }

    /// As [`oldest`](LiveSessions::oldest), among the sessions at these rows, each of which is
    /// looked at.
    fn oldest_of(&self, rows: &[u32]) -> Option<Found<T>> {
        let look = || {
            let seen = rows.iter().map(|row| {
                let record = &self.records[*row as usize];
                (record, record.word.load())
            });
            let free = seen.filter(|(record, seen)| !record.pinned && !seen.in_use());
            free.min_by_key(|(record, seen)| (seen.last_active(), record.number))
        };
        let mut oldest = look();
        // While the others were looked at, one that was in use may have become free before the one
        // that was found did. None that was free has become older.
        for _ in 0..LOOKS {
            let again = look();
            let number =
                |found: Option<(&Arc<Record<T>>, Seen)>| found.map(|(record, _)| record.number);
            if number(again) == number(oldest) {
                break;
            }
            oldest = again;
        }
        oldest.map(|(record, seen)| Found { record: Arc::clone(record), seen })
    }

    /// Whether somebody has expired by `now`, and who. At most `left` blocks of the index are put
    /// right for it; more than one where many were `before`.
    pub(crate) fn due(&mut self, now: Tick, before: usize, left: usize) -> Due<T> {
        let due = self.deadlines.least().filter(|(_, bound)| *bound <= now.as_micros());
        let Some((row, _)) = due else {
            return Due::Nobody;
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
        Due::Refreshed(self.refresh_deadlines(row, height(before, left)))
    }

    /// Nobody expires before this.
    pub(crate) fn next_deadline(&self) -> Option<Tick> {
        self.deadlines.least().map(|(_, bound)| Tick::from_micros(bound))
    }

    /// Sets a session aside that is in use, unless its word has changed. From then on the last
    /// lease to go leaves word, and [`unpark`](LiveSessions::unpark) puts the session back.
    fn park(&mut self, record: &Arc<Record<T>>, seen: Seen) {
        if record.word.park(seen).is_ok() {
            self.parked.insert(record.number, Arc::clone(record));
            self.rebound(record);
        }
    }

    /// Puts the session with this creation number back into the indexes, if it is set aside.
    pub(crate) fn unpark(&mut self, number: u64) {
        let Some(record) = self.parked.remove(&number) else {
            return;
        };
        let mut seen = record.word.load();
        while let Err(Changed(new)) = record.word.unpark(seen) {
            seen = new;
        }
        self.rebound(&record);
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

    /// The row with the least bound of last activity in this scope, and the bound.
    fn least_age(&self, scope: Scope<'_>) -> Option<(usize, u64)> {
        match scope {
            Scope::All => self.ages.as_ref()?.least(),
            Scope::Group(kind, label) => {
                let group = self.groups[kind].of(label)?;
                let (seat, bound) = group.ages()?.least()?;
                Some((group.rows()[seat] as usize, bound))
            }
        }
    }

    fn refresh_ages(&mut self, scope: Scope<'_>, row: usize, height: u32) -> usize {
        let activity = ByActivity(&self.records);
        match scope {
            Scope::All => self.ages.as_mut().map_or(1, |ages| ages.refresh(row, height, &activity)),
            Scope::Group(kind, label) => {
                let group = self.groups[kind].seat(label, row);
                group.map_or(1, |(group, seat)| group.refresh(seat, height, &activity))
            }
        }
    }

    fn refresh_deadlines(&mut self, row: usize, height: u32) -> usize {
        self.deadlines.refresh(row, height, &ByDeadline(&self.records))
    }
}

/// Whether a session that looks like this is to be found by this bound.
fn is_exact(seen: Seen, bound: u64) -> bool {
    !seen.in_use() && seen.last_active().as_micros() == bound
}

/// How high a neighbourhood to put right at once, of at most `left` blocks.
///
/// The more blocks were put right before, the more: where one bound after the other is out of date,
/// most are, and going through them in their order is quicker than from one to the next.
fn height(before: usize, left: usize) -> u32 {
    let ilog = |blocks: usize| blocks.checked_ilog(FAN_OUT).unwrap_or(0);
    ilog(before).min(ilog(left))
}
