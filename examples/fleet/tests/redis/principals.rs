//! The sessions of a principal.

use tenure::collection::{Collection, Outcome, RedisOptions};

use crate::common::{done, fingerprint, insert, key, on_both, policy, session, stamp};

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
fn what_redis_has_dropped_leaves_the_list_of_its_principal() {
    on_both(RedisOptions::new(policy()), |server, collection| {
        for number in 1..=3 {
            login(collection, number, "alice");
        }
        let name = [b"{tenure}:s:".as_slice(), key(2).as_bytes()].concat();
        let escaped: String = name.iter().map(|byte| format!("\\x{byte:02x}")).collect();
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
