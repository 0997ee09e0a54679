//! Insertion that is too late, or of another epoch.

use std::time::Duration;

use super::case::{Case, Rule, SECOND, done, remove};
use crate::collection::op::Op;
use crate::collection::outcome::Outcome;
use crate::collection::stamp::{CollectionTime, Epoch};

pub(super) const RULES: &[Rule] = &[
    Rule::new("insert after its last moment returns Stale, and writes nothing", late),
    Rule::new("insert of another epoch returns Stale, and writes nothing", other_epoch),
    Rule::new("insert is Stale whatever there is under the key", stale_first),
    Rule::new("insert is in time until its last moment, and at it", last_moment),
];

/// An insertion with this last moment, in the epoch with a number that is as much more.
fn insert(case: &Case<'_>, not_after: CollectionTime, other_epoch: u64) -> Op {
    let number = case.open().stamp.epoch.number().wrapping_add(other_epoch);
    let session = Box::new(case.session(1));
    Op::Insert { session, not_after, epoch: Epoch::from_number(number) }
}

fn late(case: &Case<'_>) {
    let late = case.now().saturating_sub(SECOND);
    case.expect(1, insert(case, late, 0), &Outcome::Stale);
    case.expect(1, Op::Load, &Outcome::Missing);
}

fn other_epoch(case: &Case<'_>) {
    for other in [1, 1 << 63, u64::MAX] {
        let in_time = case.now().saturating_add(SECOND * 99);
        case.expect(1, insert(case, in_time, other), &Outcome::Stale);
        case.expect(1, Op::Load, &Outcome::Missing);
    }
}

fn stale_first(case: &Case<'_>) {
    case.put(1, case.session(1));
    let late = case.now().saturating_sub(SECOND);
    case.expect(1, insert(case, late, 0), &Outcome::Stale);
    case.apply(1, remove("killed"));
    case.expect(1, insert(case, late, 0), &Outcome::Stale);
    case.expect(1, insert(case, late.saturating_add(SECOND * 99), 1), &Outcome::Stale);
}

fn last_moment(case: &Case<'_>) {
    let soon = case.now().saturating_add(SECOND);
    if case.advance(SECOND) {
        case.expect(1, insert(case, soon, 0), &done(0));
        case.advance(Duration::from_micros(1));
        case.expect(2, insert(case, soon, 0), &Outcome::Stale);
    }
}
