//! How the reference decides about a newcomer.

use tenure::store::OnFull;
use tenure::{EndReason, Limit, LimitKind, SessionId};

use crate::op::{Own, Wanted};
use crate::reference::Reference;
use crate::setup::{ORIGINATORS, PRINCIPALS};
use crate::tombstones::micros;

/// Why the reference refuses a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    ZeroTimeout,
    IdleBeyondAge,
    Expired { idle: bool, since: u64 },
    Closed,
    Full { limit: LimitKind, live: usize, max: usize, why: Why },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Rejecting,
    Reserved { reserve: usize },
    AllInUse,
    TooYoung { idle: u64 },
}

/// Which sessions a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Among {
    Principal,
    Originator,
    /// Those that are not privileged, where places are kept for those that are.
    Ordinary,
    All,
}

/// A limit that applies to a newcomer.
#[derive(Clone, Copy, Debug)]
struct Rule {
    among: Among,
    kind: LimitKind,
    limit: Limit,
    /// How many of its places are kept for others.
    kept: usize,
}

impl Reference {
    /// Whether `create` must refuse before it looks at ids and limits.
    pub(crate) fn refuses_early(&self, wanted: &Wanted) -> Option<Refusal> {
        let zero = Own::After(std::time::Duration::ZERO);
        if wanted.idle == zero || wanted.absolute == zero {
            return Some(Refusal::ZeroTimeout);
        }
        if let Some(refusal) = self.refuses_past(wanted) {
            return Some(refusal);
        }
        self.closed.then_some(Refusal::Closed)
    }

    /// Whether a restored session has expired before it comes.
    fn refuses_past(&self, wanted: &Wanted) -> Option<Refusal> {
        let (age, idle) = wanted.past.map(|(age, idle)| (micros(age), micros(idle)))?;
        if idle > age {
            return Some(Refusal::IdleBeyondAge);
        }
        let [its_idle, its_absolute] = self.timeouts(wanted);
        let over = |timeout: Option<u64>, span: u64| timeout.and_then(|it| span.checked_sub(it));
        let (idle, absolute) = (over(its_idle, idle), over(its_absolute, age));
        if idle > absolute {
            return idle.map(|since| Refusal::Expired { idle: true, since });
        }
        absolute.map(|since| Refusal::Expired { idle: false, since })
    }

    /// Makes room for a newcomer and admits it, or refuses it and evicts nothing.
    pub(crate) fn admit(&mut self, wanted: Wanted, id: SessionId) -> Result<usize, Refusal> {
        if !wanted.pinned {
            if self.rules(&wanted).iter().any(|rule| self.is_full(rule, &wanted)) {
                self.reap();
            }
            for (victim, limit) in self.victims(&wanted)? {
                self.end(victim, EndReason::Evicted { limit });
            }
        }
        Ok(self.add(wanted, id))
    }

    /// The limits that apply, narrowest first.
    fn rules(&self, wanted: &Wanted) -> Vec<Rule> {
        let principal = wanted.principal.and_then(|i| self.setup.principal(PRINCIPALS[i]));
        let originator = wanted.originator.and_then(|i| self.setup.originator(ORIGINATORS[i]));
        let global = self.setup.global();
        let reserve = if wanted.privileged { 0 } else { self.setup.reserve() };
        let rule = |among, kind, limit: Option<Limit>, kept| {
            limit.map(|limit| Rule { among, kind, limit, kept })
        };
        [
            rule(Among::Principal, LimitKind::Principal, principal, 0),
            rule(Among::Originator, LimitKind::Originator, originator, 0),
            rule(Among::Ordinary, LimitKind::Global, global.filter(|_| reserve > 0), reserve),
            rule(Among::All, LimitKind::Global, global, 0),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The sessions that are counted together with the newcomer.
    fn group(&self, among: Among, wanted: &Wanted) -> Vec<usize> {
        let mut group = self.live();
        group.retain(|&number| {
            let other = &self.sessions[number].wanted;
            !other.pinned
                && match among {
                    Among::Principal => other.principal == wanted.principal,
                    Among::Originator => other.originator == wanted.originator,
                    Among::Ordinary => !other.privileged,
                    Among::All => true,
                }
        });
        group
    }

    fn is_full(&self, rule: &Rule, wanted: &Wanted) -> bool {
        self.group(rule.among, wanted).len() >= rule.limit.max() - rule.kept
    }

    /// The victims, and the limit of each: for each full limit the oldest of its group, unless
    /// another victim is of that group already.
    fn victims(&self, wanted: &Wanted) -> Result<Vec<(usize, LimitKind)>, Refusal> {
        let mut victims: Vec<(usize, LimitKind)> = Vec::new();
        for rule in self.rules(wanted) {
            let Rule { among, kind, limit, kept } = rule;
            let group = self.group(among, wanted);
            let served = victims.iter().any(|(victim, _)| group.contains(victim));
            if served || !self.is_full(&rule, wanted) {
                continue;
            }
            let (live, max) = (group.len(), limit.max() - kept);
            let full = |why| Refusal::Full { limit: kind, live, max, why };
            let OnFull::EvictOldest { min_idle } = limit.on_full() else {
                let reserved = Why::Reserved { reserve: kept };
                return Err(full(if kept > 0 { reserved } else { Why::Rejecting }));
            };
            if limit.max() == kept {
                return Err(full(Why::Rejecting));
            }
            let mut candidates = group;
            candidates.retain(|&number| self.sessions[number].leases == 0);
            candidates.sort_by_key(|&number| (self.sessions[number].last_active, number));
            let oldest = *candidates.first().ok_or_else(|| full(Why::AllInUse))?;
            let idle = self.now.saturating_sub(self.sessions[oldest].last_active);
            if idle < micros(min_idle) {
                return Err(full(Why::TooYoung { idle }));
            }
            victims.push((oldest, kind));
        }
        Ok(victims)
    }
}
