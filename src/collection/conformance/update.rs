//! Changes of data.

use super::case::{Case, HOUR, Rule, done, key, remove, update};
use crate::collection::outcome::{Change, Outcome};
use crate::collection::record::StoredSession;

pub(super) const RULES: &[Rule] = &[
    Rule::new("update writes data and token, and counts the version up", writes),
    Rule::new("update with the same token is a repetition, and writes nothing", repeated),
    Rule::new("update of another version returns the session as it is", other_version),
    Rule::new("update that is late overwrites no later one", late),
    Rule::new("update of another session returns the one that is there", other_nonce),
    Rule::new("update that returns the session does not mark it used", not_used),
    Rule::new("update counts the version from its last number to 0", wraps),
    Rule::new("update of what has ended or is not there writes nothing", nothing_there),
    Rule::new("update takes a seq, and the feed lists it", listed),
];

fn writes(case: &Case<'_>) {
    let session = case.used_ago(HOUR / 2);
    case.put(1, session.clone());
    for (version, data) in (0..).zip([&b"longer than before"[..], b"", &[0; 3]]) {
        let token = 1 << (60 + version);
        case.expect(1, update(1, version, token, data), &done(version + 1));
        let data = data.to_vec();
        let expected = StoredSession { version: version + 1, token, data, ..session.clone() };
        case.same("the session", &case.peek(1), &expected);
    }
}

fn repeated(case: &Case<'_>) {
    case.put(1, case.session(1));
    case.expect(1, update(1, 0, 77, b"once"), &done(1));
    let (before, seq) = (case.peek(1), case.open().stamp.seq);
    // The token says that it is the same, and the data does not matter then.
    for data in [&b"once"[..], b"twice"] {
        case.expect(1, update(1, 0, 77, data), &done(1));
    }
    case.same("the session", &case.peek(1), &before);
    case.same("the seq", &case.open().stamp.seq, &seq);
}

/// The change is refused with the session as it is.
fn conflicts(case: &Case<'_>, nonce: u32, version: u32, token: u64) {
    let (session, seq) = (case.peek(1), case.open().stamp.seq);
    let found = case.apply(1, update(nonce, version, token, b"conflict"));
    case.same("update", &found, &Outcome::Live(Box::new(session.clone())));
    case.same("the session", &case.peek(1), &session);
    case.same("the seq", &case.open().stamp.seq, &seq);
}

fn other_version(case: &Case<'_>) {
    case.put(1, StoredSession { version: 5, token: 50, ..case.session(1) });
    for version in [0, 3, 6, u32::MAX] {
        conflicts(case, 1, version, 50);
    }
    conflicts(case, 1, 4, 51);
}

fn late(case: &Case<'_>) {
    case.put(1, case.session(1));
    case.expect(1, update(1, 0, 10, b"first"), &done(1));
    case.expect(1, update(1, 1, 11, b"second"), &done(2));
    conflicts(case, 1, 0, 10);
    conflicts(case, 1, 1, 12);
    case.same("the data", &case.peek(1).data.as_slice(), &&b"second"[..]);
}

fn other_nonce(case: &Case<'_>) {
    case.put(1, case.session(1));
    conflicts(case, 2, 0, 10);
    case.expect(1, update(1, 0, 10, b"first"), &done(1));
    conflicts(case, 2, 0, 10);
    conflicts(case, 2, 1, 11);
}

fn not_used(case: &Case<'_>) {
    let session = case.used_ago(HOUR / 2);
    case.put(1, session.clone());
    case.apply(1, update(1, 9, 9, b"conflict"));
    case.same("when it was used", &case.peek(1).used, &session.used);
}

fn wraps(case: &Case<'_>) {
    case.put(1, StoredSession { version: u32::MAX, ..case.session(1) });
    for _ in 0..2 {
        case.expect(1, update(1, u32::MAX, 8, b"wrapped"), &done(0));
    }
    case.same("the data", &case.peek(1).data.as_slice(), &&b"wrapped"[..]);
}

fn nothing_there(case: &Case<'_>) {
    case.expect(1, update(1, 0, 8, b"nothing"), &Outcome::Missing);
    case.put(1, case.session(1));
    case.apply(1, remove("killed"));
    let (end, seq) = (case.ended(1), case.open().stamp.seq);
    case.expect(1, update(1, 0, 8, b"ended"), &Outcome::Ended(Box::new(end)));
    case.same("the seq", &case.open().stamp.seq, &seq);
}

fn listed(case: &Case<'_>) {
    case.put(1, case.session(1));
    let before = case.open().stamp;
    case.expect(1, update(1, 0, 8, b"listed"), &done(1));
    case.same("the seq", &case.open().stamp.seq, &(before.seq + 1));
    let changes = case.feed(before.cursor(), 9).changes;
    let expected = vec![(key(1), Change::Updated { version: 1 })];
    case.same("the feed", &changes, &expected);
}
