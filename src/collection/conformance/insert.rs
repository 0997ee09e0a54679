//! Insertion where it is in time.

use std::time::Duration;

use super::case::{Case, HOUR, Rule, done, key, remove, sealed};
use crate::collection::op::{Op, Request};
use crate::collection::outcome::Outcome;
use crate::collection::record::StoredSession;
use crate::collection::stamp::CollectionTime;
use crate::id::TrackId;

pub(super) const RULES: &[Rule] = &[
    Rule::new("insert keeps every field as it is given", fields),
    Rule::new("insert keeps fields at the ends of their ranges", extremes),
    Rule::new("insert of what was used in the future counts as used now", future),
    Rule::new("insert with the same nonce is a repetition, and writes nothing", repeated),
    Rule::new("insert of another session under the key returns Exists", exists),
    Rule::new("insert where there is an end returns Ended, and the end stays", ended),
    Rule::new("insert takes no seq", no_seq),
];

fn fields(case: &Case<'_>) {
    let now = case.now();
    let session = StoredSession {
        nonce: 7,
        principal: Some("alice".into()),
        originator: Some("web".into()),
        host: Some("host-1".into()),
        privileged: true,
        track: Some(TrackId::from_bytes([3; 16])),
        created: now.saturating_sub(HOUR),
        used: now.saturating_sub(HOUR / 2),
        busy_until: now.saturating_add(HOUR),
        idle: Some(HOUR),
        deadline: Some(now.saturating_add(HOUR * 2)),
        version: 4,
        token: 5,
        data: (0..=255).collect(),
    };
    case.expect(1, case.insert(session.clone()), &done(4));
    case.same("the session that was inserted", &case.peek(1), &session);
    let bare = StoredSession::new(0, now.saturating_sub(HOUR), Vec::new());
    case.put(2, bare.clone());
    case.same("a session without names and timeouts", &case.peek(2), &bare);
}

fn extremes(case: &Case<'_>) {
    let last = CollectionTime::from_micros(u64::MAX);
    let session = StoredSession {
        idle: Some(Duration::from_micros(u64::MAX)),
        deadline: Some(last),
        busy_until: last,
        version: u32::MAX,
        token: u64::MAX,
        ..case.session(u32::MAX - 1)
    };
    case.put(1, session.clone());
    case.same("the session that was inserted", &case.peek(1), &session);
    let loaded = case.apply(1, Op::Load);
    case.check(matches!(loaded, Outcome::Live(_)), "load does not return it");
    case.same("expire", &case.ok("expire", case.collection.expire(9)).ended, &0);
    let origin = CollectionTime::ORIGIN;
    case.put(2, StoredSession::new(0, origin, Vec::new()));
    case.same("when the other was used", &case.peek(2).used, &origin);
}

fn future(case: &Case<'_>) {
    let mut session = case.session(1);
    session.used = session.used.saturating_add(HOUR);
    case.put(1, session);
    case.check(case.peek(1).used <= case.now(), "it was used later than now");
}

fn repeated(case: &Case<'_>) {
    let session = StoredSession { version: 3, ..case.session(1) };
    case.put(1, session.clone());
    let other = StoredSession { data: vec![8; 9], version: 9, token: 9, ..session.clone() };
    case.expect(1, case.insert(other), &done(3));
    case.same("the session after the repetition", &case.peek(1), &session);
}

fn exists(case: &Case<'_>) {
    let session = case.session(1);
    case.put(1, session.clone());
    let other = StoredSession { nonce: 2, data: vec![8; 9], ..session.clone() };
    case.expect(1, case.insert(other), &Outcome::Exists);
    case.same("the session that was there", &case.peek(1), &session);
}

fn ended(case: &Case<'_>) {
    case.put(1, case.session(1));
    let insert = case.insert(case.session(1));
    let id = Some(sealed(4));
    case.expect(1, Op::Remove { reason: "logged_out".into(), id, fence: false }, &done(0));
    case.expect(2, Op::Remove { reason: "killed".into(), id, fence: true }, &done(0));
    for (number, reason) in [(1, "logged_out"), (2, "killed")] {
        let end = case.ended(number);
        case.same("the reason", &end.reason.as_str(), &reason);
        case.expect(number, insert.clone(), &Outcome::Ended(Box::new(end.clone())));
        case.same("the end after an insertion", &case.ended(number), &end);
    }
}

fn no_seq(case: &Case<'_>) {
    let before = case.open().stamp.seq;
    let insert = case.insert(case.session(1));
    let requests = (1..9).map(|number| Request { key: key(number), op: insert.clone() });
    case.all(&requests.collect::<Vec<_>>());
    case.same("the seq", &case.open().stamp.seq, &before);
    case.apply(1, remove("killed"));
    case.same("the seq after an end", &case.open().stamp.seq, &(before + 1));
}
