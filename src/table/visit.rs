//! What a visit does to end sessions.

use super::expiry::Due;
use super::ledger::{Moment, Visit};
use super::search::Found;
use crate::end::{EndReason, Tombstone};
use crate::event_log::What;
use crate::session::{Changed, Ending, Record, Seen, SessionInfo, UnfinishedEnd};
use crate::sync::Arc;

/// What a visit did about sessions that are due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Steps {
    pub(crate) ended: usize,
    pub(crate) unloaded: usize,
    pub(crate) refreshed: usize,
    /// Whether it stopped because none was due any more.
    pub(crate) done: bool,
}

impl Steps {
    pub(crate) fn taken(&self) -> usize {
        self.ended + self.unloaded + self.refreshed
    }
}

/// What becomes of the row of a session that ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// The last row moves into it.
    Removed,
    /// The newcomer gets it, which is seated next.
    Inherited,
}

impl<T> Visit<'_, T> {
    /// Ends a session, unless its word is no longer what was `seen`.
    pub(crate) fn end(
        &mut self,
        record: Arc<Record<T>>,
        seen: Seen,
        reason: EndReason,
    ) -> Result<Tombstone, Changed> {
        self.end_and(record, seen, reason, Row::Removed)
    }

    /// Ends a session to make room, or unloads it in a store with a keeper, unless it is no longer
    /// as it was found. Returns whether it is gone.
    pub(super) fn displace(&mut self, victim: Found<T>, reason: EndReason, row: Row) -> bool {
        match &self.table.keeper {
            None => self.end_and(victim.record, victim.seen, reason, row).is_ok(),
            Some(keeper) => self.unload(&**keeper, victim, 0, row),
        }
    }

    /// All that an end is, in order: lock the cold part and change the word, unlink, finish.
    fn end_and(
        &mut self,
        record: Arc<Record<T>>,
        seen: Seen,
        reason: EndReason,
        row: Row,
    ) -> Result<Tombstone, Changed> {
        let Moment { now, wall } = self.moment;
        let tombstone = Tombstone::new(reason, now, wall, seen.last_active());
        // Beside the pointers of handles there is the caller's, and the list's if the row stays.
        let own = 1 + usize::from(row == Row::Inherited);
        let end = UnfinishedEnd::begin(&record, seen)?;
        if let Some(keeper) = &self.table.keeper {
            keeper.ended(record.key(), &record.data, &tombstone);
        }
        // The tombstone first: a lookup that misses in the directory must find it.
        self.table.tombstones.lock().insert(record.key(), tombstone);
        self.table.directory.remove(&record);
        if row == Row::Removed {
            self.ledger.live.remove(&record);
        }
        if seen.in_use() {
            self.ledger.lingering.add(&record);
        }
        let waiting = end.finish(tombstone, own);
        self.note(|| What::Ended(SessionInfo::new(&record, seen), tombstone));
        let ending = Ending::new(record, tombstone, waiting);
        self.tally_end(&ending, reason);
        self.endings.push(ending);
        Ok(tombstone)
    }

    fn tally_end(&mut self, ending: &Ending<T>, reason: EndReason) {
        let now = self.moment.now;
        let record = ending.record();
        let ledger = &mut *self.ledger;
        ledger.tally.count_ended(reason, now.since(record.created()), record.pinned());
        if let EndReason::Evicted { .. } = reason {
            ledger.evictions.count(now);
            record.names.principal.iter().for_each(|name| ledger.evicted_principals.count(name));
            record.names.originator.iter().for_each(|name| ledger.evicted_originators.count(name));
            self.watch_pressure();
        }
    }

    /// Why the sessions ended that this visit has ended so far.
    pub(crate) fn ended(&self) -> impl Iterator<Item = EndReason> + '_ {
        self.endings.iter().map(|ending| ending.tombstone.reason())
    }

    /// Ends a live session for its timeout if it is [over](Visit::over), else for `reason`, if
    /// there is one. `None` if it goes on, or had ended before.
    pub(crate) fn end_now(
        &mut self,
        record: &Arc<Record<T>>,
        reason: Option<EndReason>,
    ) -> Option<Tombstone> {
        let mut seen = record.word.load();
        while !seen.ended() {
            let reason = self.over(record, seen).or(reason)?;
            match self.end(Arc::clone(record), seen, reason) {
                Ok(tombstone) => return Some(tombstone),
                Err(Changed(new)) => seen = new,
            }
        }
        None
    }

    /// Ends what has expired, or unloads it, in at most this many steps.
    pub(crate) fn expire(&mut self, steps: usize) -> Steps {
        let mut taken = Steps::default();
        while taken.taken() < steps {
            let (before, left) = (taken.refreshed, steps - taken.taken());
            match self.ledger.live.due(self.moment.now, before, left) {
                Due::Nothing => {
                    // One whose last lease came back is in no index while it is in the queue.
                    let returns = &self.table.context.returns;
                    if !returns.is_filled() {
                        return Steps { done: true, ..taken };
                    }
                    taken.refreshed += self.ledger.live.unpark_returned(returns, left);
                }
                Due::Refreshed(blocks) => taken.refreshed += blocks,
                Due::Expired(found, reason) => {
                    // A lease or a touch may have come in between; then the next look sees it.
                    let (ended, unloaded) = self.dismiss(found, reason);
                    taken.ended += usize::from(ended);
                    taken.unloaded += usize::from(unloaded);
                    taken.refreshed += usize::from(!ended && !unloaded);
                }
            }
        }
        taken
    }

    /// Ends a session that has expired, or unloads it. Returns whether it has ended, and whether it
    /// was unloaded.
    fn dismiss(&mut self, found: Found<T>, reason: EndReason) -> (bool, bool) {
        let Some(keeper) = &self.table.keeper else {
            return (self.end(found.record, found.seen, reason).is_ok(), false);
        };
        match self.over(&found.record, found.seen) {
            Some(reason) => (self.end(found.record, found.seen, reason).is_ok(), false),
            None => (false, self.unload(&**keeper, found, 0, Row::Removed)),
        }
    }
}
