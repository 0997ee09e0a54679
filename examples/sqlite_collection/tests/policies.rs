//! Rows that were written under another policy.

use std::time::Duration;

use sqlite_collection::Sqlite;
use tenure::ManualClock;
use tenure::collection::{
    Collection, CollectionTime, HashKey, Op, Outcome, Policy, RecordKey, Request, StoredSession,
    TableCollection,
};

#[test]
fn a_longer_hold_is_that_of_earlier_rows_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions.sqlite");
    let clock = ManualClock::new();
    let hour = Duration::from_secs(3600);
    let collection = |hold: Duration| {
        let mut policy = Policy::new(Duration::ZERO);
        policy.hold = hold;
        let store = Sqlite::open(path.to_str().unwrap()).unwrap();
        TableCollection::with_clock(store, policy, clock.clone())
    };
    let before = collection(hour);
    let stamp = before.open(HashKey::new([1; 32]).fingerprint()).unwrap().stamp;
    let requests = [1, 2, 3].map(|number| {
        let mut session = StoredSession::new(1, stamp.time, Vec::new());
        session.idle = Some(Duration::from_secs(60));
        let not_after = CollectionTime::from_micros(u64::MAX);
        let op = Op::Insert { session: Box::new(session), not_after, epoch: stamp.epoch };
        Request { key: RecordKey::from_bytes([number; 16]), op }
    });
    let answer = before.apply(&requests).unwrap();
    assert!(answer.outcomes.iter().all(|it| *it == Ok(Outcome::Done { version: 0 })));

    let after = collection(24 * hour);
    clock.advance(2 * hour);
    let expired = after.expire(2).unwrap();
    assert_eq!((expired.ended, expired.more), (0, true));
    let expired = after.expire(2).unwrap();
    assert_eq!((expired.ended, expired.more), (0, false));
    // They have been written again: the nodes that still have the hold of before leave them.
    assert_eq!(before.expire(9).unwrap().ended, 0);
    clock.advance(23 * hour);
    assert_eq!(after.expire(9).unwrap().ended, 3);
}
