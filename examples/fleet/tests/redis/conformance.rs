//! The rules of all collections.

use std::sync::atomic::{AtomicU32, Ordering};

use fleet::RedisServer;
use tenure::collection::{
    AsyncRedisCollection, Policy, RedisCollection, RedisOptions, conformance,
};

/// Options for one collection of several on a server.
fn options(policy: Policy) -> RedisOptions {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    RedisOptions::new(policy).prefix(format!("collection {number}"))
}

#[test]
fn it_keeps_the_rules() {
    let Some(server) = RedisServer::start("") else { return };
    let url = server.url();
    conformance::run(|policy| RedisCollection::new(&url, options(policy)).unwrap());
}

#[test]
fn it_keeps_the_rules_asynchronously() {
    let Some(server) = RedisServer::start("") else { return };
    let url = server.url();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    conformance::run_async(
        |policy| AsyncRedisCollection::new(&url, options(policy)).unwrap(),
        |call| runtime.block_on(call),
    );
}
