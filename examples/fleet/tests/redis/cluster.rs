//! A cluster: three nodes that have slots, and a replica.

use std::process::Command;
use std::thread;
use std::time::Duration;

use fleet::RedisServer;
use tenure::Limit;
use tenure::collection::{Collection, CollectionError, Op, Outcome, RedisCollection};

use crate::common::{Blocking, done, put, remove, stamp, update};

struct Cluster {
    /// The first has the slot of the collection, and no other.
    nodes: Vec<RedisServer>,
}

impl Cluster {
    fn start() -> Option<Self> {
        let node = "--cluster-enabled yes --cluster-node-timeout 1000 \
                    --cluster-replica-validity-factor 0 \
                    --cluster-allow-replica-migration no";
        let nodes: Option<Vec<_>> = (0..4).map(|_| RedisServer::start(node)).collect();
        let nodes = nodes?;
        let slot = nodes[0].tell("CLUSTER KEYSLOT {tenure}:meta");
        let slot: u32 = slot.trim().trim_start_matches(':').parse().unwrap();
        nodes[0].tell(&format!("CLUSTER ADDSLOTS {slot}"));
        // The second has those above, so that this one is its first when it gets it.
        nodes[1].tell(&format!("CLUSTER ADDSLOTSRANGE {} 16383", slot + 1));
        nodes[2].tell(&format!("CLUSTER ADDSLOTSRANGE 0 {}", slot - 1));
        for (number, node) in nodes.iter().enumerate() {
            // Else their epochs collide, and that takes seconds to sort out.
            node.tell(&format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1));
        }
        for node in &nodes[1..] {
            nodes[0].meet(node);
        }
        let cluster = Self { nodes };
        cluster.wait_until(|nodes| {
            nodes.iter().all(|node| node.tell("CLUSTER INFO").contains("cluster_state:ok"))
                && nodes.iter().all(|node| node.tell("CLUSTER INFO").contains("known_nodes:4"))
        });
        let first = cluster.id(0);
        cluster.nodes[3].tell(&format!("CLUSTER REPLICATE {first}"));
        cluster.wait_until(|nodes| nodes[0].tell("INFO replication").contains("state=online"));
        Some(cluster)
    }

    fn id(&self, node: usize) -> String {
        self.nodes[node].tell("CLUSTER MYID").trim().to_owned()
    }

    fn wait_until(&self, is_so: impl Fn(&[RedisServer]) -> bool) {
        assert!((0..100_000).any(|_| {
            thread::yield_now();
            is_so(&self.nodes)
        }));
    }

    /// Moves the slot from one node to another, as an operator does.
    fn move_slot(&self, from: usize, to: usize) {
        let (from_id, to_id) = (self.id(from), self.id(to));
        let mut command = Command::new("redis-cli");
        command.args(["--cluster", "reshard", &self.nodes[from].address(), "--cluster-yes"]);
        command.args(["--cluster-from", &from_id, "--cluster-to", &to_id, "--cluster-slots", "1"]);
        let output = command.output().expect("redis-cli");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// Tries until the cluster has settled: what is refused meanwhile has not been applied.
fn settled<T>(call: impl Fn() -> Result<T, CollectionError>) -> T {
    let mut tries = 0;
    loop {
        match call() {
            Ok(value) => return value,
            Err(error) => assert!(!error.may_be_applied() && tries < 100_000, "{error}"),
        }
        tries += 1;
        thread::yield_now();
    }
}

fn follows_the_slot(connect: impl Fn(&str, &[String]) -> Box<dyn Collection>) {
    let Some(mut cluster) = Cluster::start() else { return };
    let others: Vec<_> = cluster.nodes[2..].iter().map(RedisServer::address).collect();
    // It is told of another node than that which has the slot.
    let collection = connect(&cluster.nodes[1].url(), &others);
    let opened = collection.open(crate::common::fingerprint()).unwrap();
    for number in 0..300 {
        put(&*collection, number);
    }
    done(&*collection, 0, update(0, 1, b"x"));
    done(&*collection, 1, remove(false));

    cluster.move_slot(0, 1);
    assert_eq!(stamp(&*collection).epoch, opened.stamp.epoch);
    assert!(matches!(done(&*collection, 0, Op::Load), Outcome::Live(found) if found.version == 1));
    assert!(matches!(done(&*collection, 1, Op::Load), Outcome::Ended(_)));
    assert_eq!(collection.feed(opened.stamp.cursor(), 10).unwrap().changes.len(), 2);

    cluster.move_slot(1, 0);
    assert!(matches!(done(&*collection, 2, remove(false)), Outcome::Done { .. }));
    let seq = stamp(&*collection).seq;
    cluster.wait_until(|nodes| {
        nodes[0].tell("INFO replication").contains("lag=0")
            && nodes[0].tell("WAIT 1 1000") == ":1\r\n"
    });
    let run = collection.incarnation();
    cluster.nodes[0].kill();
    // The one that breaks may have been applied.
    let _ = collection.open(crate::common::fingerprint());
    let opened = settled(|| collection.open(crate::common::fingerprint()));
    assert_eq!(opened.stamp.seq, seq, "the replica has taken over");
    assert_ne!(collection.incarnation(), run);
    assert!(matches!(done(&*collection, 2, Op::Load), Outcome::Ended(_)));
    assert!(matches!(done(&*collection, 3, remove(false)), Outcome::Done { .. }));
}

fn options_with(others: &[String]) -> tenure::collection::RedisOptions {
    let policy = crate::common::policy()
        .global(Limit::evict_oldest(300))
        .per_principal(Limit::evict_oldest(300));
    let timeout = Duration::from_secs(5);
    tenure::collection::RedisOptions::new(policy).other_nodes(others).response_timeout(timeout)
}

#[test]
fn the_slot_moves_and_its_node_is_killed() {
    follows_the_slot(|url, others| {
        Box::new(RedisCollection::new(url, options_with(others)).unwrap())
    });
}

#[test]
fn the_slot_moves_and_its_node_is_killed_asynchronously() {
    follows_the_slot(|url, others| Box::new(Blocking::new(url, options_with(others))));
}
