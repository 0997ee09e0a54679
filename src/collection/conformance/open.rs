//! How a collection stands.

use super::case::{Case, FINGERPRINT, HOUR, Rule, key, remove};
use crate::collection::error::CollectionError;
use crate::collection::key::Fingerprint;
use crate::collection::op::{Op, Request};
use crate::collection::stamp::{CollectionTime, Stamp};

pub(super) const RULES: &[Rule] = &[
    Rule::new("open sets a collection up once", opened_again),
    Rule::new("open refuses nodes with another hash key", other_key),
    Rule::new("every answer has the time, the epoch and the seq", stamps),
    Rule::new("a clock is at least a day after its origin", late_enough),
    Rule::new("a batch may be empty, and has room for a request", batches),
];

fn opened_again(case: &Case<'_>) {
    let first = case.open();
    case.check(first.floor <= first.stamp.seq, "the floor is above the seq");
    case.apply(1, Op::Remove { reason: "killed".into(), id: None, fence: true });
    let again = case.open();
    case.same("the epoch", &again.stamp.epoch, &first.stamp.epoch);
    case.same("the seq after an end", &again.stamp.seq, &(first.stamp.seq + 1));
    case.same("the floor", &again.floor, &first.floor);
    case.check(again.stamp.time >= first.stamp.time, "the time went back");
}

fn other_key(case: &Case<'_>) {
    let before = case.open();
    let other = Fingerprint::from_bytes([0xa5; 8]);
    let refused = case.collection.open(other);
    case.same("open with another fingerprint", &refused, &Err(CollectionError::OtherKey));
    let after = case.ok("open", case.collection.open(FINGERPRINT));
    case.same("the epoch", &after.stamp.epoch, &before.stamp.epoch);
}

fn stamps(case: &Case<'_>) {
    case.put(1, case.session(1));
    case.apply(1, remove("killed"));
    let mut before = case.open().stamp;
    let after = |what: &str, stamp: Stamp, before: &mut Stamp| {
        case.same(&format!("the epoch of {what}"), &stamp.epoch, &before.epoch);
        case.same(&format!("the seq of {what}"), &stamp.seq, &before.seq);
        case.check(stamp.time >= before.time, &format!("the time of {what} went back"));
        *before = stamp;
    };
    let load = [Request { key: key(1), op: Op::Load }];
    after("apply", case.ok("apply", case.collection.apply(&load)).stamp, &mut before);
    after("feed", case.feed(before.cursor(), 9).stamp, &mut before);
    after("expire", case.ok("expire", case.collection.expire(9)).stamp, &mut before);
    if case.advance(HOUR) {
        let span = case.now().since(before.time);
        case.same("the time after an hour", &span, &HOUR);
    }
}

fn late_enough(case: &Case<'_>) {
    let age = case.now().since(CollectionTime::ORIGIN);
    case.check(age >= HOUR * 24, &format!("it is {age:?} after it"));
}

fn batches(case: &Case<'_>) {
    case.check(case.collection.batch() > 0, "batch() is 0");
    let answer = case.ok("apply of an empty batch", case.collection.apply(&[]));
    case.same("the outcomes of an empty batch", &answer.outcomes.len(), &0);
}
