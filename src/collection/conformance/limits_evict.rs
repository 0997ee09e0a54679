//! Limits that evict.

use super::case::{
    Case, HOUR, MINUTE, Rule, SECOND, done, key, policy, remove, rotate, touch, update,
};
use super::limits::{full, of};
use crate::collection::op::Op;
use crate::collection::outcome::{Change, Outcome};
use crate::collection::policy::Policy;
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::stamp::CollectionTime;
use crate::end::LimitKind;
use crate::limits::Limit;

pub(super) const RULES: &[Rule] = &[
    Rule::new("a full global limit evicts what was used the longest ago", global)
        .with(three_in_all),
    Rule::new("a full limit of a principal evicts its own, and nobody else's", principal)
        .with(two_each),
    Rule::new("an eviction counts touches and loads as use", uses).with(three_in_all),
    Rule::new("an eviction spares what is in use", spares).with(three_in_all),
    Rule::new("where all are in use, a limit that evicts is full", all_busy).with(three_in_all),
    Rule::new("an eviction spares what is younger than the limit's floor", floor).with(floored),
    Rule::new("where two limits are full, one session ends", both).with(two_each_of_three),
    Rule::new("an insertion that writes nothing evicts nobody", writes_nothing).with(three_in_all),
    Rule::new("an eviction finds a session that was rotated", rotated).with(two_each_of_three),
];

const NOT_BUSY: CollectionTime = CollectionTime::ORIGIN;

fn three_in_all() -> Policy {
    policy().global(Limit::evict_oldest(3))
}

fn two_each() -> Policy {
    policy().per_principal(Limit::evict_oldest(2))
}

fn two_each_of_three() -> Policy {
    three_in_all().per_principal(Limit::evict_oldest(2))
}

fn floored() -> Policy {
    policy().global(Limit::evict_oldest(3).min_idle(MINUTE))
}

/// Sessions that were used so many minutes ago, by turns of two principals.
fn fill(case: &Case<'_>, ago: &[u32]) -> CollectionTime {
    let now = case.now();
    for (number, minutes) in (1..).zip(ago) {
        let used = now.saturating_sub(MINUTE * *minutes);
        let name = if number % 2 == 1 { "alice" } else { "bob" };
        case.put(number, StoredSession { used, ..of(case, name) });
    }
    now
}

/// This one was evicted, and no other.
fn evicted(case: &Case<'_>, among: u32, number: u32, reason: &str) {
    for other in 1..=among {
        let is_it = format!("whether session {other} is live");
        case.same(&is_it, &case.is_live(other), &(other != number));
    }
    let (end, seq) = (case.ended(number), case.open().stamp.seq);
    case.same("the end", &end, &StoredEnd::new(reason, end.at, seq));
}

fn global(case: &Case<'_>) {
    fill(case, &[20, 30, 10]);
    let before = case.open().stamp;
    case.put(4, case.session(1));
    evicted(case, 4, 2, "evicted_global");
    let expected = vec![(key(2), Change::Ended(Box::new(case.ended(2))))];
    case.same("the feed", &case.feed(before.cursor(), 9).changes, &expected);
    case.put(2 + 3, case.session(1));
    case.same("the reason", &case.ended(1).reason.as_str(), &"evicted_global");
}

fn principal(case: &Case<'_>) {
    // Of bob's, one was used before all.
    fill(case, &[20, 90, 30, 10]);
    case.put(5, of(case, "alice"));
    evicted(case, 5, 3, "evicted_principal");
    case.put(6, of(case, "carol"));
    case.put(7, case.session(1));
    case.check(case.is_live(2), "a session of another principal ended");
}

fn uses(case: &Case<'_>) {
    let now = fill(case, &[30, 20, 10]);
    case.expect(1, touch(now.saturating_sub(MINUTE * 5), NOT_BUSY), &done(0));
    // Not used by these: an older touch, and a change.
    case.expect(2, touch(now.saturating_sub(HOUR), NOT_BUSY), &done(0));
    case.expect(2, update(1, 0, 8, b""), &done(1));
    case.put(4, case.session(1));
    evicted(case, 4, 2, "evicted_global");
    let loaded = case.apply(3, Op::Load);
    case.check(matches!(loaded, Outcome::Live(_)), "load does not return the session");
    case.put(5, case.session(1));
    case.same("the reason", &case.ended(1).reason.as_str(), &"evicted_global");
}

fn spares(case: &Case<'_>) {
    let now = fill(case, &[40, 30, 20]);
    case.expect(1, touch(NOT_BUSY, now.saturating_add(HOUR)), &done(0));
    case.put(4, case.session(1));
    evicted(case, 4, 2, "evicted_global");
    // What was in use, and no longer is, comes in its order.
    case.expect(3, touch(NOT_BUSY, now.saturating_sub(SECOND)), &done(0));
    case.put(5, case.session(1));
    case.same("the reason", &case.ended(3).reason.as_str(), &"evicted_global");
    if case.advance(HOUR) {
        case.put(6, case.session(1));
        case.same("the reason", &case.ended(1).reason.as_str(), &"evicted_global");
    }
}

fn all_busy(case: &Case<'_>) {
    let now = fill(case, &[40, 30, 20]);
    for number in 1..=3 {
        case.expect(number, touch(NOT_BUSY, now.saturating_add(HOUR)), &done(0));
    }
    let seq = case.open().stamp.seq;
    case.expect(4, case.insert(case.session(1)), &full(LimitKind::Global, 3, true));
    case.same("the seq", &case.open().stamp.seq, &seq);
    case.expect(4, Op::Load, &Outcome::Missing);
    // A session that ends has its place free, in use or not.
    case.expect(2, remove("logged_out"), &done(0));
    case.put(4, case.session(1));
}

fn floor(case: &Case<'_>) {
    fill(case, &[0, 0, 0]);
    case.expect(4, case.insert(case.session(1)), &full(LimitKind::Global, 3, false));
    case.expect(2, remove("logged_out"), &done(0));
    let used = case.now().saturating_sub(MINUTE * 2);
    case.put(4, StoredSession { used, ..case.session(1) });
    case.put(5, case.session(1));
    case.same("the reason", &case.ended(4).reason.as_str(), &"evicted_global");
}

fn both(case: &Case<'_>) {
    // Alice has two; the oldest of all is bob's.
    fill(case, &[20, 90, 30]);
    case.put(4, of(case, "alice"));
    evicted(case, 4, 3, "evicted_principal");
    case.put(5, of(case, "carol"));
    case.same("the reason", &case.ended(2).reason.as_str(), &"evicted_global");
}

fn writes_nothing(case: &Case<'_>) {
    fill(case, &[20, 30, 10]);
    let seq = case.open().stamp.seq;
    let repetition = StoredSession { nonce: 1, ..case.session(1) };
    case.expect(2, case.insert(repetition.clone()), &done(0));
    let other = StoredSession { nonce: 2, ..repetition };
    case.expect(2, case.insert(other), &Outcome::Exists);
    case.same("the seq", &case.open().stamp.seq, &seq);
    for number in 1..=3 {
        case.check(case.is_live(number), "a session ended");
    }
}

fn rotated(case: &Case<'_>) {
    fill(case, &[30, 20, 10]);
    case.expect(1, rotate(9), &done(0));
    case.put(4, of(case, "alice"));
    case.same("the reason", &case.ended(9).reason.as_str(), &"evicted_principal");
    case.same("the reason of the old key", &case.ended(1).reason.as_str(), &"replaced");
}
