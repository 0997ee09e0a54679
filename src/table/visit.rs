//! What a visit does to end sessions.

use super::expiry::Due;
use super::ledger::{Moment, Visit};
use super::search::Found;
use crate::end::{EndReason, Tombstone};
use crate::event_log::What;
use crate::groups::Permit;
use crate::session::{Changed, Ending, Record, Seen, SessionInfo, UnfinishedEnd};
use crate::sync::Arc;

/// What a visit did about sessions that are due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Steps {
    pub(crate) ended: usize,
    pub(crate) refreshed: usize,
    /// Whether it stopped because none was due any more.
    pub(crate) done: bool,
}

impl Steps {
    pub(crate) fn taken(&self) -> usize {
        self.ended + self.refreshed
    }
}

/// What becomes of the row of a session that ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
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

    /// Ends a session, unless it is no longer as it was found, and gives its row to the newcomer
    /// that it is evicted for, which must be seated next.
    pub(crate) fn evict(&mut self, victim: Found<T>, reason: EndReason) -> Result<Permit, Changed> {
        let Found { record, seen } = victim;
        let row = record.row();
        self.end_and(record, seen, reason, Row::Inherited).map(|_| Permit::instead_of(row))
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
        // The tombstone first: a lookup that misses in the directory must find it.
        self.table.tombstones.lock().insert(record.key(), tombstone);
        self.table.directory.remove(&record);
        if row == Row::Removed {
            self.ledger.live.remove(&record);
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

    /// Ends a live session for its timeout if it has expired, else for `reason`, if there is one.
    /// `None` if it goes on, or had ended before.
    pub(crate) fn end_now(
        &mut self,
        record: &Arc<Record<T>>,
        reason: Option<EndReason>,
    ) -> Option<Tombstone> {
        let mut seen = record.word.load();
        while !seen.ended() {
            let reason = record.expired(seen, self.moment.now).or(reason)?;
            match self.end(Arc::clone(record), seen, reason) {
                Ok(tombstone) => return Some(tombstone),
                Err(Changed(new)) => seen = new,
            }
        }
        None
    }

    /// Ends what has expired, in at most this many steps.
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
                    match self.end(found.record, found.seen, reason) {
                        Ok(_) => taken.ended += 1,
                        Err(_) => taken.refreshed += 1,
                    }
                }
            }
        }
        taken
    }
}
