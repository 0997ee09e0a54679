//! Ends that are heard at once.

use std::time::Duration;

use tenure::collection::{
    AsyncCollection, AsyncRedisCollection, Change, Collection, Heard, RedisCollection, Request,
};

use fleet::RedisServer;

use crate::common::{done, fingerprint, key, options, put, remove, update};

#[test]
fn ends_and_changes_are_heard() {
    let Some(server) = RedisServer::start("") else { return };
    let collection = RedisCollection::new(&server.url(), options()).unwrap();
    collection.open(fingerprint()).unwrap();
    let mut listener = collection.listen().unwrap();
    assert_eq!(listener.recv_timeout(Duration::ZERO), Ok(None));
    put(&collection, 1);
    done(&collection, 1, update(0, 1, b"x"));
    done(&collection, 1, remove(false));
    assert_eq!(listener.recv(), Ok((key(1), Change::Updated { version: 1 })));
    let (found, change) = listener.recv_timeout(Duration::from_secs(10)).unwrap().unwrap();
    let Change::Ended(end) = change else { panic!("{change:?}") };
    assert_eq!((found, end.reason.as_str(), end.seq), (key(1), "logged_out", 2));
    assert_eq!(listener.recv_timeout(Duration::ZERO), Ok(None));
    drop(server);
    assert!(listener.recv().is_err());
    assert!(collection.listen().is_err());
}

#[test]
fn ends_are_heard_by_futures() {
    let Some(server) = RedisServer::start("") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let collection = AsyncRedisCollection::new(&server.url(), options()).unwrap();
        collection.open(fingerprint()).await.unwrap();
        let mut listener = collection.listen().await.unwrap();
        let request = Request { key: key(1), op: remove(true) };
        collection.apply(&[request]).await.unwrap();
        let (found, change) = listener.recv().await.unwrap();
        assert!(found == key(1) && matches!(change, Change::Ended(end) if end.seq == 1));
        drop(server);
        assert!(listener.recv().await.is_err());
    });
}

#[test]
fn a_follower_connects_again() {
    let Some(mut server) = RedisServer::start("") else { return };
    let collection = RedisCollection::new(&server.url(), options()).unwrap();
    collection.open(fingerprint()).unwrap();
    let mut follower = collection.follow();
    let mut next = || loop {
        if let Some(heard) = follower.recv_timeout(Duration::from_secs(10)) {
            return heard;
        }
    };
    for _ in 0..2 {
        assert_eq!(next(), Heard::Listening);
        done(&collection, 1, remove(true));
        assert!(matches!(next(), Heard::Change(found, Change::Ended(_)) if found == key(1)));
        server.kill();
        assert!(matches!(next(), Heard::Lost(_)));
        assert!(matches!(next(), Heard::Lost(_)), "and again, after a while");
        server.restart();
        collection.open(fingerprint()).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let collection = AsyncRedisCollection::new(&server.url(), options()).unwrap();
        let mut follower = collection.follow();
        assert_eq!(follower.recv().await, Heard::Listening);
        server.kill();
        assert!(matches!(follower.recv().await, Heard::Lost(_)));
        server.restart();
        assert_eq!(follower.recv().await, Heard::Listening);
    });
}
