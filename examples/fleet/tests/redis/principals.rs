//! The sessions of a principal.

use std::time::Duration;

use tenure::collection::{Collection, Outcome, RedisOptions};

use crate::common::{done, fingerprint, in_time, insert, key, on_both, policy, session, stamp};

/// Logs somebody in.
fn login(collection: &dyn Collection, number: u32, who: &str) {
    let stamp = stamp(collection);
    let mut session = session(stamp);
    session.principal = Some(who.into());
    assert_eq!(done(collection, number, insert(stamp, session)), Outcome::Done { version: 0 });
}

#[test]
fn many_sessions_of_a_principal_end_by_several_scripts() {
    on_both(RedisOptions::new(policy()), |server, collection| {
        for number in 1..=450 {
            login(collection, number, if number % 9 == 0 { "bob" } else { "alice" });
        }
        let spared: Vec<_> = (1..=120).map(key).collect();
        let ended = collection.end_principal("alice", "killed", &spared, 1_000).unwrap();
        // 400 of alice's, of which 107 are spared.
        assert_eq!((ended.ended.len(), ended.more), (293, false));
        // All had ended as of the last of the scripts, and not before.
        assert_eq!(ended.stamp.seq, 200);
        // The scripts are loaded again.
        server.tell("SCRIPT FLUSH");
        let ended = collection.end_principal("alice", "killed", &[], 100).unwrap();
        assert_eq!((ended.ended.len(), ended.more), (100, true));
        let ended = collection.end_principal("alice", "killed", &[], 100).unwrap();
        assert_eq!((ended.ended.len(), ended.more), (7, false));
        assert_eq!(server.tell("EXISTS {tenure}:p:alice").trim(), ":0");
        assert_eq!(server.tell("ZCARD {tenure}:p:bob").trim(), ":50");
    });
}

#[test]
fn many_that_are_spared_do_not_keep_the_others_from_ending() {
    on_both(RedisOptions::new(policy()), |server, collection| {
        for number in 0..320 {
            login(collection, number, "alice");
        }
        let spared: Vec<_> = (0..310).map(key).collect();
        let end = || collection.end_principal("alice", "killed", &spared, 1_000);
        let ended = in_time(server, end).unwrap();
        assert_eq!((ended.ended.len(), ended.more), (10, false));
        assert_eq!(server.tell("ZCARD {tenure}:p:alice").trim(), ":310");
        let ended = collection.end_principal("alice", "killed", &spared[5..], 0).unwrap();
        assert_eq!((ended.ended.len(), ended.more), (0, true));
    });
}

#[test]
fn what_redis_has_dropped_leaves_the_list_of_its_principal() {
    on_both(RedisOptions::new(policy()), |server, collection| {
        for number in 1..=3 {
            login(collection, number, "alice");
        }
        let name = [b"{tenure}:s:".as_slice(), key(2).as_bytes()].concat();
        let escaped = name.iter().map(|byte| format!("\\x{byte:02x}")).collect::<Vec<_>>().concat();
        assert_eq!(server.tell(&format!("DEL \"{escaped}\"")).trim(), ":1");
        let ended = collection.end_principal("alice", "killed", &[key(3)], 9).unwrap();
        assert_eq!((ended.ended.len(), ended.ended[0].0, ended.more), (1, key(1), false));
        assert_eq!(server.tell("ZCARD {tenure}:p:alice").trim(), ":1");
    });
}

#[test]
fn sessions_of_a_principal_end_at_full_memory() {
    on_both(RedisOptions::new(policy()), |server, collection| {
        login(collection, 1, "alice");
        server.tell("CONFIG SET maxmemory 1");
        let ended = collection.end_principal("alice", "killed", &[], 9).unwrap();
        assert_eq!(ended.ended.len(), 1);
        collection.open(fingerprint()).unwrap();
    });
}

#[test]
fn what_redis_has_dropped_leaves_all_indexes_once_it_was_due() {
    on_both(RedisOptions::new(policy()), |server, collection| {
        let now = stamp(collection);
        for (number, who, left) in [(1, None, 0), (2, Some(""), 0), (3, Some("al:ice"), 0)]
            .into_iter()
            .chain([(4, Some("al:ice"), 60), (5, Some("bob"), 0)])
        {
            let mut session = session(now);
            session.principal = who.map(Into::into);
            session.used = now.time.saturating_sub(Duration::from_secs(60));
            session.idle = Some(Duration::from_secs(left + 1));
            done(collection, number, insert(now, session));
        }
        server.tell(
            "EVAL \"return redis.call('DEL', unpack(redis.call('KEYS', '{tenure}:s:*')))\" 0",
        );
        assert_eq!(collection.expire(100).unwrap().ended, 0);
        for (index, left) in [("due", 1), ("used", 1), ("p:al:ice", 1), ("p:", 0), ("p:bob", 0)] {
            let found = server.tell(&format!("ZCARD {{tenure}}:{index}"));
            assert_eq!(found.trim(), format!(":{left}"), "{index}");
        }
    });
}
