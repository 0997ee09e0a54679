//! Compares what `pressure` says.

use tenure::EndReason;
use tenure::stats::{Pressure, Ranked, Top};

use crate::common::secs;
use crate::op::Wanted;
use crate::pair::{Outcome, Pair, same};
use crate::setup::{ORIGINATORS, PRINCIPALS};
use crate::tombstones::{End, micros};

impl Pair {
    pub(crate) fn pressure(&self, top: usize) -> Outcome {
        let pressure = self.store.pressure(top);
        let live = self.reference.live();
        let wanted = |&i: &usize| &self.reference.sessions[i].wanted;
        let nobodys = live.iter().filter(|i| wanted(i).originator.is_none()).count();
        same("unattributed", pressure.unattributed, nobodys)?;
        let principal: &dyn Fn(&Wanted) -> Option<usize> = &|wanted| wanted.principal;
        let originator: &dyn Fn(&Wanted) -> Option<usize> = &|wanted| wanted.originator;
        self.check_top(&pressure.principals, top, &PRINCIPALS, principal)?;
        self.check_top(&pressure.originators, top, &ORIGINATORS, originator)?;
        self.check_alarm(&pressure)
    }

    /// The window of an hour slides in steps of a minute.
    fn check_alarm(&self, pressure: &Pressure) -> Outcome {
        let alarm = pressure.evictions_last_hour > u64::from(pressure.threshold);
        same("alarm", pressure.alarm, alarm)?;
        // On a clock that was set back the last hour is anybody's guess.
        if self.reference.setup.rest.hostile {
            return Ok(());
        }
        let since = |span: u64| {
            let from = self.reference.now.saturating_sub(micros(secs(span)));
            let ends = self.reference.sessions.iter().filter_map(|record| record.end);
            ends.filter(|end| is_eviction(end) && end.at >= from).count() as u64
        };
        let (least, most) = (since(3_599), since(3_660));
        if (least..=most).contains(&pressure.evictions_last_hour) {
            return Ok(());
        }
        let evictions = pressure.evictions_last_hour;
        Err(format!("{evictions} evictions in the last hour, from {least} to {most} expected"))
    }

    fn check_top(
        &self,
        shown: &Top,
        top: usize,
        names: &[&str],
        of: &dyn Fn(&Wanted) -> Option<usize>,
    ) -> Outcome {
        let records = &self.reference.sessions;
        let count = |test: &dyn Fn(usize) -> bool| {
            let mut counts = vec![0_u64; names.len()];
            for number in (0..records.len()).filter(|&i| test(i)) {
                if let Some(name) = of(&records[number].wanted) {
                    counts[name] += 1;
                }
            }
            counts
        };
        let live = |i: usize| records[i].end.is_none();
        let untouched = |i: usize| live(i) && !records[i].touched;
        check_ranks("by live", &shown.by_live, top, names, &count(&live))?;
        check_ranks("by untouched", &shown.by_untouched, top, names, &count(&untouched))?;
        let evicted = |i: usize| records[i].end.is_some_and(|end| is_eviction(&end));
        check_ranks("by evictions", &shown.by_evictions, top, names, &count(&evicted))
    }
}

fn is_eviction(end: &End) -> bool {
    matches!(end.reason, EndReason::Evicted { .. })
}

/// The names with the highest counts, highest first. Equals may come in any order.
fn check_ranks(
    what: &str,
    shown: &[Ranked],
    top: usize,
    names: &[&str],
    counts: &[u64],
) -> Outcome {
    let mut expected: Vec<u64> = counts.iter().copied().filter(|&count| count > 0).collect();
    expected.sort_by(|a, b| b.cmp(a));
    expected.truncate(top);
    same(what, shown.iter().map(|ranked| ranked.count).collect(), expected)?;
    let mut seen: Vec<&str> = shown.iter().map(|ranked| ranked.name.as_str()).collect();
    seen.sort_unstable();
    seen.dedup();
    same(&format!("{what}: each name once"), seen.len(), shown.len())?;
    for ranked in shown {
        let index = names.iter().position(|name| *name == ranked.name);
        same(what, Some(ranked.count), index.map(|index| counts[index]))?;
    }
    Ok(())
}
