//! Rotations.

use super::case::{Case, HOUR, Rule, done, key, remove, rotate, sealed, update};
use crate::collection::op::Op;
use crate::collection::outcome::{Change, Outcome};
use crate::collection::record::{StoredEnd, StoredSession, Successor};
use crate::id::TrackId;

pub(super) const RULES: &[Rule] = &[
    Rule::new("rotate moves the session, with its name for logs", moves),
    Rule::new("rotate leaves an end with the successor under the old key", leaves_end),
    Rule::new("rotate may be repeated", repeated),
    Rule::new("rotate to another key after a rotation returns Ended", another),
    Rule::new("rotate to a key that is taken returns Exists, and moves nothing", taken),
    Rule::new("rotate of nothing returns Missing, and writes nothing", missing),
    Rule::new("rotate of an ended session returns Ended", ended),
    Rule::new("a rotated session is changed, rotated and ended as any other", goes_on),
];

/// The name for logs that [`rotate`] gives.
const TRACK: TrackId = TrackId::from_bytes([0x77; 16]);

fn moves(case: &Case<'_>) {
    let session = StoredSession {
        version: 4,
        token: 5,
        principal: Some("alice".into()),
        ..case.used_ago(HOUR / 2)
    };
    case.put(1, session.clone());
    case.expect(1, rotate(2), &done(4));
    let expected = StoredSession { track: Some(TRACK), ..session };
    case.same("the session under the new key", &case.peek(2), &expected);
}

fn leaves_end(case: &Case<'_>) {
    case.put(1, case.session(1));
    let before = case.open().stamp;
    case.expect(1, rotate(2), &done(0));
    let (end, after) = (case.ended(1), case.open().stamp);
    let seq = before.seq + 1;
    case.same("the seq", &after.seq, &seq);
    case.check((before.time..=after.time).contains(&end.at), "the end has another time");
    let successor = Some(Successor { key: key(2), id: sealed(2) });
    let plain = StoredEnd::new("replaced", end.at, seq);
    case.same("the end", &end, &StoredEnd { id: Some(sealed(0x99)), successor, ..plain });
    let expected = vec![(key(1), Change::Ended(Box::new(end)))];
    case.same("the feed", &case.feed(before.cursor(), 9).changes, &expected);
}

fn repeated(case: &Case<'_>) {
    case.put(1, StoredSession { version: 4, ..case.session(1) });
    case.expect(1, rotate(2), &done(4));
    let (end, session) = (case.ended(1), case.peek(2));
    case.expect(1, rotate(2), &done(4));
    case.expect(2, update(1, 4, 9, b"changed"), &done(5));
    case.expect(1, rotate(2), &done(5));
    case.same("the end", &case.ended(1), &end);
    let data = b"changed".to_vec();
    let expected = StoredSession { version: 5, token: 9, data, ..session };
    case.same("the session", &case.peek(2), &expected);
    case.expect(2, remove("logged_out"), &done(0));
    case.expect(1, rotate(2), &done(0));
    case.same("the reason", &case.ended(2).reason.as_str(), &"logged_out");
}

fn another(case: &Case<'_>) {
    case.put(1, case.session(1));
    case.expect(1, rotate(2), &done(0));
    let end = case.ended(1);
    case.expect(1, rotate(3), &Outcome::Ended(Box::new(end.clone())));
    case.expect(3, Op::Load, &Outcome::Missing);
    let other = Successor { key: key(2), id: sealed(0xee) };
    let op = Op::Rotate { to: other, track: TRACK, id: None };
    case.expect(1, op, &Outcome::Ended(Box::new(end)));
}

fn taken(case: &Case<'_>) {
    let session = case.session(1);
    case.put(1, session.clone());
    case.put(2, StoredSession { nonce: 2, ..session.clone() });
    case.put(3, session.clone());
    case.apply(3, remove("killed"));
    let (end, seq) = (case.ended(3), case.open().stamp.seq);
    for to in [1, 2, 3] {
        case.expect(1, rotate(to), &Outcome::Exists);
    }
    case.same("the session that was not moved", &case.peek(1), &session);
    case.same("the session under the new key", &case.peek(2).nonce, &2);
    case.same("the end under the new key", &case.ended(3), &end);
    case.expect(9, rotate(2), &Outcome::Exists);
    case.same("the seq", &case.open().stamp.seq, &seq);
}

fn missing(case: &Case<'_>) {
    let seq = case.open().stamp.seq;
    case.expect(1, rotate(2), &Outcome::Missing);
    case.expect(1, Op::Load, &Outcome::Missing);
    case.expect(2, Op::Load, &Outcome::Missing);
    case.same("the seq", &case.open().stamp.seq, &seq);
}

fn ended(case: &Case<'_>) {
    case.put(1, case.session(1));
    case.apply(1, remove("killed"));
    let end = case.ended(1);
    case.expect(1, rotate(2), &Outcome::Ended(Box::new(end)));
    case.expect(2, Op::Load, &Outcome::Missing);
}

fn goes_on(case: &Case<'_>) {
    let before = case.open().stamp;
    case.put(1, case.session(1));
    case.expect(1, update(1, 0, 8, b"before"), &done(1));
    case.expect(1, rotate(2), &done(1));
    // Nodes that read of the end load the session anew: its change is not listed under a new key.
    let changes = case.feed(before.cursor(), 9).changes;
    let expected = vec![(key(1), Change::Ended(Box::new(case.ended(1))))];
    case.same("the feed after the rotation", &changes, &expected);
    case.expect(2, update(1, 1, 9, b"after"), &done(2));
    case.expect(2, rotate(3), &done(2));
    case.same("the data", &case.peek(3).data.as_slice(), &&b"after"[..]);
    case.expect(3, remove("logged_out"), &done(0));
    let changes = case.feed(before.cursor(), 9).changes;
    let listed: Vec<_> = changes.iter().map(|(key, _)| *key).collect();
    case.same("the feed", &listed, &vec![key(1), key(2), key(3)]);
}
