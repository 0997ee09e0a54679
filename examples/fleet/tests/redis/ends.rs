//! What ends by itself, what is forgotten, and what Redis itself forgets.

use std::time::Duration;

use tenure::collection::{
    Change, Collection, CollectionTime, Cursor, Op, Outcome, RedisOptions, Request, StoredSession,
};

use crate::common::{
    HOUR, done, in_time, insert, key, on_both, options, policy, put, remove, session, stamp, touch,
    update,
};

/// Puts one in that was last used this long ago, and has an idle timeout of an hour.
fn idle(collection: &dyn Collection, number: u32, ago: Duration) -> StoredSession {
    let stamp = stamp(collection);
    let mut session = session(stamp);
    session.used = stamp.time.saturating_sub(ago);
    session.deadline = None;
    done(collection, number, insert(stamp, session.clone()));
    session
}

fn reason(collection: &dyn Collection, number: u32) -> String {
    match done(collection, number, Op::Update { nonce: 0, version: 0, token: 0, data: vec![] }) {
        Outcome::Ended(end) => end.reason,
        Outcome::Live(_) => "live".into(),
        other => format!("{other:?}"),
    }
}

#[test]
fn sessions_end_at_their_timeouts() {
    let mut policy = policy();
    (policy.grace, policy.hold) = (HOUR, HOUR);
    on_both(RedisOptions::new(policy), |_, collection| {
        let start = stamp(collection).cursor();
        idle(collection, 1, 3 * HOUR + Duration::from_secs(1));
        idle(collection, 2, 2 * HOUR + Duration::from_secs(3_540));
        // Used since: the pruner puts its bound back.
        idle(collection, 3, 4 * HOUR);
        done(collection, 3, touch(stamp(collection).time));
        // In use.
        idle(collection, 4, 4 * HOUR);
        let busy_until = stamp(collection).time.saturating_add(HOUR);
        done(collection, 4, Op::Touch { used: CollectionTime::ORIGIN, busy_until });
        // In use, and past its deadline.
        let now = stamp(collection);
        let mut old = session(now);
        (old.deadline, old.busy_until) = (Some(now.time), busy_until);
        done(collection, 5, insert(now, old));

        let expired = collection.expire(10).unwrap();
        assert_eq!((expired.ended, expired.forgotten, expired.more), (2, 0, false));
        let reasons = [1, 2, 3, 4, 5].map(|number| reason(collection, number));
        assert_eq!(reasons, ["idle_timeout", "live", "live", "live", "absolute_timeout"]);
        let feed = collection.feed(start, 10).unwrap();
        assert_eq!(feed.changes.len(), 2, "{feed:?}");
        assert_eq!(collection.expire(10).unwrap().ended, 0);
    });
}

#[test]
fn what_is_due_is_dealt_with_in_parts() {
    on_both(options(), |_, collection| {
        let now = stamp(collection);
        let mut old = session(now);
        old.used = now.time.saturating_sub(2 * HOUR);
        let many =
            (0..1_205).map(|number| Request { key: key(number), op: insert(now, old.clone()) });
        collection.apply(&many.collect::<Vec<_>>()).unwrap();
        let expired = collection.expire(1_200).unwrap();
        assert_eq!((expired.ended, expired.more), (1_200, true));
        let expired = collection.expire(0).unwrap();
        assert_eq!((expired.ended, expired.more), (0, true));
        let expired = collection.expire(3).unwrap();
        assert_eq!((expired.ended, expired.more), (3, true));
        let expired = collection.expire(2).unwrap();
        assert_eq!((expired.ended, expired.more), (2, false));
    });
}

#[test]
fn old_ends_and_changes_are_forgotten_and_the_floor_rises() {
    let mut policy = policy();
    policy.keep_ends = Duration::ZERO;
    on_both(RedisOptions::new(policy), |server, collection| {
        let start = stamp(collection).cursor();
        for number in 1..=3 {
            put(collection, number);
        }
        done(collection, 1, remove(false));
        done(collection, 2, update(0, 1, b"x"));
        done(collection, 3, remove(false));
        let expired = collection.expire(2).unwrap();
        assert_eq!((expired.ended, expired.forgotten, expired.more), (0, 2, true));
        assert!(collection.feed(start, 10).unwrap().gap);
        let feed = collection.feed(Cursor { seq: 2, ..start }, 10).unwrap();
        assert!(!feed.gap && feed.changes.len() == 1, "{feed:?}");
        assert_eq!(collection.expire(10).unwrap().forgotten, 1);
        assert_eq!(reason(collection, 1), "Missing");
        assert_eq!(reason(collection, 2), "live");
        let opened = collection.open(crate::common::fingerprint()).unwrap();
        assert_eq!((opened.stamp.epoch, opened.floor, opened.stamp.seq), (start.epoch, 3, 3));
        // The record, the meta data; when it is due, was used, and whose it is.
        assert_eq!(server.tell("DBSIZE").trim(), ":5");
        done(collection, 2, remove(false));
        collection.expire(10).unwrap();
        assert_eq!(server.tell("DBSIZE").trim(), ":1", "nothing is left behind");
    });
}

#[test]
fn redis_forgets_long_after_the_pruner() {
    on_both(options(), |server, collection| {
        put(collection, 1);
        // All records of the server, and for how many seconds they stay.
        let ttls = "EVAL \"return redis.call('TTL', redis.call('KEYS', '{tenure}:s:*')[1])\" 0";
        let ttl = |server: &fleet::RedisServer| -> i64 {
            server.tell(ttls).trim().trim_start_matches(':').parse().unwrap()
        };
        // The times of a live session move for a while before its record is written again.
        let (day, hour, span) = (86_400, 3_600, 10_000);
        let live = day + hour + span;
        assert!((live - 60..=live + 1).contains(&ttl(server)), "{}", ttl(server));
        done(collection, 1, remove(false));
        assert!((day + hour - 60..=day + hour + 1).contains(&ttl(server)), "{}", ttl(server));
        server.tell("FLUSHALL");
        let now = stamp(collection);
        let mut forever = session(now);
        (forever.idle, forever.deadline) = (None, None);
        done(collection, 2, insert(now, forever));
        assert_eq!(ttl(server), -1);
    });
}

/// As Redis does when its memory is full and it is told to evict.
#[test]
fn what_redis_drops_is_ended_and_does_not_come_back() {
    on_both(options(), |server, collection| {
        let start = stamp(collection).cursor();
        put(collection, 1);
        put(collection, 2);
        done(collection, 1, remove(false));
        let drop_all = "EVAL \"return redis.call('DEL', unpack(redis.call('KEYS', \
                        '{tenure}:s:*')))\" 0";
        assert_eq!(server.tell(drop_all).trim(), ":2");
        let feed = collection.feed(start, 10).unwrap();
        let [(found, Change::Ended(end))] = &feed.changes[..] else { panic!("{feed:?}") };
        assert_eq!((*found, end.reason.as_str(), end.seq), (key(1), "removed", 1));
        let now = stamp(collection);
        assert_eq!(now.epoch, start.epoch);
        let late = done(collection, 1, insert(now, session(now)));
        assert!(matches!(late, Outcome::Ended(end) if end.reason == "removed"));
        assert_eq!(done(collection, 2, touch(now.time)), Outcome::Missing);
        // A feed that lost its last entry is another collection's.
        server.tell("DEL {tenure}:feed");
        let other = stamp(collection);
        assert_ne!(other.epoch, start.epoch);
        assert!(collection.feed(start, 10).unwrap().gap);
        assert_eq!(collection.feed(other.cursor(), 10).unwrap().changes, []);
        assert_eq!(stamp(collection).epoch, other.epoch);
    });
}

/// Ends so many, and has Redis drop them all.
fn dropped(server: &fleet::RedisServer, collection: &dyn Collection, count: u32) {
    let now = stamp(collection);
    let fences = (0..count).map(|number| Request { key: key(number), op: remove(true) });
    collection.apply(&fences.collect::<Vec<_>>()).unwrap();
    let drop_all = "EVAL \"local keys = redis.call('KEYS', '{tenure}:s:*') for _, key in \
                    ipairs(keys) do redis.call('DEL', key) end return #keys\" 0";
    assert_eq!(server.tell(drop_all).trim(), format!(":{count}"));
    assert_eq!(stamp(collection).seq, now.seq + u64::from(count));
}

#[test]
fn what_redis_dropped_does_not_keep_sessions_from_ending() {
    on_both(options(), |server, collection| {
        let mut start = stamp(collection).cursor();
        for (count, young) in [(100, false), (150, false), (250, true), (1_050, true)] {
            dropped(server, collection, count);
            if young {
                done(collection, 9_000, remove(true));
            }
            idle(collection, 10_000, 2 * HOUR);
            let expired = in_time(server, || collection.expire(1_000)).unwrap();
            assert_eq!((expired.ended, expired.forgotten, expired.more), (1, 0, false), "{count}");
            // How old it was is not known: it stays in the feed.
            let feed = collection.feed(start, 2_000).unwrap();
            let listed = count as usize + 1 + usize::from(young);
            assert_eq!((feed.changes.len(), feed.gap), (listed, false));
            server.tell("FLUSHALL");
            start = stamp(collection).cursor();
        }
    });
}

#[test]
fn what_redis_dropped_is_forgotten_with_the_old_that_follows_it() {
    let mut policy = policy();
    policy.keep_ends = Duration::ZERO;
    on_both(RedisOptions::new(policy), |server, collection| {
        for (count, old) in [(150, 1), (1_050, 3), (1_450, 250)] {
            let start = stamp(collection).cursor();
            dropped(server, collection, count);
            for number in 0..old {
                done(collection, 9_000 + number, remove(true));
            }
            idle(collection, 10_000, 2 * HOUR);
            let part = in_time(server, || collection.expire(120)).unwrap();
            assert_eq!((part.ended, part.forgotten, part.more), (0, 120, true));
            assert!(collection.feed(start, 10).unwrap().gap);
            let after = collection.feed(Cursor { seq: start.seq + 120, ..start }, 2_000).unwrap();
            assert_eq!((after.changes.len(), after.gap), ((count - 120 + old) as usize, false));
            let expired = in_time(server, || collection.expire(2_000)).unwrap();
            assert_eq!((expired.ended, expired.more), (1, false));
            assert_eq!(expired.forgotten, u64::from(count - 120 + old));
            // The end of the session that was due.
            assert_eq!(collection.expire(10).unwrap().forgotten, 1);
            assert_eq!(server.tell("DBSIZE").trim(), ":1", "nothing is left behind");
        }
    });
}
