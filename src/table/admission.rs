//! The limits that a new session meets, and whose place it may take.

use super::ledger::{CHUNK, Visit};
use super::scope::{GroupKind, GroupLabels, Scope};
use super::search::{Effort, Found, Spent};
use super::visit::Row;
use crate::end::{EndReason, LimitKind};
use crate::error::{CreateError, Shortage};
use crate::groups::Permit;
use crate::limits::{Limit, Limits, OnFull};
use crate::session::{Label, Names};
use crate::sync::Arc;

/// How many limits a new session may meet: of its principal, of its originator, of ordinary
/// sessions where places are kept for privileged ones, and of all.
const LIMITS: usize = 4;

/// A limit that applies to a new session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound<'a> {
    /// Its place in the order in which limits are served: the narrowest first.
    at: usize,
    pub(crate) kind: LimitKind,
    pub(crate) limit: &'a Limit,
    /// The sessions that count under it.
    pub(crate) scope: Scope<'a>,
    /// How many of them there may be.
    pub(crate) room: usize,
    /// How many places under it are kept for others.
    pub(crate) kept: usize,
}

/// The limits that would have a place to give once the victims of a plan have gone.
#[derive(Clone, Copy, Default)]
pub(crate) struct Places([bool; LIMITS]);

/// The limits that apply to a new session, narrowest first.
#[derive(Default)]
pub(crate) struct Bounds<'a>([Option<Bound<'a>>; LIMITS]);

impl<'a> Bounds<'a> {
    /// Those of a session with these names; `ordinary` is the label of its class, if that is a
    /// class which must leave places to others.
    pub(crate) fn new(
        names: &'a Names<Arc<Label>>,
        ordinary: Option<&'a Arc<Label>>,
        limits: &'a Limits,
    ) -> Self {
        let mut bounds = Self::default();
        let mut add = |at: usize, kind: LimitKind, scope: Scope<'a>, kept: usize| {
            let name = if let Scope::Group(_, label) = scope { label.name() } else { "" };
            if let Some(limit) = limits.of(kind, name) {
                let room = limit.max().saturating_sub(kept);
                bounds.0[at] = Some(Bound { at, kind, limit, scope, room, kept });
            }
        };
        if let Some(label) = &names.principal {
            add(0, LimitKind::Principal, Scope::Group(GroupKind::Principal, label), 0);
        }
        if let Some(label) = &names.originator {
            add(1, LimitKind::Originator, Scope::Group(GroupKind::Originator, label), 0);
        }
        if let Some(label) = ordinary {
            add(2, LimitKind::Global, Scope::Group(GroupKind::Ordinary, label), limits.reserved());
        }
        add(3, LimitKind::Global, Scope::All, 0);
        bounds
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Bound<'a>> {
        self.0.iter().flatten()
    }
}

impl Places {
    /// Whether there is one under this limit.
    pub(crate) fn under(self, bound: &Bound<'_>) -> bool {
        self.0[bound.at]
    }

    /// These, and those that the end of a session with these labels would free for the new one.
    pub(crate) fn with(mut self, its: GroupLabels<'_>, bounds: &Bounds<'_>) -> Self {
        for bound in bounds.iter() {
            self.0[bound.at] |= match bound.scope {
                Scope::All => true,
                Scope::Group(kind, label) => its[kind].is_some_and(|its| Arc::ptr_eq(its, label)),
            };
        }
        self
    }
}

/// The next session to evict.
struct Plan<T> {
    /// The limit that it is evicted for.
    limit: LimitKind,
    victim: Found<T>,
    /// Whether it is the only one to be evicted.
    alone: bool,
}

/// Why no permit was given.
#[derive(Debug)]
pub(crate) enum NoPermit {
    /// The effort of this visit is spent. Come again.
    Spent,
    Refused(CreateError),
}

impl From<Spent> for NoPermit {
    fn from(_: Spent) -> Self {
        Self::Spent
    }
}

impl<T> Visit<'_, T> {
    /// Makes sure of a place under every limit.
    pub(crate) fn admit(
        &mut self,
        bounds: &Bounds<'_>,
        counted: bool,
        effort: &mut Effort,
    ) -> Result<Permit, NoPermit> {
        while let Some(Plan { limit, victim, alone }) = self.plan(bounds, effort)? {
            let (reason, row) = (EndReason::Evicted { limit }, victim.record.row());
            // A touch or a lease that slips in makes it miss: then the next plan finds another.
            // Once the victim is gone, the limits that it counted under have room.
            if alone {
                if self.displace(victim, reason, Row::Inherited) {
                    return Ok(Permit::instead_of(row));
                }
            } else if self.displace(victim, reason, Row::Removed) {
                // Others may take what was made free here if this visit ends now.
                effort.allow(CHUNK * CHUNK);
            }
            effort.spend(1)?;
        }
        Ok(Permit::mint(counted))
    }

    /// Looks for room under every limit, narrowest first, and returns the first victim, if there
    /// must be any.
    fn plan(
        &mut self,
        bounds: &Bounds<'_>,
        effort: &mut Effort,
    ) -> Result<Option<Plan<T>>, NoPermit> {
        let (mut plan, mut places) = (None, Places::default());
        for bound in bounds.iter() {
            if !places.under(bound) && self.is_full(bound) {
                let victim = self.victim(bound, effort)?;
                places = places.with(self.live.labels(&victim.record), bounds);
                plan = Some(match plan {
                    None => Plan { limit: bound.kind, victim, alone: true },
                    Some(first) => Plan { alone: false, ..first },
                });
            }
        }
        Ok(plan)
    }

    pub(crate) fn is_full(&self, bound: &Bound<'_>) -> bool {
        self.live.counted(bound.scope) >= bound.room
    }

    /// The session that a full limit would evict.
    fn victim(&mut self, bound: &Bound<'_>, effort: &mut Effort) -> Result<Found<T>, NoPermit> {
        self.candidate(bound, effort)?.map_err(|why| {
            self.tally.count_rejected(bound.kind);
            let (live, max) = (self.live.counted(bound.scope), bound.room);
            NoPermit::Refused(CreateError::Full { limit: bound.kind, live, max, why })
        })
    }

    fn candidate(
        &mut self,
        bound: &Bound<'_>,
        effort: &mut Effort,
    ) -> Result<Result<Found<T>, Shortage>, Spent> {
        let OnFull::EvictOldest { min_idle } = bound.limit.on_full() else {
            let reserve = bound.kept;
            return Ok(Err(if reserve > 0 {
                Shortage::Reserved { reserve }
            } else {
                Shortage::Rejecting
            }));
        };
        if bound.room == 0 {
            return Ok(Err(Shortage::Rejecting));
        }
        let returns = &self.table.context.returns;
        let Some(victim) = self.ledger.live.oldest(bound.scope, returns, effort)? else {
            return Ok(Err(Shortage::AllInUse));
        };
        let idle = self.moment.now.since(victim.seen.last_active());
        Ok(if idle < min_idle { Err(Shortage::TooYoung { idle, min_idle }) } else { Ok(victim) })
    }
}
