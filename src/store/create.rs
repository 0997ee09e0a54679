//! Letting sessions in: limits, evictions, permits.

use super::handle::SessionStore;
use super::ledger::{CHUNK, Moment, Visit};
use super::outbox::Fact;
use super::places::{Bound, Bounds, Places};
use super::search::Found;
use crate::end::{EndReason, LimitKind};
use crate::error::{CreateError, Shortage};
use crate::id::SessionId;
use crate::limits::OnFull;
use crate::quota::Permit;
use crate::session::{Names, NewSession, Record, Session};
use crate::sync::Arc;
use crate::timeouts::{Deadlines, Timeouts};

/// The next session to evict.
struct Plan<T> {
    /// The limit that it is evicted for.
    limit: LimitKind,
    victim: Found<T>,
    /// Whether nobody else must go.
    alone: bool,
}

impl<T> SessionStore<T> {
    /// Creates a session.
    ///
    /// If a limit that applies to it is full, the store first ends every session that has expired.
    /// If that makes no room, the limits are served narrowest first: per principal, per originator,
    /// global. One that evicts gives up the oldest of its sessions that is neither in use nor
    /// pinned, and the new session takes its place; often that makes room under the wider limits
    /// too. What is found first decides: if any limit can give no place, nobody is evicted.
    ///
    /// # Errors
    ///
    /// [`CreateError`] says which limit is full and why, or what else is wrong.
    ///
    /// # Panics
    ///
    /// If the host's clock or id source does, or the drop of the data of a session that is refused.
    /// Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{Limit, Limits, NewSession, SessionStore};
    ///
    /// let limits = Limits::none().per_principal(Limit::reject(1));
    /// let store = SessionStore::builder().limits(limits).build()?;
    /// let alice = || NewSession::new(()).principal("alice");
    ///
    /// let first = store.create(alice()).unwrap();
    /// let refused = store.create(alice()).unwrap_err().to_string();
    /// assert_eq!(refused, "principal is at its limit: 1 of 1 sessions, and the limit evicts none");
    ///
    /// store.end(&first.id());
    /// assert!(store.create(alice()).is_ok());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn create(&self, new: NewSession<T>) -> Result<Session<T>, CreateError> {
        let table = self.table();
        new.check_names()?;
        let timeouts = new.timeouts(table.timeouts)?;
        let moment = table.moment();
        let id = table.ids.next_id().map_err(CreateError::IdSource)?;
        let (mut new, mut expiring) = (Some(new), false);
        loop {
            let answer =
                table.visit(moment, |visit| visit.create(id, &mut new, timeouts, &mut expiring));
            if let Some(answer) = answer {
                let session = answer?;
                let seen = session.record.word.load();
                let deadline = session.record.deadlines.next(seen.last_active(), false);
                table.context.tell_if_earlier(deadline.map(|(at, _)| at));
                return Ok(session);
            }
        }
    }
}

impl<T> Visit<'_, T> {
    /// `None` where there is more to expire before it can be said: come again. `new` is taken if and
    /// only if the session is created, so that the host's data is not dropped in here.
    fn create(
        &mut self,
        id: SessionId,
        new: &mut Option<NewSession<T>>,
        timeouts: Timeouts,
        expiring: &mut bool,
    ) -> Option<Result<Session<T>, CreateError>> {
        let asked = new.as_ref()?;
        if self.closed {
            return Some(Err(CreateError::Closed));
        }
        let (table, Moment { now, .. }) = (self.table, self.moment);
        if table.directory.holds(&id) || table.graves.lock().find(&id, now).is_some() {
            return Some(Err(CreateError::DuplicateId));
        }
        let names = self.roll.names(asked);
        let ordinary = self.roll.ordinary.clone().filter(|_| !asked.privileged);
        let bounds = if asked.pinned {
            Bounds::default()
        } else {
            Bounds::new(&names, ordinary.as_ref(), &table.limits)
        };
        *expiring |= bounds.iter().any(|bound| self.is_full(bound));
        if *expiring && !self.expire(CHUNK).done {
            return None;
        }
        match self.admit(&bounds, !asked.pinned) {
            Ok(permit) => new.take().map(|new| Ok(self.seat(permit, id, new, names, timeouts))),
            Err(refusal) => Some(Err(refusal)),
        }
    }

    /// Makes sure of a place under every limit.
    fn admit(&mut self, bounds: &Bounds<'_>, counted: bool) -> Result<Permit, CreateError> {
        while let Some(Plan { limit, victim, alone }) = self.plan(bounds)? {
            let reason = EndReason::Evicted { limit };
            // A touch or a lease that slips in makes it miss: then the next plan finds another. Once
            // the victim has gone, the limits that it counted under have room.
            if alone {
                if let Ok(permit) = self.evict(victim, reason) {
                    return Ok(permit);
                }
            } else {
                let _ = self.end(victim.record, victim.seen, reason);
            }
        }
        Ok(Permit::mint(counted))
    }

    /// Looks for room under every limit, narrowest first, and answers the first victim that must go,
    /// if any must. An error means that some limit can give no place.
    fn plan(&mut self, bounds: &Bounds<'_>) -> Result<Option<Plan<T>>, CreateError> {
        let (mut plan, mut places) = (None, Places::default());
        for bound in bounds.iter() {
            if !places.under(bound) && self.is_full(bound) {
                let victim = self.victim(bound)?;
                places = places.with(self.roll.labels(&victim.record), bounds);
                plan = Some(match plan {
                    None => Plan { limit: bound.kind, victim, alone: true },
                    Some(first) => Plan { alone: false, ..first },
                });
            }
        }
        Ok(plan)
    }

    fn is_full(&self, bound: &Bound<'_>) -> bool {
        self.roll.counted(bound.scope) >= bound.room
    }

    /// Whom a full limit would evict.
    fn victim(&mut self, bound: &Bound<'_>) -> Result<Found<T>, CreateError> {
        self.candidate(bound).map_err(|why| {
            self.tally.count_rejected(bound.kind);
            let (live, max) = (self.roll.counted(bound.scope), bound.room);
            CreateError::Full { limit: bound.kind, live, max, why }
        })
    }

    fn candidate(&mut self, bound: &Bound<'_>) -> Result<Found<T>, Shortage> {
        let OnFull::EvictOldest { min_idle } = bound.limit.on_full() else {
            let reserve = bound.kept;
            return Err(if reserve > 0 {
                Shortage::Reserved { reserve }
            } else {
                Shortage::Rejecting
            });
        };
        if bound.room == 0 {
            return Err(Shortage::Rejecting);
        }
        let victim = self.roll.oldest(bound.scope).ok_or(Shortage::AllInUse)?;
        let idle = self.moment.now.since(victim.seen.last_active());
        if idle < min_idle { Err(Shortage::TooYoung { idle, min_idle }) } else { Ok(victim) }
    }

    fn seat(
        &mut self,
        permit: Permit,
        id: SessionId,
        new: NewSession<T>,
        names: Names,
        timeouts: Timeouts,
    ) -> Session<T> {
        let Moment { now, .. } = self.moment;
        let table = self.table;
        let number = self.next_number;
        self.next_number += 1;
        let deadlines = Deadlines::new(timeouts, now);
        let leased = new.leased;
        let (flags, context) = ((new.pinned, new.privileged), Arc::clone(&table.context));
        let record = Record::new(number, id, now, deadlines, names, flags, context, new.data);
        let record = Arc::new(record);
        if leased {
            // Nobody else has it yet, and it has a lease to give.
            let _taken = record.lease(now);
        }
        self.roll.seat(permit, &record, &table.limits);
        table.directory.insert(Arc::clone(&record));
        let live = self.roll.len();
        self.tally.count_created(live, record.pinned);
        self.note(&record, record.word.load(), Fact::Created);
        Session::new(record)
    }
}
