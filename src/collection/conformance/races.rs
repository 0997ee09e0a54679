//! Requests of several nodes at once.

use std::collections::BTreeSet;
use std::thread;

use super::case::{Case, Rule, done, key, remove, rotate, touch, update};
use crate::collection::op::{Op, Request};
use crate::collection::outcome::{Change, Outcome};
use crate::collection::record::StoredSession;
use crate::collection::stamp::CollectionTime;
use crate::sync::{AtomicU64, Ordering};

pub(super) const RULES: &[Rule] = &[
    Rule::new("of two that insert under one key at once, one is done", inserts),
    Rule::new("of two that end a session at once, one is done", removes),
    Rule::new("a touch and an end at once leave an end", touches),
    Rule::new("a rotation and an end at once leave what one of them did", rotates),
    Rule::new("of changes at once, each is of the version before", updates),
    Rule::new("ends at once have seqs of their own, and the feed lists them all", seqs),
];

/// How often two meet.
const ROUNDS: u32 = 50;

/// What comes of these operations, done at once by as many threads.
pub(super) fn at_once<const N: usize>(case: &Case<'_>, ops: [(u32, Op); N]) -> [Outcome; N] {
    // Only counted: what the threads share, the collection orders.
    let missing = AtomicU64::new(N as u64);
    thread::scope(|scope| {
        let run = |(number, op)| {
            let missing = &missing;
            scope.spawn(move || {
                missing.fetch_sub(1, Ordering::Relaxed);
                while missing.load(Ordering::Relaxed) > 0 {
                    thread::yield_now();
                }
                case.apply(number, op)
            })
        };
        let threads = ops.map(run);
        threads.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn inserts(case: &Case<'_>) {
    for round in 0..ROUNDS {
        let sessions = [1, 2].map(|nonce| case.session(nonce));
        let outcomes = at_once(case, sessions.map(|session| (round, case.insert(session))));
        let winner = match outcomes {
            [Outcome::Done { .. }, Outcome::Exists] => 1,
            [Outcome::Exists, Outcome::Done { .. }] => 2,
            other => case.fail(&format!("two insertions returned {other:?}")),
        };
        case.same("the session that is there", &case.peek(round).nonce, &winner);
    }
}

fn removes(case: &Case<'_>) {
    for round in 0..ROUNDS {
        case.put(round, case.session(1));
        let outcomes = at_once(case, ["one", "two"].map(|reason| (round, remove(reason))));
        let (end, reason) = match outcomes {
            [Outcome::Done { .. }, Outcome::Ended(end)] => (end, "one"),
            [Outcome::Ended(end), Outcome::Done { .. }] => (end, "two"),
            other => case.fail(&format!("two ends returned {other:?}")),
        };
        case.same("the reason", &end.reason.as_str(), &reason);
        case.same("the end", &case.ended(round), &*end);
    }
}

fn touches(case: &Case<'_>) {
    for round in 0..ROUNDS {
        case.put(round, case.used_ago(std::time::Duration::from_secs(9)));
        let touch = touch(case.now(), CollectionTime::ORIGIN);
        let outcomes =
            at_once(case, [(round, touch), (round, remove("killed")), (round, Op::Load)]);
        let [touched, removed, _] = &outcomes;
        case.same("the end", removed, &done(0));
        let known = matches!(touched, Outcome::Done { .. } | Outcome::Ended(_));
        case.check(known, &format!("the touch returned {touched:?}"));
        case.same("the reason", &case.ended(round).reason.as_str(), &"killed");
    }
}

fn rotates(case: &Case<'_>) {
    for round in 0..ROUNDS {
        let (old, new) = (round, round + 1_000);
        case.put(old, case.session(1));
        let outcomes = at_once(case, [(old, rotate(new)), (old, remove("killed"))]);
        match outcomes {
            [Outcome::Done { .. }, Outcome::Ended(end)] => {
                case.same("the reason", &end.reason.as_str(), &"replaced");
                case.check(case.is_live(new), "the session is not under the new key");
            }
            [Outcome::Ended(end), Outcome::Done { .. }] => {
                case.same("the reason", &end.reason.as_str(), &"killed");
                case.expect(new, Op::Load, &Outcome::Missing);
            }
            other => case.fail(&format!("a rotation and an end returned {other:?}")),
        }
    }
}

fn updates(case: &Case<'_>) {
    const EACH: u32 = 25;
    case.put(1, case.session(1));
    let change = |thread: u64| {
        let mut version = 0;
        for count in 0..EACH {
            let token = thread << 32 | u64::from(count);
            for _ in 0..EACH * 9 {
                match case.apply(1, update(1, version, token, &token.to_be_bytes())) {
                    Outcome::Done { version: next } => {
                        case.same("the version", &next, &(version + 1));
                        version = next;
                        break;
                    }
                    Outcome::Live(session) => version = session.version,
                    other => case.fail(&format!("update returned {other:?}")),
                }
            }
        }
    };
    thread::scope(|scope| {
        for thread in 1..=4 {
            scope.spawn(move || change(thread));
        }
    });
    let StoredSession { version, token, data, .. } = case.peek(1);
    case.same("the version", &version, &(EACH * 4));
    case.same("the data", &data.as_slice(), &&token.to_be_bytes()[..]);
}

fn seqs(case: &Case<'_>) {
    const EACH: u32 = 100;
    let before = case.open().stamp;
    let end = |thread: u32| {
        let fence = || Op::Remove { reason: "killed".into(), id: None, fence: true };
        let numbers = thread * EACH..(thread + 1) * EACH;
        let requests = numbers.map(|number| Request { key: key(number), op: fence() });
        for batch in requests.collect::<Vec<_>>().chunks(9) {
            case.all(batch);
        }
    };
    thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || end(thread));
        }
    });
    let changes = case.feed(before.cursor(), 999).changes;
    let ends = changes.iter().map(|(_, change)| match change {
        Change::Ended(end) => end.seq,
        Change::Updated { .. } => case.fail("the feed lists a change"),
    });
    let ends: Vec<u64> = ends.collect();
    case.check(ends.is_sorted(), "the feed is not in the order of seqs");
    let distinct: BTreeSet<u64> = ends.iter().copied().collect();
    case.same("how many seqs there are", &distinct.len(), &(EACH as usize * 4));
    case.same("how many the feed lists", &ends.len(), &(EACH as usize * 4));
    let last = before.seq + u64::from(EACH) * 4;
    case.same("the last seq", &ends.last().copied(), &Some(last));
}
