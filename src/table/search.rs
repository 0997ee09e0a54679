//! Which session is evicted next: the oldest under a limit.

use super::ledger::CHUNK;
use super::live_sessions::LiveSessions;
use super::ranking::ByActivity;
use super::scope::{GroupKind, Scope};
use crate::min_index::FAN_OUT;
use crate::session::{Label, Record, ReturnQueue, Seen};
use crate::sync::Arc;

/// How often one operation looks again at most because leases came back meanwhile.
const LOOKS: usize = 64;

/// A session, as it was when it was found.
pub(crate) struct Found<T> {
    pub(crate) record: Arc<Record<T>>,
    pub(crate) seen: Seen,
}

/// What the searches of one operation have done, and how much they may still do within this visit.
#[derive(Debug)]
pub(crate) struct Effort {
    done: usize,
    left: usize,
    /// How often they may still look again because leases came back.
    looks: usize,
    /// Whether they may still look at held sessions again because they found no other.
    second_look: bool,
}

/// The effort that a visit may take is spent. Let others have the lock, then go on.
#[derive(Debug)]
pub(crate) struct Spent;

impl Effort {
    pub(crate) const fn new() -> Self {
        Self { done: 0, left: 0, looks: LOOKS, second_look: true }
    }

    /// Another visit begins, in which the searches may take this many steps.
    pub(crate) fn allow(&mut self, steps: usize) {
        self.left = steps;
    }

    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Spent> {
        self.done += steps;
        self.left = self.left.saturating_sub(steps);
        if self.left == 0 { Err(Spent) } else { Ok(()) }
    }
}

impl<T> LiveSessions<T> {
    /// The session of this scope that was last active the longest ago, among those that are neither
    /// pinned nor in use; the first created of equals.
    ///
    /// A lease that is given back meanwhile may free an older one, or the only one. So before it
    /// returns, it empties the queue, and looks again if there was anything in it. Once one
    /// operation has done that [`LOOKS`] times, it returns what it has. If it finds nothing, some
    /// of the sessions that are held are considered again, once in an operation.
    pub(crate) fn oldest(
        &mut self,
        scope: Scope<'_>,
        returns: &ReturnQueue,
        effort: &mut Effort,
    ) -> Result<Option<Found<T>>, Spent> {
        loop {
            let found = self.look(scope, effort)?;
            if found.is_none() && effort.second_look && !self.held.is_empty() {
                effort.second_look = false;
                let some = self.held.next(CHUNK);
                for number in &some {
                    self.unpark(*number);
                }
                effort.spend(some.len())?;
                continue;
            }
            if effort.looks == 0 || !returns.is_filled() {
                return Ok(found);
            }
            while returns.is_filled() {
                let taken = self.unpark_returned(returns, effort.left);
                effort.spend(taken)?;
            }
            effort.looks -= 1;
        }
    }

    fn look(&mut self, scope: Scope<'_>, effort: &mut Effort) -> Result<Option<Found<T>>, Spent> {
        if let Scope::Group(kind, label) = scope {
            let Some(group) = self.groups[kind].of(label) else { return Ok(None) };
            if group.ages().is_none() {
                return self.look_at_each(kind, label, effort);
            }
        }
        while let Some((row, bound)) = self.least_age(scope) {
            let record = &self.records[row];
            let seen = record.word.load();
            if is_exact(seen, bound) {
                // Every other is at least as old as its bound says, and no bound is less.
                return Ok(Some(Found { record: Arc::clone(record), seen }));
            }
            let height = height(effort.done, effort.left);
            effort.spend(self.correct(scope, row, seen, height))?;
        }
        Ok(None)
    }

    /// As [`look`](LiveSessions::look), in a group without an index.
    fn look_at_each(
        &mut self,
        kind: GroupKind,
        label: &Arc<Label>,
        effort: &mut Effort,
    ) -> Result<Option<Found<T>>, Spent> {
        loop {
            let Some(group) = self.groups[kind].of(label) else { return Ok(None) };
            if let Some(found) = self.oldest_of(group.rows()) {
                return Ok(Some(found));
            }
            // Each was in use when it was read, but not at one time: of two that are used in turn,
            // one is always free. A parked one is in use until its number is in the queue.
            let seen = group.rows().iter().map(|row| {
                let record = &self.records[*row as usize];
                (Arc::clone(record), record.word.load())
            });
            let others =
                |(record, seen): &(Arc<Record<T>>, Seen)| !record.pinned() && !seen.parked();
            let others: Vec<_> = seen.filter(others).collect();
            if others.is_empty() {
                return Ok(None);
            }
            for (record, seen) in others.iter().filter(|(_, seen)| seen.in_use()) {
                self.park(record, *seen);
            }
            effort.spend(others.len())?;
        }
    }

    /// Takes steps, at most this many, towards an index of this scope that knows the oldest at
    /// once. Returns how many; none if it does.
    pub(crate) fn freshen(&mut self, scope: Scope<'_>, at_most: usize) -> usize {
        let mut steps = 0;
        while steps < at_most
            && let Some((row, bound)) = self.least_age(scope)
        {
            let seen = self.records[row].word.load();
            if is_exact(seen, bound) {
                break;
            }
            steps += self.correct(scope, row, seen, height(steps, at_most - steps));
        }
        steps
    }

    /// Whether [`freshen`](LiveSessions::freshen) has nothing to do.
    pub(crate) fn is_fresh(&self, scope: Scope<'_>) -> bool {
        let exact = |(row, bound): (usize, u64)| is_exact(self.records[row].word.load(), bound);
        self.least_age(scope).is_none_or(exact)
    }

    /// Corrects an index of this scope whose bound for this row is out of date: parks the session
    /// if it is in use, else refreshes its neighbourhood of this height. Returns how many steps it
    /// took.
    fn correct(&mut self, scope: Scope<'_>, row: usize, seen: Seen, height: u32) -> usize {
        if seen.in_use() {
            self.park(&Arc::clone(&self.records[row]), seen);
            1
        } else {
            self.refresh_ages(scope, row, height)
        }
    }

    /// As [`look`](LiveSessions::look), among the sessions at these rows, each of which is read.
    fn oldest_of(&self, rows: &[u32]) -> Option<Found<T>> {
        let look = || {
            let seen = rows.iter().map(|row| {
                let record = &self.records[*row as usize];
                (record, record.word.load())
            });
            let free = seen.filter(|(record, seen)| {
                !record.pinned() && !seen.in_use() && !self.held.contains(record.number())
            });
            free.min_by_key(|(record, seen)| (seen.last_active(), record.number()))
        };
        let mut oldest = look();
        // While the others were read, one that was in use may have become free before the one that
        // was found did. None that was free has become older.
        for _ in 0..LOOKS {
            let again = look();
            let number =
                |found: Option<(&Arc<Record<T>>, Seen)>| found.map(|(record, _)| record.number());
            if number(again) == number(oldest) {
                break;
            }
            oldest = again;
        }
        oldest.map(|(record, seen)| Found { record: Arc::clone(record), seen })
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
}

/// Whether a session that looks like this is to be found by this bound.
fn is_exact(seen: Seen, bound: u64) -> bool {
    !seen.in_use() && seen.last_active().as_micros() == bound
}

/// The height of the neighbourhood to refresh at once, of at most `left` blocks.
///
/// It grows with the blocks that were refreshed before: where one bound after the other is out of
/// date, most are, and reading memory in order is quicker than jumping from one to the next.
pub(super) fn height(before: usize, left: usize) -> u32 {
    let ilog = |blocks: usize| blocks.checked_ilog(FAN_OUT).unwrap_or(0);
    ilog(before).min(ilog(left))
}
