//! Shared limits.

use std::time::Duration;

use tenure::Limit;
use tenure::LimitKind;
use tenure::collection::{
    Collection, CollectionTime, Op, Outcome, Policy, RedisCollection, RedisOptions, Request,
};

use crate::common::{
    HOUR, done, fingerprint, insert, key, on_both, policy, remove, session, stamp, touch,
};

const DONE: Outcome = Outcome::Done { version: 0 };

fn with(limits: impl Fn(Policy) -> Policy) -> RedisOptions {
    RedisOptions::new(limits(policy()))
}

/// Logs somebody in, who was active so many minutes ago.
fn login(collection: &dyn Collection, number: u32, who: &str, minutes: u64) -> Outcome {
    let stamp = stamp(collection);
    let mut session = session(stamp);
    session.principal = Some(who.into());
    session.used = stamp.time.saturating_sub(Duration::from_secs(60 * minutes));
    done(collection, number, insert(stamp, session))
}

fn is_live(collection: &dyn Collection, number: u32) -> bool {
    let probe = Op::Update { nonce: 0, version: 0, token: 0, data: Vec::new() };
    matches!(done(collection, number, probe), Outcome::Live(_))
}

fn full(limit: LimitKind, live: usize, max: usize, all_busy: bool) -> Outcome {
    Outcome::Full { limit, live, max, all_busy }
}

#[test]
fn a_limit_that_rejects_lets_the_next_in_when_one_ends() {
    on_both(with(|policy| policy.global(Limit::reject(2))), |_, collection| {
        assert_eq!(login(collection, 1, "alice", 5), DONE);
        assert_eq!(login(collection, 2, "bob", 5), DONE);
        let refused = full(LimitKind::Global, 2, 2, false);
        assert_eq!(login(collection, 3, "bob", 0), refused);
        assert_eq!(login(collection, 2, "bob", 5), DONE, "a repetition needs no room");
        done(collection, 1, remove(false));
        assert_eq!(login(collection, 3, "bob", 0), DONE);
    });
}

#[test]
fn the_least_used_that_is_not_busy_makes_room() {
    on_both(with(|policy| policy.global(Limit::evict_oldest(3))), |_, collection| {
        for (number, minutes) in [(1, 30), (2, 20), (3, 10)] {
            assert_eq!(login(collection, number, "alice", minutes), DONE);
        }
        // The oldest bound is of one that was used since, the next is busy.
        let now = stamp(collection).time;
        done(collection, 1, touch(now));
        let busy = Op::Touch { used: CollectionTime::ORIGIN, busy_until: now.saturating_add(HOUR) };
        done(collection, 2, busy.clone());
        assert_eq!(login(collection, 4, "bob", 0), DONE);
        assert_eq!(
            [1, 2, 3, 4].map(|number| is_live(collection, number)),
            [true, true, false, true]
        );
        let end = done(collection, 3, Op::Load);
        assert!(matches!(end, Outcome::Ended(end) if end.reason == "evicted_global"));
        for number in [1, 4] {
            done(collection, number, busy.clone());
        }
        assert_eq!(login(collection, 5, "bob", 0), full(LimitKind::Global, 3, 3, true));
    });
}

#[test]
fn the_young_are_spared() {
    let limit = Limit::evict_oldest(1).min_idle(HOUR);
    on_both(with(|policy| policy.per_principal(limit)), |_, collection| {
        assert_eq!(login(collection, 1, "alice", 59), DONE);
        assert_eq!(login(collection, 2, "alice", 0), full(LimitKind::Principal, 1, 1, false));
        assert_eq!(login(collection, 3, "bob", 61), DONE);
        assert_eq!(login(collection, 4, "bob", 0), DONE);
        assert!(!is_live(collection, 3));
        let stamp = stamp(collection);
        for number in [5, 6] {
            let mut nobody = session(stamp);
            nobody.principal = None;
            assert_eq!(done(collection, number, insert(stamp, nobody)), DONE, "without a limit");
        }
    });
}

#[test]
fn the_limit_of_the_principal_comes_first_and_nobody_ends_for_nothing() {
    let both =
        |policy: Policy| policy.per_principal(Limit::evict_oldest(1)).global(Limit::reject(2));
    on_both(with(both), |_, collection| {
        assert_eq!(login(collection, 1, "alice", 5), DONE);
        assert_eq!(login(collection, 2, "bob", 5), DONE);
        // Her own makes room under both.
        assert_eq!(login(collection, 3, "alice", 0), DONE);
        assert!(!is_live(collection, 1) && is_live(collection, 2));
        assert_eq!(login(collection, 4, "carol", 0), full(LimitKind::Global, 2, 2, false));
    });
}

#[test]
fn a_rotated_session_keeps_its_place() {
    on_both(with(|policy| policy.per_principal(Limit::evict_oldest(2))), |_, collection| {
        login(collection, 1, "alice", 30);
        login(collection, 2, "alice", 20);
        let to = tenure::collection::Successor {
            key: key(9),
            id: tenure::collection::SealedId::from_bytes([1; 16]),
        };
        let track = tenure::TrackId::from_bytes([1; 16]);
        assert_eq!(done(collection, 1, Op::Rotate { to, track, id: None }), DONE);
        login(collection, 3, "alice", 0);
        assert_eq!([9, 2, 3].map(|number| is_live(collection, number)), [false, true, true]);
    });
}

#[test]
fn one_batch_never_exceeds_a_limit() {
    on_both(with(|policy| policy.global(Limit::evict_oldest(10))), |server, collection| {
        let stamp = stamp(collection);
        let logins: Vec<_> = (0..250)
            .map(|number| Request { key: key(number), op: insert(stamp, session(stamp)) })
            .collect();
        let answer = collection.apply(&logins).unwrap();
        assert!(answer.outcomes.iter().all(|outcome| *outcome == Ok(DONE)));
        assert_eq!(server.tell("ZCARD {tenure}:used").trim(), ":10");
        assert_eq!(stamp_seq(collection), 240);
        // The sets of principals and of deadlines have lost them, too.
        assert_eq!(server.tell("ZCARD {tenure}:due").trim(), ":10");
    });
}

fn stamp_seq(collection: &dyn Collection) -> u64 {
    stamp(collection).seq
}

#[test]
fn many_bounds_that_are_stale_are_put_right_in_one_go() {
    on_both(with(|policy| policy.global(Limit::evict_oldest(400))), |_, collection| {
        for number in 0..400 {
            login(collection, number, "alice", 50);
        }
        let now = stamp(collection).time;
        let touches: Vec<_> = (0..400)
            .map(|number| {
                let used = now.saturating_sub(Duration::from_secs(u64::from(number)));
                Request { key: key(number), op: touch(used) }
            })
            .collect();
        collection.apply(&touches).unwrap();
        for (newcomer, victim) in [(1_000, 399), (1_001, 398)] {
            assert!(is_live(collection, victim));
            assert_eq!(login(collection, newcomer, "bob", 0), DONE);
            assert!(!is_live(collection, victim), "the oldest is {victim}");
        }
    });
}

#[test]
fn what_redis_has_dropped_takes_no_place() {
    for limit in [Limit::reject(2), Limit::evict_oldest(2)] {
        on_both(with(|policy| policy.global(limit)), |server, collection| {
            login(collection, 1, "alice", 30);
            let drop_all = "EVAL \"return redis.call('DEL', unpack(redis.call('KEYS', \
                            '{tenure}:s:*')))\" 0";
            server.tell(drop_all);
            login(collection, 2, "alice", 20);
            assert_eq!(login(collection, 3, "alice", 0), DONE);
            assert!(is_live(collection, 2));
        });
    }
}

#[test]
fn limits_come_and_go_while_nodes_run() {
    on_both(with(|policy| policy), |server, collection| {
        for (number, who, minutes) in [(1, "alice", 30), (2, "bob", 20), (3, "alice", 10)] {
            assert_eq!(login(collection, number, who, minutes), DONE);
        }
        let node = |limits: fn(Policy) -> Policy| {
            let node = RedisCollection::new(&server.url(), with(limits)).unwrap();
            node.open(fingerprint()).unwrap();
            node
        };
        // Nodes that are not deployed again yet go on.
        let one_each = node(|policy| policy.per_principal(Limit::reject(2)));
        assert_eq!(login(&one_each, 4, "alice", 5), full(LimitKind::Principal, 2, 2, false));
        assert_eq!(login(collection, 4, "carol", 5), DONE);
        done(collection, 2, touch(stamp(collection).time));
        let three = node(|policy| policy.global(Limit::evict_oldest(4)));
        assert_eq!(login(&three, 5, "carol", 0), DONE);
        let live = |number| is_live(collection, number);
        assert_eq!([1, 2, 3, 4, 5].map(live), [false, true, true, true, true]);
        let two = node(|policy| policy.global(Limit::reject(2)));
        assert_eq!(login(&two, 6, "dave", 0), full(LimitKind::Global, 4, 2, false));
        assert_eq!(login(collection, 6, "dave", 0), DONE);
    });
}
