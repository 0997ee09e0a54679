//! Limits, and what they do not count.

use super::case::{Case, HOUR, MINUTE, Rule, done, policy, remove, rotate};
use crate::collection::op::Op;
use crate::collection::outcome::Outcome;
use crate::collection::policy::Policy;
use crate::collection::record::StoredSession;
use crate::end::LimitKind;
use crate::limits::Limit;

pub(super) const RULES: &[Rule] = &[
    Rule::new("a full limit of a principal refuses its sessions, and no others", principal)
        .with(two_each),
    Rule::new("a full global limit refuses any session", global).with(three_in_all),
    Rule::new("an insertion that writes nothing needs no room", no_room_needed).with(three_in_all),
    Rule::new("an end frees its place, under each limit", freed).with(two_each_of_three),
    Rule::new("expire frees the places of what ends", expired).with(two_each_of_three),
    Rule::new("a rotated session has one place", rotated).with(two_each_of_three),
    Rule::new("where an insertion is refused, nobody ends", nobody_ends).with(one_each_of_three),
];

fn two_each() -> Policy {
    policy().per_principal(Limit::reject(2))
}

fn three_in_all() -> Policy {
    policy().global(Limit::reject(3))
}

fn two_each_of_three() -> Policy {
    three_in_all().per_principal(Limit::reject(2))
}

fn one_each_of_three() -> Policy {
    policy().global(Limit::evict_oldest(3)).per_principal(Limit::reject(1))
}

/// A session of this principal.
pub(super) fn of(case: &Case<'_>, principal: &str) -> StoredSession {
    StoredSession { principal: Some(principal.to_owned()), ..case.session(1) }
}

pub(super) fn full(limit: LimitKind, live: usize, all_busy: bool) -> Outcome {
    Outcome::Full { limit, live, max: live, all_busy }
}

fn principal(case: &Case<'_>) {
    case.put(1, of(case, "alice"));
    case.put(2, of(case, "alice"));
    let expected = full(LimitKind::Principal, 2, false);
    case.expect(3, case.insert(of(case, "alice")), &expected);
    case.expect(3, Op::Load, &Outcome::Missing);
    for (number, other) in (10..).zip(["bob", "", "Alice", "alice ", "alic\u{e9}"]) {
        case.put(number, of(case, other));
        case.put(number + 10, of(case, other));
        case.expect(number + 20, case.insert(of(case, other)), &expected);
    }
    for number in 40..45 {
        case.put(number, case.session(1));
    }
}

fn global(case: &Case<'_>) {
    case.put(1, of(case, "alice"));
    case.put(2, of(case, "bob"));
    case.put(3, case.session(1));
    for session in [of(case, "carol"), case.session(1)] {
        case.expect(4, case.insert(session), &full(LimitKind::Global, 3, false));
        case.expect(4, Op::Load, &Outcome::Missing);
    }
}

fn no_room_needed(case: &Case<'_>) {
    let session = case.session(1);
    for number in 1..=3 {
        case.put(number, session.clone());
    }
    case.put(1, session.clone());
    let other = StoredSession { nonce: 2, ..session };
    case.expect(2, case.insert(other.clone()), &Outcome::Exists);
    let Op::Insert { session, epoch, .. } = case.insert(other) else { return };
    let not_after = case.now().saturating_sub(HOUR);
    case.expect(4, Op::Insert { session, not_after, epoch }, &Outcome::Stale);
}

fn freed(case: &Case<'_>) {
    case.put(1, of(case, "alice"));
    case.put(2, of(case, "alice"));
    case.put(3, of(case, "bob"));
    for number in 1..=3 {
        case.expect(number, remove("logged_out"), &done(0));
        // Once only.
        case.apply(number, remove("logged_out"));
    }
    // An end without a session takes no place, and gives none.
    case.apply(9, Op::Remove { reason: "killed".into(), id: None, fence: true });
    case.put(11, of(case, "alice"));
    case.put(12, of(case, "alice"));
    case.expect(13, case.insert(of(case, "alice")), &full(LimitKind::Principal, 2, false));
    case.put(13, of(case, "bob"));
    case.expect(14, case.insert(of(case, "bob")), &full(LimitKind::Global, 3, false));
}

fn expired(case: &Case<'_>) {
    let past = StoredSession { principal: Some("alice".into()), ..case.used_ago(HOUR * 9) };
    case.put(1, past.clone());
    case.put(2, past);
    case.put(3, of(case, "bob"));
    let ended = case.ok("expire", case.collection.expire(9)).ended;
    case.same("how many ended", &ended, &2);
    case.put(4, of(case, "alice"));
    case.put(5, of(case, "alice"));
    case.expect(6, case.insert(of(case, "alice")), &full(LimitKind::Principal, 2, false));
}

fn rotated(case: &Case<'_>) {
    case.put(1, of(case, "alice"));
    case.expect(1, rotate(2), &done(0));
    case.put(3, of(case, "alice"));
    case.expect(3, rotate(4), &done(0));
    case.expect(5, case.insert(of(case, "alice")), &full(LimitKind::Principal, 2, false));
    case.expect(2, remove("logged_out"), &done(0));
    case.put(6, of(case, "alice"));
    case.put(7, of(case, "bob"));
    case.expect(8, case.insert(case.session(1)), &full(LimitKind::Global, 3, false));
}

fn nobody_ends(case: &Case<'_>) {
    for (number, principal) in (1..).zip(["alice", "bob", "carol"]) {
        let used = case.now().saturating_sub(MINUTE * number);
        case.put(number, StoredSession { used, ..of(case, principal) });
    }
    let seq = case.open().stamp.seq;
    case.expect(4, case.insert(of(case, "alice")), &full(LimitKind::Principal, 1, false));
    case.same("the seq", &case.open().stamp.seq, &seq);
    for number in 1..=3 {
        case.check(case.is_live(number), "a session ended");
    }
}
