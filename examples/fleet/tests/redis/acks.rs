//! What has a change before it counts as done.

use std::time::Duration;

use fleet::RedisServer;
use tenure::collection::{Ack, Collection, CollectionError, Op, Outcome, RedisCollection};

use crate::common::{apply, done, fingerprint, on_both, options, remove, stamp};

/// The server's replica, once it follows.
fn replica(server: &RedisServer) -> RedisServer {
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    let replica = RedisServer::start(&format!("--replicaof 127.0.0.1 {port}")).unwrap();
    while !server.tell("INFO replication").contains("state=online") {
        std::thread::yield_now();
    }
    replica
}

#[test]
fn too_few_replicas_leave_it_in_doubt() {
    let options = options().acknowledge(Ack::Replicas(1)).response_timeout(Duration::from_secs(2));
    on_both(options, |server, collection| {
        let now = stamp(collection);
        let error = apply(collection, 1, remove(true)).unwrap_err();
        let said = "applied or not: done by the server, and by 0 of 1 replicas";
        assert_eq!(error.to_string(), said);
        assert!(matches!(done(collection, 1, Op::Load), Outcome::Ended(_)), "loads do not wait");
        assert_eq!(collection.feed(now.cursor(), 1).unwrap().changes.len(), 1);

        let replica = replica(server);
        let mut tries = (0..50).map(|_| apply(collection, 2, remove(true)));
        assert!(tries.any(|outcome| outcome.is_ok()), "the replica acknowledges");
        // What is sent to the replica is refused.
        let lost = RedisCollection::new(&replica.url(), crate::common::options()).unwrap();
        let refused = lost.open(fingerprint());
        assert!(refused.is_err_and(|error| !error.may_be_applied()));
    });
}

#[test]
fn a_repetition_is_acknowledged_no_sooner() {
    let ack = options().acknowledge(Ack::Replicas(1)).response_timeout(Duration::from_secs(1));
    on_both(ack.clone(), |server, collection| {
        let replica = replica(server);
        while apply(collection, 1, remove(true)).is_err() {}
        replica.stand_still(true);
        let again = || {
            // By a connection that has not written.
            let other = RedisCollection::new(&server.url(), ack.clone()).unwrap();
            other.open(fingerprint()).unwrap();
            apply(&other, 2, remove(true))
        };
        for _ in 0..2 {
            let error = again().unwrap_err();
            assert!(matches!(error, CollectionError::InDoubt { .. }), "{error}");
        }
        replica.stand_still(false);
        assert!((0..50).any(|_| matches!(again(), Ok(Outcome::Ended(_)))), "the replica has it");
    });
}

#[test]
fn what_the_disk_has_survives_a_loss_of_power() {
    let disk = options().acknowledge(Ack::Disk);
    let Some(mut server) = RedisServer::start("--appendonly yes") else { return };
    let collection = RedisCollection::new(&server.url(), disk.clone()).unwrap();
    if let Err(error) = collection.open(fingerprint()) {
        assert!(error.to_string().contains("needs Redis 7.2 or newer"), "{error}");
        println!("SKIPPED: {error}");
        return;
    }
    for number in 0..3 {
        done(&collection, number, remove(true));
        server.kill();
        server.restart();
        let found = (0..50).find_map(|_| apply(&collection, number, Op::Load).ok());
        assert!(matches!(found, Some(Outcome::Ended(_))), "{found:?}");
    }
    let Some(server) = RedisServer::start("") else { return };
    let collection = RedisCollection::new(&server.url(), disk).unwrap();
    let refused = collection.open(fingerprint()).unwrap_err();
    assert!(refused.to_string().contains("append"), "{refused}");
}
