//! Two requests for one session in one batch come to what they do in two.

use super::case::{Case, MINUTE, Rule, key, policy, remove, rotate, touch, update};
use crate::collection::op::{Op, Request};
use crate::collection::outcome::Outcome;
use crate::collection::policy::Policy;
use crate::collection::record::StoredSession;
use crate::collection::stamp::CollectionTime;
use crate::limits::Limit;

pub(super) const RULES: &[Rule] = &[
    Rule::new("two requests in a batch are as two batches, under a global limit", pairs)
        .with(two_in_all),
    Rule::new("two requests in a batch are as two batches, under a limit per principal", pairs)
        .with(two_each),
];

fn two_in_all() -> Policy {
    policy().global(Limit::evict_oldest(2))
}

fn two_each() -> Policy {
    policy().per_principal(Limit::evict_oldest(2))
}

/// How many requests there are to choose from.
const OPS: usize = 6;

/// Numbers of sessions, from the first of one try: what both requests are for; others that are
/// there, and that comes afterwards; and where rotations lead.
const BOTH: u32 = 1;
const OTHER: u32 = 2;
const LATER: u32 = 3;
const ROTATED: [u32; 2] = [4, 5];
const ALL: u32 = 6;

/// One try.
struct Try<'a> {
    case: &'a Case<'a>,
    now: CollectionTime,
    /// The number before that of the first session.
    base: u32,
}

impl Try<'_> {
    fn insert(&self, number: u32, minutes: u32) -> Request {
        let used = self.now.saturating_sub(MINUTE * minutes);
        let session = StoredSession {
            principal: Some("alice".into()),
            ..StoredSession::new(1, used, vec![7])
        };
        self.request(number, self.case.insert(session))
    }

    fn request(&self, number: u32, op: Op) -> Request {
        Request { key: key(self.base + number), op }
    }

    /// The request of this kind; the second of a pair leads a rotation elsewhere.
    fn op(&self, kind: usize, second: usize) -> Request {
        let op = match kind {
            0 => return self.insert(BOTH, 30),
            1 => touch(self.now.saturating_sub(MINUTE * 10), CollectionTime::ORIGIN),
            2 => remove("logged_out"),
            3 => Op::Load,
            4 => update(1, 0, 9, b"new"),
            _ => rotate(self.base + ROTATED[second]),
        };
        self.request(BOTH, op)
    }

    /// What came of the pair, and what is there after one more session came.
    fn run(&self, pair: [usize; 2], is_there: bool, at_once: bool) -> Vec<String> {
        let there = [self.insert(OTHER, 20), self.insert(BOTH, 30)];
        self.case.all(&there[..=usize::from(is_there)]);
        let pair = [self.op(pair[0], 0), self.op(pair[1], 1)];
        let mut outcomes = if at_once {
            self.case.all(&pair)
        } else {
            pair.iter().flat_map(|one| self.case.all(std::slice::from_ref(one))).collect()
        };
        self.case.all(&[self.insert(LATER, 5)]);
        let look = |number| self.request(number, update(u32::MAX, 0, 0, b""));
        let looks: Vec<_> = (1..ALL).map(look).collect();
        outcomes.extend(self.case.all(&looks));
        let ends = |number| self.request(number, remove("over"));
        self.case.all(&(1..ALL).map(ends).collect::<Vec<_>>());
        outcomes.into_iter().map(|outcome| shown(&outcome)).collect()
    }
}

/// An outcome without what differs between two tries: times, seqs and keys.
fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Live(session) => format!("live, version {}", session.version),
        Outcome::Ended(end) => format!("ended, {}", end.reason),
        other => format!("{other:?}"),
    }
}

fn pairs(case: &Case<'_>) {
    let mut base = 0;
    for number in 0..OPS * OPS * 2 {
        let (first, second, is_there) = (number / 2 / OPS, number / 2 % OPS, number % 2 == 1);
        let mut run = |at_once| {
            let one = Try { case, now: case.now(), base };
            base += ALL;
            (one.run([first, second], is_there, at_once), one)
        };
        let (expected, _) = run(false);
        let (found, one) = run(true);
        let names = [first, second].map(|kind| one.op(kind, 0).op.name());
        let there = if is_there { "there" } else { "not there" };
        let what = format!("{} and {} of a session that is {there}", names[0], names[1]);
        case.same(&what, &found, &expected);
    }
}
