//! Ends.

use super::case::{Case, Rule, done, remove, rotate, sealed, touch, update};
use crate::collection::op::Op;
use crate::collection::outcome::Outcome;
use crate::collection::record::StoredEnd;

pub(super) const RULES: &[Rule] = &[
    Rule::new("remove ends a session, with reason, time, seq and id", ends),
    Rule::new("remove keeps any reason", reasons),
    Rule::new("remove of an ended session returns Ended, and the first reason stays", first),
    Rule::new("remove where there is nothing returns Missing, and writes nothing", missing),
    Rule::new("remove with a fence writes an end where there is nothing", fence),
    Rule::new("an ended session stays ended, whatever is asked", stays),
];

fn ends(case: &Case<'_>) {
    case.put(1, case.session(1));
    let before = case.open().stamp;
    let id = Some(sealed(0xe1));
    case.expect(1, Op::Remove { reason: "logged_out".into(), id, fence: false }, &done(0));
    let (end, after) = (case.ended(1), case.open().stamp);
    let seq = before.seq + 1;
    case.same("the seq of the collection", &after.seq, &seq);
    case.check((before.time..=after.time).contains(&end.at), "the end has another time");
    let expected = StoredEnd { id, ..StoredEnd::new("logged_out", end.at, seq) };
    case.same("the end", &end, &expected);
}

fn reasons(case: &Case<'_>) {
    let long = "x".repeat(4_096);
    let reasons = ["", "password_changed", "über \u{0} \u{1f600}\r\n\"'", long.as_str()];
    for (number, reason) in (1..).zip(reasons) {
        case.put(number, case.session(1));
        case.expect(number, remove(reason), &done(0));
        case.same("the reason", &case.ended(number).reason.as_str(), &reason);
    }
}

fn first(case: &Case<'_>) {
    case.put(1, case.session(1));
    case.expect(1, remove("logged_out"), &done(0));
    let end = case.ended(1);
    for fence in [false, true] {
        let again = Op::Remove { reason: "killed".into(), id: Some(sealed(1)), fence };
        case.expect(1, again, &Outcome::Ended(Box::new(end.clone())));
        case.same("the end", &case.ended(1), &end);
        case.same("the seq", &case.open().stamp.seq, &end.seq);
    }
}

fn missing(case: &Case<'_>) {
    let before = case.open().stamp.seq;
    case.expect(1, remove("logged_out"), &Outcome::Missing);
    case.expect(1, Op::Load, &Outcome::Missing);
    case.same("the seq", &case.open().stamp.seq, &before);
    case.put(1, case.session(1));
}

fn fence(case: &Case<'_>) {
    let insert = case.insert(case.session(1));
    let before = case.open().stamp;
    let id = Some(sealed(0xe1));
    case.expect(1, Op::Remove { reason: "logged_out".into(), id, fence: true }, &done(0));
    let end = case.ended(1);
    let expected = StoredEnd { id, ..StoredEnd::new("logged_out", end.at, before.seq + 1) };
    case.same("the end", &end, &expected);
    case.check(end.at >= before.time, "the end has another time");
    case.expect(1, insert, &Outcome::Ended(Box::new(end)));
    let feed = case.feed(before.cursor(), 9);
    case.same("the number of changes in the feed", &feed.changes.len(), &1);
}

fn stays(case: &Case<'_>) {
    case.put(1, case.session(1));
    let insert = case.insert(case.session(1));
    case.expect(1, remove("killed"), &done(0));
    let (end, now) = (case.ended(1), case.now());
    let ops = [insert, touch(now, now), Op::Load, update(1, 0, 1, b"later"), rotate(2)];
    for op in ops {
        case.expect(1, op, &Outcome::Ended(Box::new(end.clone())));
    }
    case.same("the end", &case.ended(1), &end);
    case.expect(2, Op::Load, &Outcome::Missing);
}
