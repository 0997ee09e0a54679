//! Much of everything.

use super::case::{Case, HOUR, Rule, done, key, remove, touch, update};
use crate::collection::op::{Op, Request};
use crate::collection::outcome::Outcome;
use crate::collection::record::StoredSession;
use crate::collection::stamp::{CollectionTime, Cursor};

pub(super) const RULES: &[Rule] = &[
    Rule::new("a megabyte of data is kept", big),
    Rule::new("names are any text", names),
    Rule::new("a batch is done in its order", in_order),
    Rule::new("ten thousand sessions are kept, in batches", many),
];

fn big(case: &Case<'_>) {
    let bytes = |seed: u32| -> Vec<u8> {
        let step = |n: u32| n.wrapping_mul(0x9e37_79b1).rotate_left(seed).to_le_bytes()[3];
        (0..1 << 20).map(step).collect()
    };
    case.put(1, StoredSession { data: bytes(1), ..case.session(1) });
    case.check(case.peek(1).data == bytes(1), "the data of an insertion is another");
    case.expect(1, update(1, 0, 8, &bytes(9)), &done(1));
    case.check(case.peek(1).data == bytes(9), "the data of an update is another");
    case.expect(1, touch(case.now(), CollectionTime::ORIGIN), &done(1));
    let Outcome::Live(loaded) = case.apply(1, Op::Load) else { case.fail("load returns nothing") };
    case.check(loaded.data == bytes(9), "the data of a load is another");
}

fn names(case: &Case<'_>) {
    let long = "\u{1f600}".repeat(1_024);
    let all = ["", " ", "\u{0}", "a\u{0}b", "\r\n\t", "'\"\\;--{}%s:*", "e\u{301}", "\u{202e}x"];
    for (number, name) in (1..).zip(all.into_iter().chain([long.as_str()])) {
        let name = Some(name.to_owned());
        let session = StoredSession {
            principal: name.clone(),
            originator: name.clone(),
            host: name,
            data: Vec::new(),
            ..case.session(1)
        };
        case.put(number, session.clone());
        case.same("the session", &case.peek(number), &session);
    }
}

fn in_order(case: &Case<'_>) {
    let insert = case.insert(case.session(1));
    let ops = [
        Op::Load,
        insert.clone(),
        update(1, 0, 8, b"changed"),
        update(u32::MAX, 0, 0, b""),
        remove("logged_out"),
        insert,
        remove("killed"),
    ];
    let requests = ops.into_iter().zip([1, 1, 1, 1, 1, 1, 2]);
    let requests = requests.map(|(op, number)| Request { key: key(number), op });
    let outcomes = case.all(&requests.collect::<Vec<_>>());
    let end = case.ended(1);
    case.same("the reason", &end.reason.as_str(), &"logged_out");
    let Outcome::Live(session) = &outcomes[3] else {
        case.fail(&format!("the fourth returned {:?}", outcomes[3]))
    };
    case.same("the data", &session.data.as_slice(), &&b"changed"[..]);
    let rest = [outcomes[0].clone(), outcomes[1].clone(), outcomes[2].clone()];
    case.same("the first three", &rest, &[Outcome::Missing, done(0), done(1)]);
    let ended = Outcome::Ended(Box::new(end));
    let rest = [outcomes[4].clone(), outcomes[5].clone(), outcomes[6].clone()];
    case.same("the last three", &rest, &[done(0), ended, Outcome::Missing]);
}

/// How many.
const MANY: u32 = 10_000;

fn many(case: &Case<'_>) {
    let start = case.open().stamp;
    let now = case.now();
    let insert = |number: u32| {
        let used = now.saturating_sub(HOUR * u32::from(number.is_multiple_of(2)) * 9);
        let mut session = StoredSession::new(number, used, number.to_be_bytes().to_vec());
        session.idle = Some(HOUR);
        session.principal = Some(format!("principal {}", number % 100));
        let not_after = start.time.saturating_add(HOUR * 9);
        Op::Insert { session: Box::new(session), not_after, epoch: start.epoch }
    };
    let each = |op: &dyn Fn(u32) -> Op, numbers: &mut dyn Iterator<Item = u32>| {
        let requests = numbers.map(|number| Request { key: key(number), op: op(number) });
        case.all(&requests.collect::<Vec<_>>())
    };
    let all_done = |outcomes: Vec<Outcome>| outcomes.iter().all(|outcome| *outcome == done(0));
    case.check(all_done(each(&insert, &mut (0..MANY))), "an insertion was not done");
    let loads = each(&|_| update(u32::MAX, 0, 0, b""), &mut (0..MANY).rev());
    for (number, outcome) in (0..MANY).rev().zip(loads) {
        let Outcome::Live(session) = outcome else { case.fail("a session is not there") };
        case.check(session.data == number.to_be_bytes(), "a session has the data of another");
    }
    // A quarter is touched, a quarter is overdue, half ends.
    let touched = each(&|_| touch(now, CollectionTime::ORIGIN), &mut (0..MANY).step_by(4));
    case.check(all_done(touched), "a touch was not done");
    let removed = each(&|_| remove("logged_out"), &mut (1..MANY).step_by(2));
    case.check(all_done(removed), "an end was not done");
    let mut ended = 0;
    for _ in 0..MANY {
        let expired = case.ok("expire", case.collection.expire(999));
        case.check(expired.ended + expired.forgotten <= 999, "expire did more than it may");
        ended += expired.ended;
        if !expired.more {
            break;
        }
    }
    case.same("how many expired", &ended, &(u64::from(MANY) / 4));
    let (mut after, mut listed) = (start.cursor(), 0);
    for _ in 0..MANY {
        let feed = case.feed(after, 777);
        listed += feed.changes.len();
        after = Cursor { seq: feed.upto, ..after };
        if !feed.more {
            break;
        }
    }
    case.same("how many the feed lists", &listed, &(MANY as usize / 4 * 3));
}
