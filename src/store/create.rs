//! Letting sessions in: limits, evictions, permits.

use super::handle::SessionStore;
use super::ledger::{CHUNK, Moment, Visit};
use super::places::{Places, group_name};
use super::search::Found;
use crate::end::{EndReason, LimitKind};
use crate::error::{CreateError, Shortage};
use crate::id::SessionId;
use crate::limits::OnFull;
use crate::quota::Permit;
use crate::session::{NewSession, Record, Session};
use crate::sync::Arc;
use crate::timeouts::{Deadlines, Timeouts};

/// The next session to evict, and for which limit.
type Plan<T> = Option<(LimitKind, Found<T>)>;

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
    /// If the host's clock or id source does. Nothing has changed then.
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
        let timeouts = new.timeouts(table.timeouts)?;
        let moment = table.moment();
        let id = table.ids.next_id().map_err(CreateError::IdSource)?;
        let mut new = Some(new);
        loop {
            let answer = table.visit(moment, |visit| visit.create(id, &mut new, timeouts));
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
    ) -> Option<Result<Session<T>, CreateError>> {
        let asked = new.as_ref()?;
        if self.closed {
            return Some(Err(CreateError::Closed));
        }
        let Moment { now, .. } = self.moment;
        if self.table.directory.holds(&id) || self.table.graves.lock().find(&id, now).is_some() {
            return Some(Err(CreateError::DuplicateId));
        }
        if !asked.pinned && self.any_full(asked) && !self.expire(CHUNK).done {
            return None;
        }
        let permit = match self.admit(asked) {
            Ok(permit) => permit,
            Err(refusal) => return Some(Err(refusal)),
        };
        new.take().map(|new| Ok(self.seat(permit, id, new, timeouts)))
    }

    /// Makes sure of a place under every limit that applies.
    fn admit(&mut self, new: &NewSession<T>) -> Result<Permit, CreateError> {
        if new.pinned {
            return Ok(Permit::mint(false));
        }
        let mut places = Places::default();
        while let Some((limit, victim)) = self.plan(new, places)? {
            let freed = places.with(&victim.record, new);
            // A touch or a lease that slips in makes it miss: then look for another.
            if self.end(victim.record, victim.seen, EndReason::Evicted { limit }).is_ok() {
                places = freed;
            }
        }
        Ok(Permit::mint(true))
    }

    /// Looks for room under every limit, narrowest first, and answers the first victim that must go,
    /// if any must. An error means that some limit can give no place.
    fn plan(&mut self, new: &NewSession<T>, mut places: Places) -> Result<Plan<T>, CreateError> {
        let mut first = None;
        for limit in LimitKind::ALL {
            if !places.under(limit) && self.is_full(limit, new) {
                let victim = self.victim(limit, new)?;
                places = places.with(&victim.record, new);
                first = first.or(Some((limit, victim)));
            }
        }
        Ok(first)
    }

    /// Whom a full limit would evict.
    fn victim(&mut self, kind: LimitKind, new: &NewSession<T>) -> Result<Found<T>, CreateError> {
        let name = group_name(kind, new).unwrap_or("");
        let found = match self.table.limits.of(kind, name).map(|limit| limit.on_full()) {
            Some(OnFull::EvictOldest { min_idle }) => match self.roll.oldest(kind, name) {
                Some(victim) => {
                    let idle = self.moment.now.since(victim.seen.last_active());
                    if idle >= min_idle {
                        Ok(victim)
                    } else {
                        Err(Shortage::TooYoung { idle, min_idle })
                    }
                }
                None => Err(Shortage::AllInUse),
            },
            _ => Err(self.rejecting(kind, new)),
        };
        found.map_err(|why| {
            self.tally.count_rejected(kind);
            let live = self.roll.counted(kind, name);
            let max = self.table.limits.of(kind, name).map_or(usize::MAX, |limit| limit.max());
            CreateError::Full { limit: kind, live, max, why }
        })
    }

    fn rejecting(&self, kind: LimitKind, new: &NewSession<T>) -> Shortage {
        let limits = &self.table.limits;
        let max = limits.of(kind, "").map_or(usize::MAX, |limit| limit.max());
        if kind == LimitKind::Global && !new.privileged && self.roll.counted(kind, "") < max {
            Shortage::Reserved { reserve: limits.reserved() }
        } else {
            Shortage::Rejecting
        }
    }

    fn any_full(&self, new: &NewSession<T>) -> bool {
        LimitKind::ALL.into_iter().any(|limit| self.is_full(limit, new))
    }

    /// Whether this limit applies to the new session and has no place for it.
    fn is_full(&self, kind: LimitKind, new: &NewSession<T>) -> bool {
        let Some(name) = group_name(kind, new) else {
            return false;
        };
        let Some(limit) = self.table.limits.of(kind, name) else {
            return false;
        };
        let kept = match kind {
            LimitKind::Global if !new.privileged => self.table.limits.reserved(),
            _ => 0,
        };
        self.roll.counted(kind, name) >= limit.max().saturating_sub(kept)
    }

    fn seat(
        &mut self,
        permit: Permit,
        id: SessionId,
        new: NewSession<T>,
        timeouts: Timeouts,
    ) -> Session<T> {
        let Moment { now, .. } = self.moment;
        let table = self.table;
        let names = self.roll.names(&new, &table.limits);
        let number = self.next_number;
        self.next_number += 1;
        let deadlines = Deadlines::new(timeouts, now);
        let (flags, context) = ((new.pinned, new.privileged), Arc::clone(&table.context));
        let record = Record::new(number, id, now, deadlines, names, flags, context, new.data);
        let record = Arc::new(record);
        self.roll.seat(permit, &record);
        table.directory.insert(Arc::clone(&record));
        let live = self.roll.len();
        self.tally.count_created(live, record.pinned);
        Session::new(record)
    }
}
