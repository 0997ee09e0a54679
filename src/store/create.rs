//! Letting sessions in: limits, evictions, permits.

use super::handle::SessionStore;
use super::new_id::NewId;
use crate::error::CreateError;
use crate::event_log::What;
use crate::groups::Permit;
use crate::session::{
    Begun, FreshRecord, Label, Name, Names, NewRecord, NewSession, Past, Record, Session,
    SessionInfo,
};
use crate::sync::Arc;
use crate::table::{Bounds, CHUNK, Effort, Moment, NoPermit, Visit};
use crate::timeouts::{Deadlines, Timeouts};

impl<T> SessionStore<T> {
    /// Creates a session.
    ///
    /// If a limit that applies to it is full, the store first ends every session that has expired.
    /// If that makes no room, the limits are served narrowest first: per principal, per originator,
    /// global. One that evicts gives up the oldest of its sessions that is neither in use nor
    /// pinned, and the new session takes its place; often that makes room under the wider limits
    /// too. What is found first decides: if any limit can give no place, no session is evicted.
    ///
    /// # Errors
    ///
    /// [`CreateError`] says which limit is full and why, or what else is wrong.
    ///
    /// # Panics
    ///
    /// If the application's clock or id source does, or the drop of the data of a session that is
    /// refused. Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{Limit, Limits, NewSession, SessionStore};
    ///
    /// let limits = Limits::default().per_principal(Limit::reject(1));
    /// let store = SessionStore::builder().limits(limits).build()?;
    /// let alice = || NewSession::new(()).principal("alice");
    ///
    /// let first = store.create(alice()).unwrap();
    /// let full = store.create(alice()).unwrap_err().to_string();
    /// assert_eq!(full, "principal is at its limit: 1 of 1 sessions, and the limit evicts none");
    ///
    /// store.end(&first.id());
    /// assert!(store.create(alice()).is_ok());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn create(&self, new: NewSession<T>) -> Result<Session<T>, CreateError> {
        let table = self.table();
        new.check_names()?;
        let timeouts = new.timeouts(table.timeouts)?;
        let mut moment = table.moment();
        new.past.check(timeouts, moment.now)?;
        let id = table.new_id(new.id).map_err(CreateError::IdSource)?;
        let mut progress =
            Progress { expiring: false, effort: Effort::new(), readings: MORE_READINGS };
        let (names, past) = (new.names, new.past);
        let asked = Asked { names, timeouts, past, leased: new.leased, id };
        // The record is made, and dropped if it is refused, outside the lock.
        let mut fresh = FreshRecord::new(NewRecord {
            id: asked.id.id,
            pinned: new.pinned,
            privileged: new.privileged,
            context: Arc::clone(&table.context),
            data: new.data,
        });
        loop {
            let step = table.visit(moment, |visit| visit.create(fresh, &asked, &mut progress));
            match step {
                Step::Again(record) => fresh = record,
                Step::Late(record) => {
                    fresh = record;
                    let later = table.moment();
                    // Another reading does not help where the clock ran back.
                    let helps = later.now > moment.now;
                    progress.readings = if helps { progress.readings - 1 } else { 0 };
                    moment = later;
                }
                Step::Refused(_record, why) => return Err(why),
                Step::Done(record) => {
                    let seen = record.word.load();
                    let deadline = record.deadlines().next(seen.last_active(), false);
                    table.context.tell_of_listed(deadline.map(|(at, _)| at));
                    return Ok(Session::new(record));
                }
            }
        }
    }
}

/// How often a creation that waited for the lock reads the clock again.
const MORE_READINGS: u32 = 3;

/// What is asked for a new session, beside what its record has from the start.
struct Asked {
    names: Names<Name>,
    timeouts: Timeouts,
    past: Past,
    leased: bool,
    id: NewId,
}

/// What the visits of one creation have done so far.
struct Progress {
    /// Whether a limit was full, so that the expired end first.
    expiring: bool,
    effort: Effort,
    /// How often it may yet read the clock again.
    readings: u32,
}

/// What a visit came to.
enum Step<T> {
    /// There is more to do than one visit may: come again.
    Again(FreshRecord<T>),
    /// Others were created since the clock was read, so that the newcomer would be the oldest from
    /// the start. Read the clock, and come again.
    Late(FreshRecord<T>),
    /// The record is to be dropped outside the lock.
    Refused(FreshRecord<T>, CreateError),
    Done(Arc<Record<T>>),
}

impl<T> Visit<'_, T> {
    /// Takes a step towards the new session of this record. Returns the record in any case, so
    /// that the application's data is not dropped in here.
    fn create(
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
        if let Err(taken) = self.claim(&asked.id) {
            return Step::Refused(record, taken.into());
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
        self.tally.count_created(live, record.pinned());
        self.note(|| What::Created(SessionInfo::new(&record, record.word.load())));
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Shortage;
    use crate::limits::{Limit, Limits};
    use crate::session::Lease;

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
        let asked = Asked { names, timeouts, past, leased: false, id };
        let context = Arc::clone(&table.context);
        let id = asked.id.id;
        let new = NewRecord { id, pinned: false, privileged: false, context, data: 0 };
        let mut fresh = FreshRecord::new(new);
        let mut progress = Progress { expiring: false, effort: Effort::new(), readings: 0 };
        let mut visits = 1;
        let why = loop {
            let before = table.inspect(|ledger| ledger.live.parked.len());
            let step =
                table.visit(table.moment(), |visit| visit.create(fresh, &asked, &mut progress));
            let parked = table.inspect(|ledger| ledger.live.parked.len()) - before;
            assert!(parked <= CHUNK, "one visit parked {parked} sessions");
            match step {
                Step::Again(record) | Step::Late(record) => (fresh, visits) = (record, visits + 1),
                Step::Refused(_, why) => break why,
                Step::Done(_) => panic!("created"),
            }
        };
        let refused = matches!(why, CreateError::Full { why: Shortage::AllInUse, .. });
        assert!(refused && visits >= leases.len() / CHUNK, "{visits} visits");
    }
}
