//! Each operation, on a session, on an end, and on nothing.

use tenure::TrackId;
use tenure::collection::{
    Change, Collection, CollectionTime, Op, Outcome, RecordKey, Request, SealedId, StoredEnd,
    Successor,
};

use crate::common::{
    HOUR, apply, done, insert, key, on_both, options, put, remove, session, stamp, touch, update,
};

const DONE: Outcome = Outcome::Done { version: 0 };

fn ended(outcome: Outcome) -> StoredEnd {
    let Outcome::Ended(end) = outcome else { panic!("{outcome:?}") };
    *end
}

/// The session as it is there.
fn live(collection: &dyn Collection, number: u32) -> tenure::collection::StoredSession {
    let outcome = done(collection, number, Op::Load);
    let Outcome::Live(session) = outcome else { panic!("{outcome:?}") };
    *session
}

#[test]
fn what_is_put_in_comes_out() {
    on_both(options(), |_, collection| {
        let put = put(collection, 1);
        let mut found = live(collection, 1);
        assert!(found.used > put.used, "a load marks it used");
        found.used = put.used;
        assert_eq!(found, put);

        let stamp = stamp(collection);
        let mut bare = tenure::collection::StoredSession::new(9, stamp.time, Vec::new());
        bare.track = Some(TrackId::from_bytes([3; 16]));
        bare.version = 70_000;
        bare.token = u64::MAX;
        assert_eq!(
            done(collection, 2, insert(stamp, bare.clone())),
            Outcome::Done { version: 70_000 }
        );
        bare.used = live(collection, 2).used;
        assert_eq!(live(collection, 2).track, bare.track);
        assert_eq!(live(collection, 2).token, u64::MAX);
    });
}

#[test]
fn a_session_is_put_in_once() {
    on_both(options(), |_, collection| {
        put(collection, 1);
        let stamp = stamp(collection);
        assert_eq!(done(collection, 1, insert(stamp, session(stamp))), DONE, "a repetition");
        let mut other = session(stamp);
        other.nonce = 6;
        assert_eq!(done(collection, 1, insert(stamp, other)), Outcome::Exists);
        done(collection, 1, remove(false));
        assert_eq!(ended(done(collection, 1, insert(stamp, session(stamp)))).reason, "logged_out");

        let mut late = insert(stamp, session(stamp));
        let Op::Insert { not_after, .. } = &mut late else { unreachable!() };
        *not_after = stamp.time;
        assert_eq!(done(collection, 2, late), Outcome::Stale);
        let mut foreign = insert(stamp, session(stamp));
        let Op::Insert { epoch, .. } = &mut foreign else { unreachable!() };
        *epoch = tenure::collection::Epoch::from_number(1);
        assert_eq!(done(collection, 2, foreign), Outcome::Stale);
        assert_eq!(done(collection, 2, Op::Load), Outcome::Missing);
    });
}

#[test]
fn a_touch_moves_times_forward_only() {
    on_both(options(), |_, collection| {
        let put = put(collection, 1);
        assert_eq!(done(collection, 1, touch(CollectionTime::ORIGIN)), DONE);
        let far = CollectionTime::from_micros(u64::MAX);
        let busy = put.created.saturating_add(HOUR);
        assert_eq!(done(collection, 1, Op::Touch { used: far, busy_until: busy }), DONE);
        assert_eq!(done(collection, 1, touch(put.used)), DONE);
        let after = stamp(collection);
        let refused = done(collection, 1, update(7, 1, b"x"));
        let Outcome::Live(found) = refused else { panic!("{refused:?}") };
        assert!(found.used > put.used && found.used <= after.time, "at most the server's time");
        assert_eq!(found.busy_until, busy);

        assert_eq!(done(collection, 2, touch(put.used)), Outcome::Missing);
        done(collection, 1, remove(false));
        assert_eq!(ended(done(collection, 1, touch(put.used))).reason, "logged_out");
    });
}

#[test]
fn an_end_stays_as_it_is() {
    on_both(options(), |_, collection| {
        put(collection, 1);
        let id = Some(SealedId::from_bytes([b'\r'; 16]));
        let killed = Op::Remove { reason: "killed".into(), id, fence: false };
        assert_eq!(done(collection, 1, killed), DONE);
        let end = ended(done(collection, 1, remove(true)));
        assert_eq!((end.reason.as_str(), end.id, end.seq), ("killed", id, 1));
        assert_eq!(ended(done(collection, 1, Op::Load)), end);

        assert_eq!(done(collection, 2, remove(false)), Outcome::Missing);
        assert_eq!(done(collection, 2, remove(true)), DONE);
        assert_eq!(ended(done(collection, 2, Op::Load)).seq, 2);
    });
}

#[test]
fn what_is_overdue_is_not_given_out() {
    on_both(options(), |_, collection| {
        let stamp = stamp(collection);
        let mut idle = session(stamp);
        idle.used = stamp.time.saturating_sub(HOUR * 2);
        done(collection, 1, insert(stamp, idle.clone()));
        let mut old = session(stamp);
        old.deadline = Some(stamp.time);
        done(collection, 2, insert(stamp, old));
        assert_eq!(done(collection, 1, Op::Load), Outcome::Missing);
        assert_eq!(done(collection, 2, Op::Load), Outcome::Missing);
        assert_eq!(done(collection, 1, touch(stamp.time)), DONE, "a touch comes in time");
        assert_eq!(live(collection, 1).nonce, 5);
        assert_eq!(done(collection, 3, Op::Load), Outcome::Missing);
    });
}

#[test]
fn data_is_changed_by_compare_and_set() {
    on_both(options(), |_, collection| {
        put(collection, 1);
        assert_eq!(done(collection, 1, update(0, 41, b"one")), Outcome::Done { version: 1 });
        assert_eq!(done(collection, 1, update(0, 41, b"one")), Outcome::Done { version: 1 });
        let conflict = done(collection, 1, update(0, 42, b"two"));
        let Outcome::Live(found) = conflict else { panic!("{conflict:?}") };
        assert_eq!((found.version, found.token, &found.data[..]), (1, 41, &b"one"[..]));
        assert_eq!(found.principal.as_deref(), Some("alice"));
        assert_eq!(done(collection, 1, update(1, 43, b"")), Outcome::Done { version: 2 });
        assert_eq!(live(collection, 1).data, b"");
        assert_eq!(
            done(collection, 1, touch(CollectionTime::ORIGIN)),
            Outcome::Done { version: 2 }
        );

        assert_eq!(done(collection, 2, update(0, 1, b"x")), Outcome::Missing);
        done(collection, 1, remove(false));
        assert_eq!(ended(done(collection, 1, update(2, 1, b"x"))).reason, "logged_out");
    });
}

fn rotate(to: RecordKey) -> Op {
    let to = Successor { key: to, id: SealedId::from_bytes([8; 16]) };
    Op::Rotate { to, track: TrackId::from_bytes([9; 16]), id: Some(SealedId::from_bytes([1; 16])) }
}

#[test]
fn a_session_moves_to_another_key() {
    on_both(options(), |_, collection| {
        let put_in = put(collection, 1);
        put(collection, 3);
        done(collection, 1, update(0, 41, b"one"));
        assert_eq!(done(collection, 1, rotate(key(3))), Outcome::Exists);
        assert_eq!(done(collection, 1, rotate(key(2))), Outcome::Done { version: 1 });
        assert_eq!(done(collection, 1, rotate(key(2))), Outcome::Done { version: 1 }, "again");
        let end = ended(done(collection, 1, rotate(key(4))));
        assert_eq!(end.reason, "replaced");
        assert_eq!(end.successor.map(|to| to.key), Some(key(2)));
        assert_eq!(end.id, Some(SealedId::from_bytes([1; 16])));
        let found = live(collection, 2);
        assert_eq!(found.track, Some(TrackId::from_bytes([9; 16])));
        assert_eq!((found.principal, &found.data[..]), (put_in.principal, &b"one"[..]));
        assert_eq!(done(collection, 5, rotate(key(6))), Outcome::Missing);
        assert_eq!(done(collection, 5, rotate(key(3))), Outcome::Exists);
    });
}

#[test]
fn a_batch_is_done_in_order_whatever_its_size() {
    on_both(options(), |server, collection| {
        let stamp = stamp(collection);
        let mut requests = Vec::new();
        for number in 0..650 {
            requests.push(Request { key: key(number), op: insert(stamp, session(stamp)) });
        }
        for number in 0..650 {
            requests.push(Request { key: key(number), op: touch(stamp.time) });
        }
        requests.push(Request { key: key(649), op: rotate(key(1_000)) });
        requests.push(Request { key: key(1_000), op: remove(false) });
        requests.push(Request { key: key(1_000), op: Op::Load });
        server.tell("SCRIPT FLUSH");
        let answer = collection.apply(&requests).unwrap();
        assert!(answer.stamp.time >= stamp.time);
        let last = ended(answer.outcomes[1_302].clone().unwrap());
        assert_eq!((last.reason.as_str(), last.seq), ("logged_out", 2));
        assert!(answer.outcomes[..1_302].iter().all(|outcome| *outcome == Ok(DONE)));
        assert_eq!(collection.apply(&[]).unwrap().outcomes, []);
    });
}

#[test]
fn a_record_that_cannot_be_read_is_kept_and_reported() {
    on_both(options(), |server, collection| {
        put(collection, 1);
        // The name of a record has bytes that this command cannot have, so by a script.
        let wrong = "EVAL \"for _, k in ipairs(redis.call('KEYS', '{tenure}:s:*')) do \
                     redis.call('SET', k, 'Zebra') end return 1\" 0";
        assert_eq!(server.tell(wrong).trim(), ":1");
        put(collection, 2);
        for op in [Op::Load, remove(true), touch(CollectionTime::ORIGIN)] {
            let error = apply(collection, 1, op).unwrap_err();
            assert!(error.to_string().starts_with("record cannot be read"), "{error}");
        }
        live(collection, 2);
        let mut long = session(stamp(collection));
        long.principal = Some("x".repeat(70_000));
        let refused = apply(collection, 3, insert(stamp(collection), long)).unwrap_err();
        assert!(!refused.may_be_applied() && refused.to_string().contains("70000"), "{refused}");
    });
}

#[test]
fn ends_and_changes_are_in_the_feed() {
    on_both(options(), |_, collection| {
        let start = stamp(collection).cursor();
        for number in 1..=3 {
            put(collection, number);
        }
        done(collection, 1, update(0, 1, b"x"));
        done(collection, 2, remove(false));
        done(collection, 1, update(1, 2, b"y"));
        let feed = collection.feed(start, 10).unwrap();
        assert_eq!((feed.upto, feed.more, feed.gap), (3, false, false));
        let [(first, Change::Ended(end)), last] = &feed.changes[..] else { panic!("{feed:?}") };
        assert_eq!((*first, end.seq), (key(2), 2));
        assert_eq!(*last, (key(1), Change::Updated { version: 2 }));
        let part = collection.feed(start, 1).unwrap();
        assert_eq!((part.changes.len(), part.upto, part.more), (1, 2, true));
        let rest = collection.feed(tenure::collection::Cursor { seq: 2, ..start }, 1).unwrap();
        assert_eq!((rest.changes.len(), rest.upto, rest.more), (1, 3, false));
        let ahead = collection.feed(tenure::collection::Cursor { seq: 4, ..start }, 1).unwrap();
        assert!(ahead.gap && ahead.upto == 3);
        assert!(collection.feed(start, 0).unwrap().more);
    });
}
