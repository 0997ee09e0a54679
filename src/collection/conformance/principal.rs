//! The sessions of a principal end.

use std::collections::BTreeSet;

use super::case::{Case, HOUR, Rule, done, key, policy, remove, rotate, touch};
use super::limits::of;
use crate::collection::key::RecordKey;
use crate::collection::op::{Op, Request};
use crate::collection::outcome::{Change, Outcome, PrincipalEnded};
use crate::collection::policy::Policy;
use crate::collection::record::StoredEnd;
use crate::collection::stamp::CollectionTime;
use crate::limits::Limit;
use crate::sync::{AtomicBool, Ordering};

pub(super) const RULES: &[Rule] = &[
    Rule::new("the sessions of a principal end, and nobody else's", ends),
    Rule::new("the sessions of a principal end, but those that are spared", spares),
    Rule::new("of the sessions of a principal, no more end than were asked for", at_most),
    Rule::new("the sessions of a principal end, in use, overdue, or rotated", whatever),
    Rule::new("what ended of a principal does not end again, and what is new does", again),
    Rule::new("the ends of a principal free places under the limits", frees).with(one_each),
    Rule::new("a session that is being rotated ends with those of its principal", races),
];

fn one_each() -> Policy {
    policy().per_principal(Limit::reject(1))
}

fn end(case: &Case<'_>, principal: &str, except: &[RecordKey], at_most: usize) -> PrincipalEnded {
    let ended = case.collection.end_principal(principal, "killed", except, at_most);
    case.ok("end_principal", ended)
}

fn keys(ended: &PrincipalEnded) -> BTreeSet<RecordKey> {
    ended.ended.iter().map(|(key, _)| *key).collect()
}

/// Just these are live, of the sessions up to this number.
fn live(case: &Case<'_>, upto: u32, expected: &[u32]) {
    for number in 1..=upto {
        let what = format!("whether session {number} is live");
        case.same(&what, &case.is_live(number), &expected.contains(&number));
    }
}

fn ends(case: &Case<'_>) {
    for (number, name) in (1..).zip(["alice", "bob", "alice", "Alice", "alice ", "alic"]) {
        case.put(number, of(case, name));
    }
    case.put(7, case.session(1));
    let before = case.open().stamp;
    let ended = end(case, "alice", &[], 9);
    case.same("the stamp's epoch and seq", &ended.stamp.cursor(), &before.cursor());
    case.same("the keys", &keys(&ended), &BTreeSet::from([key(1), key(3)]));
    case.check(!ended.more, "there are no more");
    live(case, 7, &[2, 4, 5, 6, 7]);
    let after = case.open().stamp;
    case.same("the seq", &after.seq, &(before.seq + 2));
    for number in [1, 3] {
        let stored = case.ended(number);
        let expected = StoredEnd::new("killed", stored.at, stored.seq);
        case.same("the end", &stored, &expected);
        case.check((before.time..=after.time).contains(&stored.at), "the time of the end");
        let told = ended.ended.iter().find(|(at, _)| *at == key(number));
        case.same("the end that was returned", &told.map(|(_, end)| end), &Some(&stored));
    }
    let mut expected = ended.ended;
    expected.sort_unstable_by_key(|(_, end)| end.seq);
    let expected: Vec<_> =
        expected.into_iter().map(|(key, end)| (key, Change::Ended(Box::new(end)))).collect();
    case.same("the feed", &case.feed(before.cursor(), 9).changes, &expected);
    let nobody = end(case, "carol", &[], 9);
    case.check(nobody.ended.is_empty() && !nobody.more, "carol has no sessions");
}

fn spares(case: &Case<'_>) {
    for number in 1..=4 {
        case.put(number, of(case, "alice"));
    }
    // One of them is nobody's.
    let ended = end(case, "alice", &[key(2), key(4), key(77)], 2);
    case.same("the keys", &keys(&ended), &BTreeSet::from([key(1), key(3)]));
    case.check(!ended.more, "what is spared is not more");
    live(case, 4, &[2, 4]);
    let nothing = end(case, "alice", &[key(4), key(2)], 0);
    case.check(nothing.ended.is_empty() && !nothing.more, "what is spared is not more");
    live(case, 4, &[2, 4]);
}

fn at_most(case: &Case<'_>) {
    for number in 1..=5 {
        case.put(number, of(case, "alice"));
    }
    let mut all = BTreeSet::new();
    for (count, more) in [(0, true), (2, true), (2, true), (2, false), (2, false)] {
        let left = 5 - all.len();
        let ended = end(case, "alice", &[], count);
        case.same("how many ended", &ended.ended.len(), &count.min(left));
        case.same("whether there are more", &ended.more, &more);
        all.extend(keys(&ended));
        let live = (1..=5).filter(|number| case.is_live(*number)).count();
        case.same("how many are live", &live, &(5 - all.len()));
    }
    case.same("how many ended", &all.len(), &5);
}

fn whatever(case: &Case<'_>) {
    let now = case.now();
    case.put(1, of(case, "alice"));
    case.expect(1, touch(CollectionTime::ORIGIN, now.saturating_add(HOUR)), &done(0));
    let mut overdue = case.used_ago(HOUR * 20);
    overdue.principal = Some("alice".to_owned());
    case.put(2, overdue);
    case.put(3, of(case, "alice"));
    case.expect(3, rotate(4), &done(0));
    let ended = end(case, "alice", &[key(3)], 9);
    case.same("the keys", &keys(&ended), &BTreeSet::from([key(1), key(2), key(4)]));
    live(case, 4, &[]);
    case.same("the reason of the old key", &case.ended(3).reason.as_str(), &"replaced");
}

fn again(case: &Case<'_>) {
    for number in 1..=3 {
        case.put(number, of(case, "alice"));
    }
    case.expect(1, remove("logged_out"), &done(0));
    case.same("how many ended", &end(case, "alice", &[], 9).ended.len(), &2);
    case.same("the reason", &case.ended(1).reason.as_str(), &"logged_out");
    case.put(4, of(case, "alice"));
    case.same("the keys", &keys(&end(case, "alice", &[], 9)), &BTreeSet::from([key(4)]));
    case.same("how many ended", &end(case, "alice", &[], 9).ended.len(), &0);
}

fn frees(case: &Case<'_>) {
    case.put(1, of(case, "alice"));
    case.same("how many ended", &end(case, "alice", &[], 9).ended.len(), &1);
    case.put(2, of(case, "alice"));
}

fn races(case: &Case<'_>) {
    for round in 0..20 {
        let first = round * 100;
        case.put(first, of(case, "alice"));
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut number = first;
                while number < first + 99 && !over.load(Ordering::Relaxed) {
                    let op = rotate(number + 1);
                    let request = Request { key: key(number), op };
                    match case.all(&[request]).pop() {
                        Some(Outcome::Done { .. }) => number += 1,
                        _ => break,
                    }
                }
            });
            while end(case, "alice", &[], 1).more {}
            over.store(true, Ordering::Relaxed);
        });
        for number in first..first + 100 {
            let found = case.apply(number, Op::Load);
            case.check(!matches!(found, Outcome::Live(_)), "a session that was rotated is live");
        }
    }
}
