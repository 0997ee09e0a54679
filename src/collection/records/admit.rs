//! Room for a new session under the limits.

use super::slots::Row;
use super::table::{Records, Write};
use crate::collection::outcome::Outcome;
use crate::collection::record::StoredEnd;
use crate::collection::stamp::CollectionTime;
use crate::end::{EndReason, LimitKind};
use crate::limits::{Limit, OnFull};

impl Records {
    /// Makes room for a session of this principal, the narrowest limit first. Where there is none
    /// under one of them, nothing has changed.
    pub(super) fn admit(
        &mut self,
        now: CollectionTime,
        principal: Option<&str>,
        writes: &mut Vec<Write>,
    ) -> Result<(), Outcome> {
        let mut victims = [None, None];
        if let (Some(limit), Some(name)) = (self.policy.per_principal, principal) {
            let found = self.principals.as_ref().and_then(|principals| principals.find(name));
            let (scope, live) = found.unwrap_or_default();
            victims[0] = self.room(now, LimitKind::Principal, limit, scope, live)?;
        }
        if let Some(limit) = self.policy.global {
            let live = self.live - usize::from(victims[0].is_some());
            let victim = self.room(now, LimitKind::Global, limit, 0, live)?;
            victims[1] = victim.filter(|_| victim != victims[0]);
        }
        for (row, limit) in victims.into_iter().zip([LimitKind::Principal, LimitKind::Global]) {
            let Some(row) = row else { continue };
            writes.extend(self.slots.key(row).map(Write::End));
            let reason = EndReason::Evicted { limit }.as_str();
            self.end(row, StoredEnd::new(reason, now, 0));
        }
        Ok(())
    }

    /// Whom to evict so that a session more fits under this limit, if anybody.
    fn room(
        &mut self,
        now: CollectionTime,
        kind: LimitKind,
        limit: Limit,
        scope: u32,
        live: usize,
    ) -> Result<Option<Row>, Outcome> {
        if live < limit.max() {
            return Ok(None);
        }
        let ages = match kind {
            LimitKind::Global => &mut self.ages,
            _ => &mut self.ages_by_principal,
        };
        let full = |all_busy| Outcome::Full { limit: kind, live, max: limit.max(), all_busy };
        let (OnFull::EvictOldest { min_idle }, Some(ages)) = (limit.on_full(), ages) else {
            return Err(full(false));
        };
        match ages.least(scope, now, Self::times(&self.slots)) {
            None => Err(full(true)),
            Some((_, used)) if now.since(CollectionTime::from_micros(used)) < min_idle => {
                Err(full(false))
            }
            Some((row, _)) => Ok(Some(row)),
        }
    }
}
