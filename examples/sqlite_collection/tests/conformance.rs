//! The collection does what every collection does.

use sqlite_collection::SqliteCollection;
use tenure::NewSession;
use tenure::collection::{HashKey, Policy, conformance};
use tenure::shared::{SharedAcquireError, SharedSessions};

#[test]
fn conforms() {
    conformance::run(|policy| SqliteCollection::open_path(":memory:", policy).unwrap());
}

#[test]
fn sessions_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions.sqlite");
    let node = || {
        let policy = Policy::new(std::time::Duration::from_secs(300));
        let collection = SqliteCollection::open_path(path.to_str().unwrap(), policy).unwrap();
        SharedSessions::<String, _>::builder(collection, HashKey::new([7; 32])).build().unwrap()
    };
    let before = node();
    let kept = before.create(NewSession::new("a basket".into()).principal("alice")).unwrap().id();
    let ended = before.create(NewSession::new("nothing".into())).unwrap().id();
    before.end(ended).unwrap();
    drop(before);

    let after = node();
    let lease = after.acquire_or_load(kept).unwrap();
    assert_eq!((lease.principal(), lease.data().get().as_str()), (Some("alice"), "a basket"));
    assert!(matches!(after.acquire_or_load(ended), Err(SharedAcquireError::Ended(_))));
}
