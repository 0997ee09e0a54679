//! The records, and beside them what was written of them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::collection::key::RecordKey;
use crate::collection::op::{Op, Request};
use crate::collection::outcome::Outcome;
use crate::collection::policy::Policy;
use crate::collection::record::StoredSession;
use crate::collection::records::apply::Decision;
use crate::collection::records::head::Head;
use crate::collection::records::table::{Kept, Records, Write};
use crate::collection::stamp::CollectionTime;

/// What there is, and what was written of it.
pub(super) struct Twin {
    pub(super) records: Records,
    pub(super) policy: Policy,
    pub(super) kept: BTreeMap<RecordKey, (Kept, Option<String>)>,
}

impl Twin {
    pub(super) fn head(&self, key: RecordKey) -> Option<Head> {
        match self.kept.get(&key) {
            Some((Kept::Live { head, .. }, _)) => Some(*head),
            _ => None,
        }
    }

    pub(super) fn due(&self, head: &Head) -> u64 {
        let spans = self.policy.grace + self.policy.hold;
        let idle = head.used.saturating_add(spans).as_micros().saturating_add(head.idle);
        idle.max(head.busy_until.as_micros()).min(head.deadline)
    }

    /// Those that count under a limit.
    pub(super) fn under(&self, principal: Option<&str>) -> Vec<(RecordKey, Head)> {
        let heads = self.kept.iter().filter_map(|(key, (kept, name))| match kept {
            Kept::Live { head, .. } if principal.is_none_or(|p| name.as_deref() == Some(p)) => {
                Some((*key, *head))
            }
            _ => None,
        });
        heads.collect()
    }

    /// What must come of an insertion where there is nothing, and who may be evicted.
    pub(super) fn room(
        &self,
        now: CollectionTime,
        name: Option<&str>,
    ) -> Result<Vec<Vec<RecordKey>>, usize> {
        let mut victims = Vec::new();
        let limits = [(self.policy.per_principal.filter(|_| name.is_some()), name)];
        for (limit, scope) in limits.into_iter().chain([(self.policy.global, None)]) {
            let (Some(limit), all) = (limit, self.under(scope)) else { continue };
            if all.len() - victims.len() < limit.max() {
                continue;
            }
            let floor = if limit.max() == 2 { Duration::from_micros(5) } else { Duration::ZERO };
            let free = all.iter().filter(|(_, head)| head.busy_until <= now);
            let least = free.clone().map(|(_, head)| head.used).min();
            let least = least.filter(|used| limit.evicts() && now.since(*used) >= floor);
            let Some(used) = least else { return Err(all.len() - victims.len()) };
            victims.push(free.filter(|(_, head)| head.used == used).map(|(key, _)| *key).collect());
        }
        Ok(victims)
    }

    pub(super) fn write(&mut self, writes: &[Write], principal: Option<&str>) {
        for write in writes {
            let (key, from) = match *write {
                Write::Moved { from, to } => (to, Some(from)),
                Write::Head(key) | Write::Session(key) | Write::End(key) => (key, None),
                Write::Forgotten(key) => {
                    self.kept.remove(&key);
                    continue;
                }
            };
            let known = self.kept.get(&from.unwrap_or(key)).and_then(|(_, name)| name.clone());
            let name = known.or(principal.map(str::to_owned));
            let kept = self.records.get(key).expect("what was written");
            let ended = matches!(kept, Kept::Ended(_));
            self.kept.insert(key, (kept, name.filter(|_| !ended)));
            if let Some(from) = from {
                let end = self.records.get(from).expect("the end");
                self.kept.insert(from, (end, None));
            }
        }
    }

    /// Begins anew with what was written.
    pub(super) fn reopen(&mut self) {
        let mut records = Records::new(self.policy, self.records.meta());
        for (key, (kept, name)) in &self.kept {
            match kept {
                Kept::Live { head, note } => records.restore(*key, *head, *note, name.as_deref()),
                Kept::Ended(end) => records.restore_end(*key, end),
            }
        }
        self.records = records;
    }

    pub(super) fn apply(&mut self, now: CollectionTime, request: &Request) {
        let (seq, mut writes) = (self.records.meta().seq, Vec::new());
        let before = self.kept.get(&request.key).cloned();
        let to = match &request.op {
            Op::Rotate { to, .. } => self.kept.get(&to.key).map(|(kept, _)| kept.clone()),
            _ => None,
        };
        let decision = self.records.apply(now, request, &mut writes);
        let outcome = match decision {
            Decision::Outcome(outcome) => outcome,
            Decision::Live => Outcome::Live(Box::new(StoredSession::new(0, now, vec![]))),
        };
        let next = self.records.meta().seq;
        let (principal, expected) = self.expected(now, request, before, to, &writes);
        assert_eq!(std::mem::discriminant(&outcome), std::mem::discriminant(&expected.0));
        if !matches!(outcome, Outcome::Live(_) | Outcome::Full { .. }) {
            assert_eq!(outcome, expected.0);
        }
        assert_eq!(next - seq, expected.1, "seqs given out");
        self.write(&writes, principal.as_deref());
    }

    /// The principal of what is inserted; the outcome, and how many seqs it takes.
    pub(super) fn expected(
        &self,
        now: CollectionTime,
        request: &Request,
        before: Option<(Kept, Option<String>)>,
        to: Option<Kept>,
        writes: &[Write],
    ) -> (Option<String>, (Outcome, u64)) {
        let done = |version| Outcome::Done { version };
        let live = || Outcome::Live(Box::new(StoredSession::new(0, now, vec![])));
        let before = before.map(|(kept, _)| kept);
        let of = match (&request.op, before) {
            (Op::Insert { not_after, .. }, _) if now > *not_after => (Outcome::Stale, 0),
            (Op::Rotate { to: given, .. }, Some(Kept::Ended(end)))
                if end.successor == Some(*given) =>
            {
                let version = |kept: &Kept| match kept {
                    Kept::Live { head, .. } => head.version,
                    Kept::Ended(_) => 0,
                };
                (done(to.as_ref().map_or(0, version)), 0)
            }
            (_, Some(Kept::Ended(end))) => (Outcome::Ended(Box::new(end)), 0),
            (Op::Insert { session, .. }, Some(Kept::Live { head, .. })) => {
                (if head.nonce == session.nonce { done(head.version) } else { Outcome::Exists }, 0)
            }
            (Op::Insert { session, .. }, None) => {
                let name = session.principal.clone();
                let ended = writes.iter().filter_map(|write| match write {
                    Write::End(key) => Some(key),
                    _ => None,
                });
                let ended: Vec<_> = ended.collect();
                let outcome = match self.room(now, name.as_deref()) {
                    Err(live) => {
                        let (limit, max) = (crate::end::LimitKind::Global, 0);
                        (Outcome::Full { limit, live, max, all_busy: false }, 0)
                    }
                    Ok(victims) => {
                        assert_eq!(ended.len(), victims.len());
                        assert!(victims.iter().zip(&ended).all(|(may, key)| may.contains(key)));
                        (done(0), victims.len() as u64)
                    }
                };
                return (name, outcome);
            }
            (Op::Remove { .. }, Some(_)) | (Op::Remove { fence: true, .. }, None) => (done(0), 1),
            (Op::Rotate { .. }, _) if to.is_some() => (Outcome::Exists, 0),
            (_, None) => (Outcome::Missing, 0),
            (Op::Touch { .. }, Some(Kept::Live { head, .. })) => (done(head.version), 0),
            (Op::Load, Some(Kept::Live { head, .. })) => {
                let end = head.used.as_micros().saturating_add(20).saturating_add(head.idle);
                let alive = now.as_micros() < end.min(head.deadline);
                (if alive { live() } else { Outcome::Missing }, 0)
            }
            (Op::Update { nonce, version, token, .. }, Some(Kept::Live { head, .. })) => {
                match (head.nonce == *nonce, head.version.wrapping_sub(*version)) {
                    (true, 0) => (done(version + 1), 1),
                    (true, 1) if head.token == *token => (done(version + 1), 0),
                    _ => (live(), 0),
                }
            }
            (Op::Rotate { .. }, Some(Kept::Live { head, .. })) => (done(head.version), 1),
        };
        (None, of)
    }
}
