//! Logins of several nodes at once, where there is not room for all.

use std::thread;

use super::case::{Case, Rule, done, policy, remove, rotate};
use crate::collection::outcome::Outcome;
use crate::collection::policy::Policy;
use crate::collection::record::StoredSession;
use crate::limits::Limit;

pub(super) const RULES: &[Rule] = &[
    Rule::new("insertions at once never exceed a limit that refuses", refuses).with(refusing),
    Rule::new("insertions at once never exceed a limit that evicts", evicts).with(evicting),
    Rule::new("insertions, rotations and ends at once keep the count", mixed).with(refusing),
];

const MAX: usize = 10;
const THREADS: u32 = 4;
const EACH: u32 = 25;

fn refusing() -> Policy {
    policy().per_principal(Limit::reject(MAX))
}

fn evicting() -> Policy {
    policy().global(Limit::evict_oldest(MAX)).per_principal(Limit::evict_oldest(MAX))
}

fn alice(case: &Case<'_>) -> StoredSession {
    StoredSession { principal: Some("alice".into()), ..case.session(1) }
}

/// What comes of the insertions of all threads, each done by one.
fn insert(case: &Case<'_>) -> Vec<Outcome> {
    let insert = case.insert(alice(case));
    let one = |thread: u32| -> Vec<Outcome> {
        let numbers = thread * EACH..(thread + 1) * EACH;
        numbers.map(|number| case.apply(number, insert.clone())).collect()
    };
    thread::scope(|scope| {
        let one = &one;
        let threads: Vec<_> = (0..THREADS).map(|n| scope.spawn(move || one(n))).collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined
            .flat_map(|all| all.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn live(case: &Case<'_>) -> usize {
    (0..THREADS * EACH).filter(|number| case.is_live(*number)).count()
}

fn refuses(case: &Case<'_>) {
    let outcomes = insert(case);
    let done = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Done { .. })).count();
    case.same("how many insertions were done", &done, &MAX);
    case.same("how many sessions are live", &live(case), &MAX);
    let full = |outcome: &&Outcome| matches!(outcome, Outcome::Full { live: MAX, max: MAX, .. });
    let refused = outcomes.iter().filter(full).count();
    case.same("how many were refused", &(refused + done), &outcomes.len());
}

fn evicts(case: &Case<'_>) {
    let before = case.open().stamp.seq;
    let outcomes = insert(case);
    case.check(outcomes.iter().all(|outcome| *outcome == done(0)), "an insertion was not done");
    case.same("how many sessions are live", &live(case), &MAX);
    let ended = case.open().stamp.seq - before;
    case.same("how many seqs were given out", &ended, &(outcomes.len() as u64 - MAX as u64));
}

fn mixed(case: &Case<'_>) {
    let insert = case.insert(alice(case));
    let one = |thread: u32| {
        for number in thread * EACH..(thread + 1) * EACH {
            if case.apply(number, insert.clone()) == done(0) && number.is_multiple_of(2) {
                case.apply(number, rotate(number + 1_000));
                case.apply(number + 1_000, remove("logged_out"));
            }
        }
    };
    thread::scope(|scope| {
        let one = &one;
        for thread in 0..THREADS {
            scope.spawn(move || one(thread));
        }
    });
    let before = live(case);
    case.check(before <= MAX, "there are more sessions than the limit allows");
    // As many are let in as there is room for, and no more.
    for number in 0..MAX - before {
        case.put(2_000 + u32::try_from(number).unwrap_or(0), alice(case));
    }
    let refused = case.apply(3_000, insert);
    let full = matches!(refused, Outcome::Full { live: MAX, .. });
    case.check(full, &format!("an insertion into a full limit returned {refused:?}"));
}
