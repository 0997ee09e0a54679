//! How fast nodes are with a server: measured on request, since other programs slow it down.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use fleet::RedisServer;
use tenure::collection::{HashKey, Policy, RedisCollection, RedisOptions};
use tenure::shared::SharedSessions;
use tenure::{Clock, NewSession, SessionStore, SystemClock};

type Node = SharedSessions<String, RedisCollection>;

fn node(server: &RedisServer, sessions: usize) -> Node {
    let options = RedisOptions::new(Policy::new(Duration::from_secs(300)));
    let collection = RedisCollection::new(&server.url(), options).unwrap();
    let store = SessionStore::builder().max_sessions(sessions);
    let store = store.idle_timeout(Duration::from_secs(1_800));
    let builder = SharedSessions::builder(collection, HashKey::new([7; 32])).create_behind();
    builder.store(store).build().unwrap()
}

fn fill(node: &Node, sessions: usize) -> Vec<tenure::SessionId> {
    let create = |number: usize| {
        let new = NewSession::new("x".repeat(200)).principal(format!("user {number}"));
        node.create(new).unwrap().id()
    };
    let ids = (0..sessions).map(create).collect();
    node.refresh().unwrap();
    ids
}

fn spread(mut took: Vec<Duration>) -> String {
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    format!("median {:?}, p90 {:?}, p99 {:?}, most {:?}", at(50), at(90), at(99), at(100))
}

#[test]
#[ignore = "it measures"]
fn refreshes_of_a_hundred_thousand_are_short() {
    const SESSIONS: usize = 100_000;
    let Some(server) = RedisServer::start("") else { return };
    let node = node(&server, SESSIONS);
    let ids = fill(&node, SESSIONS);
    let (clock, mut took) = (SystemClock::new(), Vec::new());
    for _ in 0..5 {
        for id in &ids {
            drop(node.acquire_or_load(*id).unwrap());
        }
        let start = clock.now();
        let report = node.refresh().unwrap();
        took.push(clock.now().since(start));
        assert_eq!(report.touched, SESSIONS as u64);
    }
    println!("a refresh of {SESSIONS} sessions in use: {}", spread(took));
}

/// One node ends, another listens, and a third refreshes without pause.
#[test]
#[ignore = "it measures"]
fn ends_are_seen_soon() {
    const ENDS: usize = 2_000;
    const BUSY: usize = 20_000;
    let Some(server) = RedisServer::start("") else { return };
    let [ending, seeing, busy] = [ENDS, ENDS, BUSY].map(|sessions| node(&server, sessions));
    let ids = fill(&ending, ENDS);
    let in_use = fill(&busy, BUSY);
    let (ended, at) = channel();
    let clock = SystemClock::new();
    for id in &ids {
        let (lease, ended) = (seeing.acquire_or_load(*id).unwrap(), ended.clone());
        lease.on_end(move |_, _| ended.send(clock.now()).unwrap());
    }
    let (runs, refreshes) = (AtomicBool::new(true), AtomicBool::new(false));
    let mut took = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut listener = seeing.collection().listen().unwrap();
            while runs.load(Ordering::Relaxed) {
                if let Some((key, change)) =
                    listener.recv_timeout(Duration::from_millis(100)).unwrap()
                {
                    seeing.hear(key, change);
                }
            }
        });
        scope.spawn(|| {
            while runs.load(Ordering::Relaxed) {
                for id in &in_use {
                    drop(busy.acquire_or_load(*id).unwrap());
                }
                busy.refresh().unwrap();
                refreshes.store(true, Ordering::Relaxed);
            }
        });
        while !refreshes.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        for id in &ids {
            let start = clock.now();
            ending.end(*id).unwrap();
            took.push(at.recv_timeout(Duration::from_secs(10)).unwrap().since(start));
        }
        runs.store(false, Ordering::Relaxed);
    });
    println!("from a logout to its end on another node: {}", spread(took));
}
