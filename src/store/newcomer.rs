//! What a visit does to let a session in: limits, evictions, permits.

use super::new_id::{NewId, Taken};
use crate::error::CreateError;
use crate::event_log::What;
use crate::groups::Permit;
use crate::id::{Origin, TrackId};
use crate::session::{Begun, FreshRecord, Label, Name, Names, Past, Record, SessionInfo};
use crate::sync::Arc;
use crate::table::{Bounds, CHUNK, Effort, Moment, NoPermit, Visit};
use crate::timeouts::{Deadlines, Timeouts};

/// What is asked for a new session, beside what its record has from the start.
pub(super) struct Asked {
    pub(super) names: Names<Name>,
    pub(super) timeouts: Timeouts,
    pub(super) past: Past,
    pub(super) leased: bool,
    pub(super) id: NewId,
    pub(super) loaded: Option<Loaded>,
}

/// What is known of a session that comes from a collection, beside what a new one has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Loaded {
    /// Its track id, where that does not follow from its id: it was rotated before.
    pub(crate) track: Option<TrackId>,
}

/// What the visits of one creation have done so far.
pub(super) struct Progress {
    /// Whether a limit was full, so that the expired end first.
    pub(super) expiring: bool,
    pub(super) effort: Effort,
    /// How often it may yet read the clock again.
    pub(super) readings: u32,
}

/// What a visit came to.
pub(super) enum Step<T> {
    /// There is more to do than one visit may: come again.
    Again(FreshRecord<T>),
    /// Others were created since the clock was read, so that the newcomer would be the oldest from
    /// the start. Read the clock, and come again.
    Late(FreshRecord<T>),
    /// The record is to be dropped outside the lock.
    Refused(FreshRecord<T>, CreateError),
    Done(Arc<Record<T>>),
    /// The id is that of a live session, which was revived. It may have had no lease left to give.
    /// The record is to be dropped outside the lock.
    Revived {
        unused: FreshRecord<T>,
        live: Arc<Record<T>>,
        leased: bool,
    },
}

impl<T> Visit<'_, T> {
    /// Takes a step towards the new session of this record. Returns the record in any case, so
    /// that the application's data is not dropped in here.
    pub(super) fn enter(
        &mut self,
        record: FreshRecord<T>,
        asked: &Asked,
        progress: &mut Progress,
    ) -> Step<T> {
        if self.closed {
            return Step::Refused(record, CreateError::Closed);
        }
        if self.moment.now < self.latest && progress.readings > 0 {
            return Step::Late(record);
        }
        let table = self.table;
        match self.claim(&asked.id) {
            Ok(()) => {}
            Err(Taken::InUse(live)) if asked.loaded.is_some() => {
                let leased = self.revive(&live, asked);
                return Step::Revived { unused: record, live, leased };
            }
            Err(taken) => return Step::Refused(record, taken.into()),
        }
        let names = self.live.names(&asked.names);
        let ordinary = self.live.ordinary.clone().filter(|_| !record.privileged());
        let pinned = record.pinned();
        let bounds = if pinned {
            Bounds::default()
        } else {
            Bounds::new(&names, ordinary.as_ref(), &table.limits)
        };
        progress.expiring |= bounds.iter().any(|bound| self.is_full(bound));
        if progress.expiring && !self.expire(CHUNK).done {
            return Step::Again(record);
        }
        progress.effort.allow(CHUNK);
        match self.admit(&bounds, !pinned, &mut progress.effort) {
            Ok(permit) => Step::Done(self.seat(permit, record, names, asked)),
            Err(NoPermit::Spent) => Step::Again(record),
            Err(NoPermit::Refused(refusal)) => Step::Refused(record, refusal),
        }
    }

    fn seat(
        &mut self,
        permit: Permit,
        fresh: FreshRecord<T>,
        names: Names<Arc<Label>>,
        asked: &Asked,
    ) -> Arc<Record<T>> {
        let Moment { now, .. } = self.moment;
        let table = self.table;
        let number = self.next_number;
        self.next_number += 1;
        self.latest = now;
        let (created, last_active) = asked.past.ticks(now);
        let deadlines = Deadlines::new(asked.timeouts, created);
        let record = fresh.begin(Begun { number, created, last_active, deadlines, names });
        if asked.leased {
            // It has a lease to give.
            let _taken = record.lease_untouched(now);
        }
        self.live.seat(permit, &record, &table.limits);
        table.directory.insert(Arc::clone(&record));
        let live = self.live.len();
        let info = || SessionInfo::new(&record, record.word.load());
        if let Some(Loaded { track }) = asked.loaded {
            if let Some(track) = track {
                record.with_cold(|cold| cold.origin = Some(Origin::Known(track)));
            }
            // It is loaded because it is used.
            record.note_touched();
            self.tally.count_loaded(live, record.pinned());
            self.note(|| What::Loaded(info()));
        } else {
            self.tally.count_created(live, record.pinned());
            self.note(|| What::Created(info()));
        }
        record
    }

    /// Moves the last-active time of a live session forward to that of its loaded twin, and takes a
    /// lease if one is asked for. Returns whether that was to be had. The session is considered
    /// again by searches, whatever held it before.
    fn revive(&mut self, live: &Arc<Record<T>>, asked: &Asked) -> bool {
        let (_, last_active) = asked.past.ticks(self.moment.now);
        let leased = live.revive(last_active, asked.leased);
        self.live.unpark(live.number());
        leased
    }
}

#[cfg(test)]
mod tests {
    use super::super::handle::SessionStore;
    use super::*;
    use crate::error::Shortage;
    use crate::limits::{Limit, Limits};
    use crate::session::{Lease, NewRecord, NewSession};

    #[test]
    fn creation_that_meets_many_leases_yields_the_lock() {
        const MANY: usize = 1_000;
        let limits = Limits::none().global(Limit::evict_oldest(MANY));
        let store = SessionStore::builder().limits(limits).build().unwrap();
        let create = |_| store.create_leased(NewSession::new(0)).unwrap();
        let leases: Vec<Lease<u32>> = (0..MANY).map(create).collect();
        let table = store.table();
        let (timeouts, id) = (table.timeouts, table.new_id(None).unwrap());
        let (names, past) = (Names::default(), Past::default());
        let asked = Asked { names, timeouts, past, leased: false, id, loaded: None };
        let context = Arc::clone(&table.context);
        let id = asked.id.id;
        let new = NewRecord { id, pinned: false, privileged: false, context, data: 0 };
        let mut fresh = FreshRecord::new(new);
        let mut progress = Progress { expiring: false, effort: Effort::new(), readings: 0 };
        let mut visits = 1;
        let why = loop {
            let before = table.inspect(|ledger| ledger.live.parked.len());
            let step =
                table.visit(table.moment(), |visit| visit.enter(fresh, &asked, &mut progress));
            let parked = table.inspect(|ledger| ledger.live.parked.len()) - before;
            assert!(parked <= CHUNK, "one visit parked {parked} sessions");
            match step {
                Step::Again(record) | Step::Late(record) => (fresh, visits) = (record, visits + 1),
                Step::Refused(_, why) => break why,
                Step::Done(_) | Step::Revived { .. } => panic!("created"),
            }
        };
        let refused = matches!(why, CreateError::Full { why: Shortage::AllInUse, .. });
        assert!(refused && visits >= leases.len() / CHUNK, "{visits} visits");
    }
}
