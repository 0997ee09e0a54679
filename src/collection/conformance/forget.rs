//! What is forgotten.

use std::time::Duration;

use super::case::{Case, HOUR, Rule, done, key, policy, remove, rotate, update};
use crate::collection::op::Op;
use crate::collection::outcome::{Change, Outcome};
use crate::collection::policy::Policy;
use crate::collection::stamp::Cursor;

pub(super) const RULES: &[Rule] = &[
    Rule::new("expire forgets old ends and changes, and raises the floor", forgets).with(at_once),
    Rule::new("expire forgets at most so many, and says whether there is more", steps)
        .with(at_once),
    Rule::new("expire forgets no end before its time", remembers),
    Rule::new("expire forgets an end when it is older than it may be", exact),
];

/// Ends are remembered for no time, so that no clock need be driven.
fn at_once() -> Policy {
    Policy { keep_ends: Duration::ZERO, ..policy() }
}

/// Tries until the clock of the collection has moved.
fn until(case: &Case<'_>, what: &str, mut is_so: impl FnMut() -> bool) {
    case.advance(Duration::from_micros(1));
    for _ in 0..1_000_000 {
        if is_so() {
            return;
        }
    }
    case.fail(what);
}

fn forgets(case: &Case<'_>) {
    let before = case.open();
    case.put(1, case.session(1));
    case.put(2, case.session(1));
    case.put(4, case.session(1));
    case.expect(1, remove("killed"), &done(0));
    case.expect(2, rotate(3), &done(0));
    case.expect(4, update(1, 0, 8, b"kept"), &done(1));
    let seq = case.open().stamp.seq;
    let mut forgotten = 0;
    until(case, "the floor is not raised to the seq", || {
        forgotten += case.ok("expire", case.collection.expire(9)).forgotten;
        case.open().floor == seq
    });
    case.same("how many were forgotten", &forgotten, &3);
    case.same("the seq", &case.open().stamp.seq, &seq);
    for number in [1, 2] {
        case.expect(number, Op::Load, &Outcome::Missing);
        case.put(number, case.session(1));
    }
    case.same("the data", &case.peek(4).data.as_slice(), &&b"kept"[..]);
    case.check(case.is_live(3), "the rotated session is gone");
    // Below the floor there is a gap, at it there is none.
    let feed = case.feed(before.stamp.cursor(), 9);
    case.check(feed.gap && feed.changes.is_empty(), "the feed has no gap below the floor");
    case.same("upto", &feed.upto, &seq);
    let feed = case.feed(Cursor { seq: seq - 1, ..before.stamp.cursor() }, 9);
    case.check(feed.gap, "the feed has no gap just below the floor");
    let feed = case.feed(Cursor { seq, ..before.stamp.cursor() }, 9);
    case.check(!feed.gap && feed.changes.is_empty(), "the feed has a gap at the floor");
    // What was forgotten of a session is listed again once it changes.
    case.expect(4, update(1, 1, 9, b"kept"), &done(2));
    let feed = case.feed(Cursor { seq, ..before.stamp.cursor() }, 9);
    case.same("the changes", &feed.changes, &vec![(key(4), Change::Updated { version: 2 })]);
}

fn steps(case: &Case<'_>) {
    for number in 1..=5 {
        case.put(number, case.session(1));
        case.apply(number, remove("killed"));
    }
    let (mut forgotten, mut calls) = (0, 0);
    until(case, "some ends were not forgotten", || {
        let expired = case.ok("expire", case.collection.expire(2));
        case.check(expired.forgotten <= 2, "expire forgot more than it may");
        forgotten += expired.forgotten;
        calls += u32::from(expired.forgotten > 0);
        case.check(expired.more || forgotten != 4, "expire says that there is no more");
        forgotten == 5
    });
    case.check(calls >= 3, "expire forgot more than it may");
    let expired = case.ok("expire", case.collection.expire(2));
    case.check(expired.forgotten == 0 && !expired.more, "expire says that there is more");
}

fn remembers(case: &Case<'_>) {
    let before = case.open();
    case.put(1, case.session(1));
    case.apply(1, remove("killed"));
    let expired = case.ok("expire", case.collection.expire(9));
    case.same("how many were forgotten", &expired.forgotten, &0);
    case.same("the floor", &case.open().floor, &before.floor);
    case.same("the reason", &case.ended(1).reason.as_str(), &"killed");
}

fn exact(case: &Case<'_>) {
    let before = case.open();
    case.apply(1, Op::Remove { reason: "killed".into(), id: None, fence: true });
    if !case.advance(HOUR) {
        return;
    }
    let expired = case.ok("expire", case.collection.expire(9));
    case.same("how many were forgotten when the time was reached", &expired.forgotten, &0);
    case.apply(2, Op::Remove { reason: "killed".into(), id: None, fence: true });
    case.advance(Duration::from_micros(1));
    let expired = case.ok("expire", case.collection.expire(9));
    case.same("how many were forgotten when it was over", &expired.forgotten, &1);
    case.same("the floor", &case.open().floor, &(before.stamp.seq + 1));
    case.expect(1, Op::Load, &Outcome::Missing);
    case.same("the end that is younger", &case.ended(2).seq, &(before.stamp.seq + 2));
}
