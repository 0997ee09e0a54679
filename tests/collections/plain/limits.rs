//! The limits.

use std::time::Duration;

use tenure::collection::{CollectionTime, Outcome, RecordKey, StoredEnd};
use tenure::store::OnFull;
use tenure::{Limit, LimitKind};

use super::{Record, State};

impl State {
    pub(super) fn admit(
        &mut self,
        now: CollectionTime,
        principal: Option<&str>,
    ) -> Result<(), Outcome> {
        let mut victims: Vec<(RecordKey, LimitKind)> = Vec::new();
        let each = self.policy.per_principal.filter(|_| principal.is_some());
        let each = each.filter(|_| self.on("limits: of a principal"));
        let all = self.policy.global.filter(|_| self.on("limits: of all"));
        for (limit, kind) in [(each, LimitKind::Principal), (all, LimitKind::Global)] {
            let Some(limit) = limit else { continue };
            let counted = victims.len() * usize::from(self.on("limits: one ends"));
            let name = if kind == LimitKind::Principal { principal } else { None };
            victims.extend(self.room(now, limit, kind, name, counted)?.map(|key| (key, kind)));
            if let (false, Some((key, kind))) =
                (self.on("limits: nobody ends in vain"), victims.first())
            {
                self.evict(now, *key, *kind);
            }
        }
        for (key, kind) in victims {
            self.evict(now, key, kind);
        }
        Ok(())
    }

    fn evict(&mut self, now: CollectionTime, key: RecordKey, kind: LimitKind) {
        let kind = if self.on("limits: which evicted") { kind.as_str() } else { "global" };
        self.end(key, StoredEnd::new(format!("evicted_{kind}"), now, 0));
    }

    fn room(
        &self,
        now: CollectionTime,
        limit: Limit,
        kind: LimitKind,
        principal: Option<&str>,
        counted: usize,
    ) -> Result<Option<RecordKey>, Outcome> {
        let counts = |record: &Record| match record {
            Record::Live { session, .. } => {
                let of = session.principal.as_deref();
                let alike = |name: &str| of.is_some_and(|of| of.eq_ignore_ascii_case(name));
                if self.on("limits: names differ") {
                    principal.is_none() || of == principal
                } else {
                    principal.is_none_or(alike)
                }
            }
            Record::End(_) => !self.on("limits: ends free places"),
        };
        let live = self.records.values().filter(|record| counts(record)).count() - counted;
        let live = live + self.ghosts;
        let max = limit.max() + usize::from(!self.on("limits: never more"));
        if live < max {
            return Ok(None);
        }
        let full = |all_busy| Outcome::Full { limit: kind, live, max: limit.max(), all_busy };
        let OnFull::EvictOldest { min_idle } = limit.on_full() else { return Err(full(false)) };
        let min_idle = if self.on("limits: the floor") { min_idle } else { Duration::ZERO };
        let any = !self.on("limits: of its own principal");
        let under = self.records.iter().filter(|(_, record)| any || counts(record));
        let free = under.filter_map(|(key, record)| match record {
            Record::Live { session, .. } => {
                let free = session.busy_until <= now || !self.on("limits: not in use");
                free.then_some((session.used, *key))
            }
            Record::End(_) => None,
        });
        let oldest = if self.on("limits: the oldest") { free.min() } else { free.max() };
        match oldest {
            None => Err(full(self.on("limits: all in use"))),
            Some((used, _)) if now.since(used) < min_idle => Err(full(false)),
            Some((_, key)) => Ok(Some(key)),
        }
    }
}
