//! How many connections there are.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use fleet::RedisServer;
use tenure::collection::{
    AsyncCollection, AsyncRedisCollection, Collection, Op, RedisCollection, Request,
};

use crate::common::{fingerprint, key, options};

/// What the server says of itself. Asking takes a connection.
fn count(server: &RedisServer, name: &str) -> usize {
    let said = server.tell("INFO");
    let found = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    found.unwrap().trim().parse().unwrap()
}

fn load(number: u32) -> [Request; 1] {
    [Request { key: key(number), op: Op::Load }]
}

#[test]
fn futures_share_one_connection_from_the_first() {
    let Some(server) = RedisServer::start("") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let collection = Arc::new(AsyncRedisCollection::new(&server.url(), options()).unwrap());
    let before = count(&server, "total_connections_received");
    let opens = |_| {
        let collection = Arc::clone(&collection);
        runtime.spawn(async move { collection.open(fingerprint()).await.is_ok() })
    };
    let opened: Vec<_> = (0..200).map(opens).collect();
    runtime.block_on(async {
        for opened in opened {
            assert!(opened.await.unwrap());
        }
    });
    assert_eq!(count(&server, "total_connections_received") - before, 2, "and that of this test");
}

#[test]
fn those_that_wait_for_a_connection_have_what_comes_of_it() {
    // A server that says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://:password@{}", silent.local_addr().unwrap());
    let options = options().connection_timeout(Duration::from_millis(200));
    let collection = Arc::new(AsyncRedisCollection::new(&url, options).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let opens = |_| {
            let collection = Arc::clone(&collection);
            tokio::spawn(async move { collection.open(fingerprint()).await.unwrap_err() })
        };
        for refused in (0..50).map(opens).collect::<Vec<_>>() {
            let refused = refused.await.unwrap();
            assert!(!refused.may_be_applied(), "{refused}");
        }
    });
    silent.set_nonblocking(true).unwrap();
    let connections = std::iter::from_fn(|| silent.accept().ok()).count();
    assert_eq!(connections, 1);
}

#[test]
fn threads_share_a_bounded_number_of_connections() {
    let Some(server) = RedisServer::start("") else { return };
    let collection = RedisCollection::new(&server.url(), options().connections(3)).unwrap();
    collection.open(fingerprint()).unwrap();
    let before = count(&server, "total_connections_received");
    thread::scope(|scope| {
        for thread in 0..50 {
            let collection = &collection;
            scope.spawn(move || {
                for number in 0..20 {
                    assert!(collection.apply(&load(100 * thread + number)).is_ok());
                }
            });
        }
    });
    assert!(count(&server, "total_connections_received") - before <= 3, "two, and this test's");
    assert!(count(&server, "connected_clients") <= 4);
}

#[test]
fn a_call_waits_for_a_connection_as_long_as_for_an_answer() {
    let Some(server) = RedisServer::start("") else { return };
    let options = options().connections(1).response_timeout(Duration::from_millis(100));
    let collection = RedisCollection::new(&server.url(), options).unwrap();
    collection.open(fingerprint()).unwrap();
    server.stand_still(true);
    let failed: Vec<String> = thread::scope(|scope| {
        let call = || collection.apply(&load(1)).unwrap_err().to_string();
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(call)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    server.stand_still(false);
    assert!(failed.iter().any(|said| said == "not applied: no connection is free"), "{failed:?}");
}
