//! What goes wrong.

use std::time::Duration;

use fleet::RedisServer;
use tenure::Limit;
use tenure::collection::{
    Ack, Change, Collection, CollectionError, HashKey, Op, Outcome, RedisCollection, RedisOptions,
};

use crate::common::{
    apply, done, fingerprint, insert, key, on_both, on_both_with, options, put, remove, session,
    stamp, touch, update,
};

#[test]
fn an_unreachable_server_has_applied_nothing() {
    on_both(options(), |server, collection| {
        server.kill();
        let error = apply(collection, 1, Op::Load).unwrap_err();
        // The connection was there, and broke.
        assert!(matches!(error, CollectionError::InDoubt { .. }), "{error}");
        let error = apply(collection, 1, Op::Load).unwrap_err();
        assert!(matches!(error, CollectionError::NotApplied { .. }), "{error}");
        assert!(!collection.open(fingerprint()).unwrap_err().may_be_applied());
        server.restart();
        collection.open(fingerprint()).unwrap();
        assert_eq!(done(collection, 1, Op::Load), Outcome::Missing);
    });
}

#[test]
fn a_broken_connection_is_made_again() {
    on_both_with("--appendonly yes --appendfsync always", options(), |server, collection| {
        put(collection, 1);
        let (before, epoch) = (collection.incarnation(), stamp(collection).epoch);
        server.kill();
        server.restart();
        assert!(matches!(done(collection, 1, Op::Load), Outcome::Live(_)), "its file was kept");
        assert_eq!(collection.incarnation(), before, "not opened yet");
        assert_eq!(stamp(collection).epoch, epoch);
        assert_ne!(collection.incarnation(), before);
    });
}

#[test]
fn without_its_file_it_is_another_collection() {
    on_both_with("--appendonly yes", options(), |server, collection| {
        let old = stamp(collection);
        put(collection, 1);
        server.kill();
        server.lose_files();
        server.restart();
        assert_eq!(done(collection, 1, insert(old, session(old))), Outcome::Stale);
        assert!(collection.feed(old.cursor(), 10).unwrap().gap);
        assert_ne!(stamp(collection).epoch, old.epoch);
    });
}

#[test]
fn a_flush_is_noticed_by_the_next_call_of_any_kind() {
    on_both(options(), |server, collection| {
        let mut last = stamp(collection);
        let calls: [&dyn Fn() -> tenure::collection::Stamp; 4] = [
            &|| collection.apply(&[]).unwrap().stamp,
            &|| collection.expire(10).unwrap().stamp,
            &|| collection.feed(last.cursor(), 10).unwrap().stamp,
            &|| stamp(collection),
        ];
        let mut seen = Vec::new();
        for call in calls {
            put(collection, 1);
            server.tell("FLUSHALL");
            let now = call();
            seen.push(now);
        }
        for now in seen {
            assert_ne!(now.epoch, last.epoch);
            last = now;
        }
        put(collection, 1);
        let stamp = stamp(collection);
        server.tell("FLUSHALL");
        assert_eq!(done(collection, 1, insert(stamp, session(stamp))), Outcome::Stale);
        assert_eq!(done(collection, 1, touch(stamp.time)), Outcome::Missing);
    });
}

#[test]
fn scripts_that_are_gone_are_loaded_again() {
    on_both(options(), |server, collection| {
        put(collection, 1);
        for _ in 0..2 {
            server.tell("SCRIPT FLUSH");
            assert_eq!(
                done(collection, 1, touch(stamp(collection).time)),
                Outcome::Done { version: 0 }
            );
            server.tell("SCRIPT FLUSH");
            collection.expire(1).unwrap();
            server.tell("SCRIPT FLUSH");
            collection.feed(stamp(collection).cursor(), 1).unwrap();
        }
    });
}

#[test]
fn no_answer_in_time_is_in_doubt() {
    let options = options().response_timeout(Duration::from_millis(100));
    on_both(options, |server, collection| {
        put(collection, 1);
        assert_eq!(server.tell("CLIENT PAUSE 400 ALL").trim(), "+OK");
        let error = apply(collection, 1, remove(false)).unwrap_err();
        assert_eq!(error.to_string(), "applied or not: no answer in time");
        // Answered when the pause is over.
        server.tell("PING");
        let end = done(collection, 1, remove(false));
        // It was done meanwhile, or is now: what was sent is not taken back.
        assert!(matches!(end, Outcome::Ended(_) | Outcome::Done { .. }), "{end:?}");
        assert!(matches!(done(collection, 1, remove(false)), Outcome::Ended(_)));
    });
}

#[test]
fn a_server_without_memory_ends_and_touches_but_takes_nothing_new() {
    on_both(options(), |server, collection| {
        put(collection, 1);
        put(collection, 2);
        let now = stamp(collection);
        let before = server.tell("DBSIZE");
        server.tell("CONFIG SET maxmemory 1");
        let refused = apply(collection, 3, insert(now, session(now))).unwrap_err();
        assert!(!refused.may_be_applied() && refused.to_string().contains("OOM"), "{refused}");
        assert!(!apply(collection, 1, update(0, 1, b"y")).unwrap_err().may_be_applied());
        assert_eq!(server.tell("DBSIZE"), before, "nothing is half done");
        assert_eq!(stamp(collection).seq, now.seq);
        assert_eq!(done(collection, 1, touch(now.time)), Outcome::Done { version: 0 });
        assert!(matches!(done(collection, 1, Op::Load), Outcome::Live(_)));
        assert_eq!(done(collection, 2, remove(false)), Outcome::Done { version: 0 });
        assert_eq!(done(collection, 4, remove(true)), Outcome::Done { version: 0 });
        assert_eq!(collection.feed(now.cursor(), 10).unwrap().changes.len(), 2);
        collection.expire(10).unwrap();
        // In one batch, what can be done is.
        let requests = [
            tenure::collection::Request { key: key(1), op: touch(now.time) },
            tenure::collection::Request { key: key(5), op: insert(now, session(now)) },
            tenure::collection::Request { key: key(1), op: remove(false) },
        ];
        let outcomes = collection.apply(&requests).unwrap().outcomes;
        assert!(outcomes[0].is_ok() && outcomes[1].is_err() && outcomes[2].is_ok());
        server.tell("CONFIG SET maxmemory 0");
        assert_eq!(done(collection, 5, insert(now, session(now))), Outcome::Done { version: 0 });
    });
}

#[test]
fn a_failure_of_one_record_is_its_own() {
    let policy = crate::common::policy().per_principal(Limit::reject(5));
    on_both(RedisOptions::new(policy), |server, collection| {
        server.tell("SET {tenure}:p:alice broken");
        let now = stamp(collection);
        let mut other = session(now);
        other.principal = Some("bob".into());
        let requests = [
            tenure::collection::Request { key: key(1), op: insert(now, session(now)) },
            tenure::collection::Request { key: key(2), op: insert(now, other) },
        ];
        let outcomes = collection.apply(&requests).unwrap().outcomes;
        let error = outcomes[0].as_ref().unwrap_err();
        assert!(!error.may_be_applied() && error.to_string().contains("WRONGTYPE"), "{error}");
        assert_eq!(outcomes[1], Ok(Outcome::Done { version: 0 }));
    });
}

#[test]
fn what_cannot_work_is_refused_in_words() {
    on_both(options(), |server, collection| {
        let other = collection.open(HashKey::new([9; 32]).fingerprint());
        assert_eq!(other, Err(CollectionError::OtherKey));
        let disk = options().acknowledge(Ack::Disk);
        let disk = RedisCollection::new(&server.url(), disk).unwrap();
        let refused = disk.open(fingerprint());
        if let Err(refused) = refused {
            assert!(refused.to_string().contains("7.2") || refused.to_string().contains("append"));
        }
        server.tell("HSET {tenure}:meta format 9");
        let format = collection.open(fingerprint()).unwrap_err();
        assert_eq!(format, CollectionError::OtherFormat { found: 9, known: 1 });
    });
    for (url, options) in [
        ("redis://:hunter2@127.0.0.1:1", options().prefix("a{b")),
        ("redis://:hunter2@127.0.0.1:1/x", options()),
        ("http://:hunter2@127.0.0.1:1", options()),
        ("redis://:hunter2@127.0.0.1:1", options().calls_in_flight(0)),
        ("redis://:hunter2@127.0.0.1:1", options().response_timeout(Duration::ZERO)),
        ("redis://:hunter2@127.0.0.1:1", options().acknowledge(Ack::Replicas(0))),
    ] {
        let refused = RedisCollection::new(url, options).unwrap_err();
        assert!(!refused.may_be_applied() && !refused.to_string().contains("hunter2"), "{refused}");
    }
}

#[test]
fn passwords_are_not_shown() {
    let Some(server) = RedisServer::start("--requirepass hunter2") else { return };
    let url = |password: &str| server.url().replace("//", &format!("//:{password}@"));
    let collection = RedisCollection::new(&url("hunter2"), options()).unwrap();
    collection.open(fingerprint()).unwrap();
    assert!(!format!("{collection:?}").contains("hunter2"));
    for wrong in [url("hunter3"), server.url()] {
        let wrong = RedisCollection::new(&wrong, options()).unwrap();
        let refused = wrong.open(fingerprint()).unwrap_err();
        assert!(!refused.to_string().contains("hunter3"), "{refused}");
        assert!(!refused.may_be_applied(), "{refused}");
    }
}

#[test]
fn servers_that_evict_are_warned_about() {
    let Some(server) = RedisServer::start("--maxmemory-policy allkeys-lru") else { return };
    let collection = RedisCollection::new(&server.url(), options()).unwrap();
    assert_eq!(collection.warning(), None);
    let start = collection.open(fingerprint()).unwrap().stamp.cursor();
    assert!(collection.warning().unwrap().contains("allkeys-lru"));
    done(&collection, 1, remove(true));
    let feed = collection.feed(start, 10).unwrap();
    assert!(matches!(&feed.changes[..], [(_, Change::Ended(_))]));
}

#[test]
fn a_user_with_the_commands_that_the_docs_list_can_do_all() {
    let Some(server) = RedisServer::start("") else { return };
    let said = server.tell(
        "ACL SETUSER node on >secret ~{tenure}:* &{tenure}:ends -@all +evalsha +eval +info \
         +subscribe +unsubscribe +ping +client +select +time +publish +get +mget +set +setrange \
         +del +hset +hmget +@sortedset",
    );
    assert_eq!(said.trim(), "+OK");
    let limit = Limit::evict_oldest(2);
    let policy = crate::common::policy().per_principal(limit).global(limit);
    let url = server.url().replace("//", "//node:secret@");
    let collection = RedisCollection::new(&url, RedisOptions::new(policy)).unwrap();
    let start = collection.open(fingerprint()).unwrap().stamp.cursor();
    collection.listen().unwrap();
    for number in 1..=4 {
        put(&collection, number);
    }
    done(&collection, 3, touch(stamp(&collection).time));
    done(&collection, 3, update(0, 1, b"x"));
    assert!(matches!(done(&collection, 3, Op::Load), Outcome::Live(_)));
    done(&collection, 3, remove(false));
    collection.end_principal("alice", "killed", &[], 9).unwrap();
    assert_eq!(collection.feed(start, 9).unwrap().changes.len(), 4);
    collection.expire(9).unwrap();
}
