//! Loads.

use std::time::Duration;

use super::case::{Case, HOUR, MINUTE, Rule, SECOND, touch};
use crate::collection::op::Op;
use crate::collection::outcome::Outcome;
use crate::collection::record::StoredSession;
use crate::collection::stamp::CollectionTime;

pub(super) const RULES: &[Rule] = &[
    Rule::new("load returns the session, and marks it used now", marks),
    Rule::new("load returns a session within the grace of its idle timeout", within_grace),
    Rule::new("load returns no session after the grace of its idle timeout", after_grace),
    Rule::new("load returns no session past its deadline", past_deadline),
    Rule::new("load returns a session without an idle timeout, however old", ageless),
    Rule::new("load that returns nothing leaves the session as it is", leaves),
    Rule::new("load in the last microsecond of the grace returns the session", to_the_microsecond),
    Rule::new("load in the microsecond before the deadline returns the session", deadline_exact),
    Rule::new("load takes no seq", no_seq),
];

/// The grace of these tests is an hour.
const IDLE_AND_GRACE: Duration = MINUTE.saturating_add(HOUR);

fn load(case: &Case<'_>, number: u32) -> Option<StoredSession> {
    match case.apply(number, Op::Load) {
        Outcome::Live(session) => Some(*session),
        Outcome::Missing => None,
        other => case.fail(&format!("load returned {other:?}")),
    }
}

fn marks(case: &Case<'_>) {
    let session = StoredSession { version: 4, token: 5, ..case.used_ago(MINUTE / 2) };
    case.put(1, session.clone());
    let before = case.now();
    let Some(loaded) = load(case, 1) else { case.fail("load returned Missing") };
    let expected = StoredSession { used: loaded.used, ..session };
    case.same("the session that was loaded", &loaded, &expected);
    case.check((before..=case.now()).contains(&loaded.used), "it is not marked used now");
    case.same("the session after the load", &case.peek(1), &expected);
}

fn within_grace(case: &Case<'_>) {
    case.put(1, case.used_ago(IDLE_AND_GRACE.saturating_sub(MINUTE * 2)));
    case.check(load(case, 1).is_some(), "load returned Missing");
    // It was marked used: so long again.
    let since = case.now().since(case.peek(1).used);
    case.check(since < MINUTE, "the load in the grace did not mark it used");
}

fn after_grace(case: &Case<'_>) {
    case.put(1, case.used_ago(IDLE_AND_GRACE + SECOND));
    case.check(load(case, 1).is_none(), "load returned the session");
}

fn past_deadline(case: &Case<'_>) {
    for (number, ago) in [(1, Duration::ZERO), (2, SECOND), (3, HOUR)] {
        let deadline = Some(case.now().saturating_sub(ago));
        let busy_until = case.now().saturating_add(HOUR);
        case.put(number, StoredSession { busy_until, deadline, ..case.session(1) });
        case.check(load(case, number).is_none(), "load returned the session");
    }
    let deadline = Some(case.now().saturating_add(MINUTE));
    case.put(9, StoredSession { deadline, ..case.session(1) });
    case.check(load(case, 9).is_some(), "load before the deadline returned Missing");
}

fn ageless(case: &Case<'_>) {
    case.put(1, StoredSession { idle: None, ..case.used_ago(HOUR * 23) });
    case.check(load(case, 1).is_some(), "load returned Missing");
}

fn leaves(case: &Case<'_>) {
    let session = case.used_ago(IDLE_AND_GRACE + SECOND);
    case.put(1, session.clone());
    case.check(load(case, 1).is_none(), "load returned the session");
    case.same("the session", &case.peek(1), &session);
    case.apply(1, touch(case.now(), CollectionTime::ORIGIN));
    case.check(load(case, 1).is_some(), "load after a touch returned Missing");
    case.check(load(case, 2).is_none(), "load of nothing returned a session");
    case.put(2, case.session(1));
}

fn to_the_microsecond(case: &Case<'_>) {
    let micro = Duration::from_micros(1);
    for number in [1, 2] {
        case.put(number, case.used_ago(Duration::ZERO));
    }
    if case.advance(IDLE_AND_GRACE.saturating_sub(micro)) {
        case.check(load(case, 1).is_some(), "load returned Missing");
        case.advance(micro);
        case.check(load(case, 2).is_none(), "load a microsecond later returned it");
        case.check(load(case, 1).is_some(), "the load did not mark it used");
    }
}

fn deadline_exact(case: &Case<'_>) {
    let micro = Duration::from_micros(1);
    let deadline = Some(case.now().saturating_add(HOUR));
    case.put(1, StoredSession { deadline, ..case.session(1) });
    if case.advance(HOUR.saturating_sub(micro)) {
        case.check(load(case, 1).is_some(), "load returned Missing");
        case.advance(micro);
        case.check(load(case, 1).is_none(), "load at the deadline returned it");
    }
}

fn no_seq(case: &Case<'_>) {
    case.put(1, case.session(1));
    let before = case.open().stamp.seq;
    case.check(load(case, 1).is_some(), "load returned Missing");
    case.same("the seq", &case.open().stamp.seq, &before);
}
