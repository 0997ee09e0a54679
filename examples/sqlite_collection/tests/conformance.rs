//! The collection does what every collection does.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use sqlite_collection::Sqlite;
use tenure::collection::{
    Collection, CollectionError, HashKey, Policy, TableCollection, conformance,
};
use tenure::shared::{SharedAcquireError, SharedSessions};
use tenure::{EndAs, ManualClock, NewSession};

type Node = SharedSessions<String, TableCollection<Sqlite>>;

#[test]
fn conforms() {
    let open = || Sqlite::open(":memory:").unwrap();
    conformance::run(|policy| TableCollection::new(open(), policy));
    conformance::run_timed(|policy| {
        let clock = ManualClock::new();
        (TableCollection::with_clock(open(), policy, clock.clone()), clock)
    });
}

fn node(path: &Path) -> Node {
    let policy = Policy::new(Duration::from_secs(300));
    let collection = TableCollection::new(Sqlite::open(path.to_str().unwrap()).unwrap(), policy);
    SharedSessions::builder(collection, HashKey::new([7; 32])).build().unwrap()
}

#[test]
fn sessions_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions.sqlite");
    let before = node(&path);
    let kept = before.create(NewSession::new("a basket".into()).principal("alice")).unwrap().id();
    let ended = before.create(NewSession::new("nothing".into())).unwrap().id();
    before.end(ended).unwrap();
    drop(before);

    let after = node(&path);
    let lease = after.acquire_or_load(kept).unwrap();
    assert_eq!((lease.principal(), lease.data().get().as_str()), (Some("alice"), "a basket"));
    assert!(matches!(after.acquire_or_load(ended), Err(SharedAcquireError::Ended(_))));
    drop(lease);
    assert_eq!(after.end_principal("alice", None, EndAs::killed()).unwrap().here, 1);
    after.refresh().unwrap();
}

#[test]
fn two_processes_share_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions.sqlite");
    let (here, there) = (node(&path), node(&path));
    let id = here.create(NewSession::new("a basket".into())).unwrap().id();
    assert!(there.acquire_or_load(id).is_ok());
    here.end(id).unwrap();
    there.refresh().unwrap();
    assert!(matches!(there.acquire_or_load(id), Err(SharedAcquireError::Ended(_))));
}

#[test]
fn a_record_that_cannot_be_read_is_kept_and_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions.sqlite");
    let here = node(&path);
    let ids = [1, 2].map(|_| here.create(NewSession::new("a basket".into())).unwrap().id());
    let spoilt = HashKey::new([7; 32]).record_key(ids[0]);
    let other = Connection::open(&path).unwrap();
    let update = "UPDATE sessions SET bytes = x'00', due = 0 WHERE key = ?";
    assert_eq!(other.execute(update, [spoilt.as_bytes()]).unwrap(), 1);
    let there = node(&path);
    assert!(there.acquire_or_load(ids[1]).is_ok());
    let unreadable = there.acquire_or_load(ids[0]).unwrap_err();
    let SharedAcquireError::Unavailable(error) = unreadable else { panic!("{unreadable:?}") };
    assert!(matches!(error, CollectionError::Unreadable { .. }), "{error}");
    assert_eq!(there.collection().expire(9).unwrap().ended, 0);
}
