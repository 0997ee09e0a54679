//! What the store's lock guards, and a visit to it.

use std::ops::{Deref, DerefMut};

use time::OffsetDateTime;

use super::directory::Directory;
use super::hub::EventHub;
use super::outbox::{Fact, Outbox};
use super::roll::Roll;
use super::search::{Due, Found};
use crate::end::{EndReason, Tombstone};
use crate::graves::Graves;
use crate::id::IdSource;
use crate::limits::Limits;
use crate::quota::Permit;
use crate::session::{Context, Ending, Endings, Record};
use crate::stats::{EvictionWindow, Hitters, Tally};
use crate::sync::{Arc, Mutex, MutexGuard};
use crate::time::Tick;
use crate::timeouts::Timeouts;
use crate::word::{Changed, Seen};

/// All of a store. Lock order: ledger, then the event log, then a session's fate, then the graves,
/// then one shard of the directory. The outbox is a leaf. Nothing is locked while host code runs.
pub(crate) struct Table<T> {
    pub(crate) context: Arc<Context>,
    pub(crate) ids: Box<dyn IdSource>,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    /// How long a rotated id goes on answering.
    pub(crate) grace: std::time::Duration,
    /// How many evictions an hour are still in order.
    pub(crate) alarm_above: u32,
    pub(crate) directory: Directory<T>,
    pub(crate) graves: Mutex<Graves>,
    pub(crate) events: Arc<EventHub>,
    pub(crate) outbox: Mutex<Outbox<T>>,
    pub(super) ledger: Mutex<Ledger<T>>,
}

/// What changes when a session comes or goes.
pub(crate) struct Ledger<T> {
    pub(crate) roll: Roll<T>,
    pub(crate) tally: Tally,
    pub(crate) evictions: EvictionWindow,
    pub(crate) evicted_principals: Hitters,
    pub(crate) evicted_originators: Hitters,
    /// The creation number of the next session.
    pub(crate) next_number: u64,
    /// Whether there were too many evictions when somebody last looked, while events are recorded.
    pub(crate) alarm: bool,
    pub(crate) closed: bool,
}

/// The time of an operation, read once, before any lock is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Tick,
    pub(crate) wall: OffsetDateTime,
}

/// One stay inside the store's lock.
pub(crate) struct Visit<'a, T> {
    pub(crate) table: &'a Table<T>,
    ledger: MutexGuard<'a, Ledger<T>>,
    pub(crate) moment: Moment,
    endings: Endings<T>,
    /// Whether it has put something into the outbox.
    pub(super) noted: bool,
}

/// How many steps a visit takes at most before it lets others have the lock.
pub(crate) const CHUNK: usize = 64;

/// What a visit did about sessions that are due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Steps {
    pub(crate) ended: usize,
    pub(crate) refreshed: usize,
    /// Whether it stopped because nobody was due any more.
    pub(crate) done: bool,
}

impl Steps {
    pub(crate) fn taken(&self) -> usize {
        self.ended + self.refreshed
    }
}

impl<T> Table<T> {
    /// Reads the clock. Host code: hold no lock.
    pub(crate) fn moment(&self) -> Moment {
        Moment { now: self.context.now(), wall: self.context.wall() }
    }

    /// Reads the clock for something that must not be left undone: if the clock panics, that is
    /// counted, and it is the clock's origin. Host code: hold no lock.
    pub(crate) fn moment_anyway(&self) -> Moment {
        let epoch = Moment { now: Tick::ZERO, wall: OffsetDateTime::UNIX_EPOCH };
        self.context.run_host_code(|| self.moment()).unwrap_or(epoch)
    }

    /// Looks at what the store's lock guards, and changes nothing.
    pub(crate) fn inspect<R>(&self, look: impl FnOnce(&Ledger<T>) -> R) -> R {
        look(&self.ledger.lock())
    }

    /// Changes counters that the store's lock guards, and ends nobody.
    pub(crate) fn change<R>(&self, code: impl FnOnce(&mut Ledger<T>) -> R) -> R {
        code(&mut self.ledger.lock())
    }

    /// Runs crate code inside the store's lock. After the lock is released, what happened is
    /// published; then the hooks of the sessions that it ended run, and the drops of their data.
    pub(crate) fn visit<R>(&self, moment: Moment, code: impl FnOnce(&mut Visit<'_, T>) -> R) -> R {
        let mut ledger = self.ledger.lock();
        for number in self.context.take_returned().into_iter().flatten() {
            ledger.roll.unpark(number);
        }
        let mut visit =
            Visit { table: self, ledger, moment, endings: Endings::default(), noted: false };
        if visit.alarm {
            visit.watch_pressure();
        }
        let result = code(&mut visit);
        let Visit { ledger, endings, noted, .. } = visit;
        drop(ledger);
        if noted {
            self.publish();
        }
        endings.deliver(&self.context);
        result
    }
}

impl<T> Visit<'_, T> {
    /// Ends a session, unless its word is no longer what was `seen`.
    pub(crate) fn end(
        &mut self,
        record: Arc<Record<T>>,
        seen: Seen,
        reason: EndReason,
    ) -> Result<Tombstone, Changed> {
        self.end_and(record, seen, reason, |roll, record| {
            roll.remove(record);
            0
        })
    }

    /// Ends a session, unless it is no longer as it was found, and gives its place on the list to the
    /// newcomer that it is evicted for, which must be seated next.
    pub(crate) fn evict(&mut self, victim: Found<T>, reason: EndReason) -> Result<Permit, Changed> {
        let Found { record, seen } = victim;
        let slot = record.slot();
        self.end_and(record, seen, reason, |_, _| 1).map(|_| Permit::instead_of(slot))
    }

    /// Ends a session. `unlist` takes it off the list, or answers how many pointers the list will let
    /// go of in this visit.
    fn end_and(
        &mut self,
        record: Arc<Record<T>>,
        seen: Seen,
        reason: EndReason,
        unlist: impl FnOnce(&mut Roll<T>, &Arc<Record<T>>) -> usize,
    ) -> Result<Tombstone, Changed> {
        let Moment { now, wall } = self.moment;
        let tombstone = Tombstone::new(reason, now, wall, seen.last_active());
        let (table, roll) = (self.table, &mut self.ledger.roll);
        let ending = Ending::of(record, seen, tombstone, |record| {
            // The grave first: a lookup that misses in the directory must find the grave.
            table.graves.lock().bury(record.key(), tombstone);
            table.directory.remove(record);
            unlist(roll, record)
        })?;
        self.note(ending.record(), seen, Fact::Ended(tombstone));
        self.tally_end(&ending, reason);
        self.endings.push(ending);
        Ok(tombstone)
    }

    fn tally_end(&mut self, ending: &Ending<T>, reason: EndReason) {
        let now = self.moment.now;
        let record = ending.record();
        let ledger = &mut *self.ledger;
        ledger.tally.count_ended(reason, now.since(record.created), record.pinned);
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

    /// Ends what has expired, in at most so many steps.
    pub(crate) fn expire(&mut self, steps: usize) -> Steps {
        let mut taken = Steps::default();
        while taken.taken() < steps {
            match self.ledger.roll.due(self.moment.now) {
                Due::Nobody => {
                    return Steps { done: true, ..taken };
                }
                Due::Refreshed => taken.refreshed += 1,
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

impl<T> Deref for Visit<'_, T> {
    type Target = Ledger<T>;

    fn deref(&self) -> &Ledger<T> {
        &self.ledger
    }
}

impl<T> DerefMut for Visit<'_, T> {
    fn deref_mut(&mut self) -> &mut Ledger<T> {
        &mut self.ledger
    }
}
