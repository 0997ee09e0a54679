//! Touches.

use super::case::{Case, HOUR, MINUTE, Rule, SECOND, done, remove, touch};
use crate::collection::op::Op;
use crate::collection::outcome::Outcome;
use crate::collection::record::StoredSession;
use crate::collection::stamp::CollectionTime;

pub(super) const RULES: &[Rule] = &[
    Rule::new("touch moves the last use forward", forward),
    Rule::new("touch never moves the last use back", not_back),
    Rule::new("touch in the future counts as of now", future),
    Rule::new("touch keeps the later time until which a session is in use", busy),
    Rule::new("touch of an overdue session is done", overdue),
    Rule::new("touches commute, and may be repeated", commute),
    Rule::new("touch changes nothing else, and takes no seq", nothing_else),
    Rule::new("touch where there is nothing returns Missing, and writes nothing", missing),
    Rule::new("touch of an ended session returns Ended, and the end stays", ended),
];

const NOT_BUSY: CollectionTime = CollectionTime::ORIGIN;

fn forward(case: &Case<'_>) {
    let session = case.used_ago(HOUR / 2);
    case.put(1, session.clone());
    let used = session.used.saturating_add(MINUTE);
    case.expect(1, touch(used, NOT_BUSY), &done(0));
    case.same("the last use", &case.peek(1).used, &used);
}

fn not_back(case: &Case<'_>) {
    let session = case.used_ago(MINUTE);
    case.put(1, session.clone());
    for earlier in [session.used.saturating_sub(SECOND), CollectionTime::ORIGIN] {
        case.expect(1, touch(earlier, NOT_BUSY), &done(0));
        case.same("the last use", &case.peek(1).used, &session.used);
    }
}

fn future(case: &Case<'_>) {
    case.put(1, case.used_ago(MINUTE));
    let before = case.now();
    for ahead in [before.saturating_add(HOUR), CollectionTime::from_micros(u64::MAX)] {
        case.expect(1, touch(ahead, NOT_BUSY), &done(0));
        let used = case.peek(1).used;
        case.check(used >= before, "the last use is not now");
        case.check(used <= case.now(), "the last use is later than now");
    }
}

fn busy(case: &Case<'_>) {
    let session = case.session(1);
    case.put(1, session.clone());
    let (sooner, later) = (session.used.saturating_add(MINUTE), session.used.saturating_add(HOUR));
    for (given, kept) in [(sooner, sooner), (later, later), (sooner, later), (NOT_BUSY, later)] {
        case.expect(1, touch(session.used, given), &done(0));
        case.same("until when it is in use", &case.peek(1).busy_until, &kept);
    }
}

fn overdue(case: &Case<'_>) {
    // Beyond the idle timeout, the grace and the hold.
    case.put(1, case.used_ago(HOUR * 9));
    case.expect(1, Op::Load, &Outcome::Missing);
    let now = case.now();
    case.expect(1, touch(now, NOT_BUSY), &done(0));
    let loaded = case.apply(1, Op::Load);
    case.check(matches!(loaded, Outcome::Live(_)), "load after the touch does not return it");
}

fn commute(case: &Case<'_>) {
    let session = case.used_ago(HOUR / 2);
    let after = |span| session.used.saturating_add(span);
    let touches = [touch(after(SECOND), after(HOUR)), touch(after(MINUTE), after(MINUTE))];
    let orders = [[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 1, 1]];
    for (number, order) in (1..).zip(orders) {
        case.put(number, session.clone());
        for at in order {
            case.expect(number, touches[at].clone(), &done(0));
        }
        let expected =
            StoredSession { used: after(MINUTE), busy_until: after(HOUR), ..session.clone() };
        case.same("the session after the touches", &case.peek(number), &expected);
    }
}

fn nothing_else(case: &Case<'_>) {
    let session = StoredSession { version: 4, token: 5, ..case.used_ago(MINUTE) };
    case.put(1, session.clone());
    let before = case.open().stamp.seq;
    let used = session.used.saturating_add(SECOND);
    case.expect(1, touch(used, NOT_BUSY), &done(4));
    case.same("the session", &case.peek(1), &StoredSession { used, ..session });
    case.same("the seq", &case.open().stamp.seq, &before);
}

fn missing(case: &Case<'_>) {
    let now = case.now();
    case.expect(1, touch(now, now), &Outcome::Missing);
    case.expect(1, Op::Load, &Outcome::Missing);
    case.put(1, case.session(1));
}

fn ended(case: &Case<'_>) {
    case.put(1, case.session(1));
    case.apply(1, remove("killed"));
    let (now, end) = (case.now(), case.ended(1));
    case.expect(1, touch(now, now), &Outcome::Ended(Box::new(end.clone())));
    case.same("the end", &case.ended(1), &end);
}
