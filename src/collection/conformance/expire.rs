//! Sessions that end by themselves.

use std::time::Duration;

use super::case::{Case, HOUR, MINUTE, Rule, SECOND, done, key, remove, rotate, touch};
use crate::collection::op::Op;
use crate::collection::outcome::{Change, Expired, Outcome};
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::stamp::CollectionTime;

pub(super) const RULES: &[Rule] = &[
    Rule::new("expire ends what is idle for its timeout, the grace and the hold", idle),
    Rule::new("expire leaves what is within the hold, in use, or without a timeout", leaves),
    Rule::new("expire ends what is past its deadline, in use or not, without grace", deadline),
    Rule::new("expire ends at most so many, and says whether there is more", steps),
    Rule::new("expire leaves what was touched after it was overdue", touched),
    Rule::new("expire gives ends seqs, and the feed lists them", listed),
    Rule::new("expire ends a session that was rotated or in use before", later),
    Rule::new("expire ends a session in the very microsecond that it is due", exact),
];

/// The grace and the hold of these tests are an hour each.
const KEPT: Duration = MINUTE.saturating_add(HOUR.saturating_mul(2));

fn expire(case: &Case<'_>, at_most: usize) -> Expired {
    case.ok("expire", case.collection.expire(at_most))
}

fn ends(case: &Case<'_>, number: u32, reason: &str) {
    let before = case.open().stamp;
    let expired = expire(case, 9);
    case.same("how many ended", &expired.ended, &1);
    case.check(!expired.more, "expire says that there is more");
    let (end, after) = (case.ended(number), case.open().stamp);
    case.check((before.time..=after.time).contains(&end.at), "the end has another time");
    case.same("the end", &end, &StoredEnd::new(reason, end.at, before.seq + 1));
    case.same("the seq", &after.seq, &end.seq);
    case.same("how many end after that", &expire(case, 9).ended, &0);
}

fn idle(case: &Case<'_>) {
    case.put(1, case.used_ago(KEPT + SECOND));
    case.put(2, case.used_ago(Duration::ZERO));
    ends(case, 1, "idle_timeout");
    case.check(case.is_live(2), "expire ended a session that was used now");
}

fn leaves(case: &Case<'_>) {
    let busy_until = case.now().saturating_add(HOUR);
    case.put(1, case.used_ago(KEPT.saturating_sub(MINUTE)));
    case.put(2, StoredSession { busy_until, ..case.used_ago(KEPT + HOUR) });
    case.put(3, StoredSession { idle: None, ..case.used_ago(HOUR * 23) });
    let expired = expire(case, 9);
    case.same("how many ended", &expired.ended, &0);
    case.check(!expired.more, "expire says that there is more");
    for number in 1..=3 {
        case.check(case.is_live(number), "a session ended");
    }
}

fn deadline(case: &Case<'_>) {
    let now = case.now();
    let busy_until = now.saturating_add(HOUR);
    let soon = Some(now.saturating_add(MINUTE));
    case.put(1, StoredSession { busy_until, deadline: soon, ..case.session(1) });
    case.same("how many ended before the deadline", &expire(case, 9).ended, &0);
    let past = Some(now.saturating_sub(SECOND));
    case.put(2, StoredSession { busy_until, deadline: past, ..case.session(1) });
    ends(case, 2, "absolute_timeout");
    // Overdue in every way.
    case.put(3, StoredSession { deadline: past, ..case.used_ago(KEPT + HOUR) });
    ends(case, 3, "absolute_timeout");
}

fn steps(case: &Case<'_>) {
    for number in 1..=5 {
        case.put(number, case.used_ago(KEPT + SECOND * number));
    }
    case.put(6, case.session(1));
    case.same("how many ended of none", &expire(case, 0).ended, &0);
    let mut ended = Vec::new();
    for _ in 0..9 {
        let expired = expire(case, 2);
        ended.push(expired.ended);
        if !expired.more {
            break;
        }
    }
    case.same("how many ended in all", &ended.iter().sum::<u64>(), &5);
    case.check(ended.iter().all(|ended| *ended <= 2), "expire ended more than it may");
    case.check(ended.len() == 3, "expire said that there was more, or did not");
    case.check(case.is_live(6), "expire ended a session that was used now");
}

fn touched(case: &Case<'_>) {
    case.put(1, case.used_ago(KEPT + HOUR));
    case.expect(1, touch(case.now(), CollectionTime::ORIGIN), &done(0));
    case.same("how many ended", &expire(case, 9).ended, &0);
    case.check(case.is_live(1), "the session ended");
}

fn listed(case: &Case<'_>) {
    let before = case.open().stamp;
    case.put(1, case.used_ago(KEPT + HOUR));
    case.put(2, case.used_ago(KEPT + HOUR));
    case.same("how many ended", &expire(case, 9).ended, &2);
    let feed = case.feed(before.cursor(), 9);
    let mut expected: Vec<_> = [1, 2].map(|number| (case.ended(number), key(number))).into();
    expected.sort_by_key(|(end, _)| end.seq);
    let expected = expected.into_iter().map(|(end, key)| (key, Change::Ended(Box::new(end))));
    case.same("the feed", &feed.changes, &expected.collect());
}

fn later(case: &Case<'_>) {
    let busy_until = case.now().saturating_add(HOUR * 9);
    case.put(1, StoredSession { busy_until, ..case.used_ago(Duration::ZERO) });
    case.put(2, case.used_ago(Duration::ZERO));
    case.expect(2, rotate(3), &done(0));
    if case.advance(KEPT) {
        ends(case, 3, "idle_timeout");
        case.advance(HOUR * 7);
        ends(case, 1, "idle_timeout");
    }
}

fn exact(case: &Case<'_>) {
    let micro = Duration::from_micros(1);
    let (now, session) = (case.now(), case.used_ago(Duration::ZERO));
    case.put(1, session.clone());
    let deadline = Some(now.saturating_add(KEPT.saturating_add(SECOND)));
    case.put(2, StoredSession { idle: None, deadline, ..session.clone() });
    // The touch moves it on.
    case.put(3, session);
    if !case.advance(SECOND * 3) {
        return;
    }
    case.expect(3, touch(case.now(), CollectionTime::ORIGIN), &done(0));
    case.advance(KEPT.saturating_sub(SECOND * 3).saturating_sub(micro));
    case.same("how many ended a microsecond before", &expire(case, 9).ended, &0);
    case.advance(micro);
    ends(case, 1, "idle_timeout");
    case.advance(SECOND.saturating_sub(micro));
    case.same("how many ended before the deadline", &expire(case, 9).ended, &0);
    case.advance(micro);
    ends(case, 2, "absolute_timeout");
    case.advance(SECOND);
    case.same("how many ended after the touch", &expire(case, 9).ended, &0);
    case.advance(SECOND);
    ends(case, 3, "idle_timeout");
    case.check(matches!(case.apply(3, remove("killed")), Outcome::Ended(_)), "the end is gone");
    case.expect(9, Op::Load, &Outcome::Missing);
}
