//! Faults that a test asks a collection in memory for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tenure::collection::{
    Call, Collection, CollectionError, Fault, Fingerprint, MemoryCollection, Op, Outcome, Policy,
    RecordKey, Request, StoredSession,
};
use tenure::{ManualClock, Tick};

const FINGERPRINT: Fingerprint = Fingerprint::from_bytes([7; 8]);

fn key(number: u8) -> RecordKey {
    RecordKey::from_bytes([number; 16])
}

fn insert(collection: &MemoryCollection, number: u8) -> Request {
    let stamp = collection.open(FINGERPRINT).unwrap().stamp;
    let session = StoredSession::new(1, stamp.time, vec![number; 100]);
    let not_after = stamp.time.saturating_add(Duration::from_secs(60));
    let op = Op::Insert { session: Box::new(session), not_after, epoch: stamp.epoch };
    Request { key: key(number), op }
}

fn remove(number: u8) -> Request {
    let op = Op::Remove { reason: "logged_out".into(), id: None, fence: true };
    Request { key: key(number), op }
}

/// Whether it said that it may be done.
fn in_doubt<T>(result: Result<T, CollectionError>) -> Option<bool> {
    result.err().map(|error| error.may_be_applied())
}

#[test]
fn a_batch_fails_before_or_after_it_takes_effect() {
    let collection = MemoryCollection::default();
    let cases = [
        (Fault::Refused, Some(false), 0),
        (Fault::Lost, Some(true), 0),
        (Fault::AnswerLost, Some(true), 2),
        (Fault::None, None, 2),
    ];
    let requests = [insert(&collection, 1), insert(&collection, 2)];
    for (fault, doubt, live) in cases {
        collection.fail_next(fault);
        assert_eq!(in_doubt(collection.apply(&requests)), doubt, "{fault:?}");
        assert_eq!(collection.live(), live, "{fault:?}");
    }
    assert!(collection.apply(&requests).is_ok());
}

#[test]
fn every_call_can_fail() {
    let collection = MemoryCollection::default();
    let cursor = collection.open(FINGERPRINT).unwrap().stamp.cursor();
    for (fault, doubt) in [(Fault::Refused, false), (Fault::Delayed, true)] {
        collection.faults(move |_| fault);
        assert_eq!(in_doubt(collection.open(FINGERPRINT)), Some(doubt));
        assert_eq!(in_doubt(collection.apply(&[remove(1)])), Some(doubt));
        assert_eq!(in_doubt(collection.feed(cursor, 9)), Some(doubt));
        assert_eq!(in_doubt(collection.expire(9)), Some(doubt));
    }
    collection.faults(|_| Fault::None);
    assert_eq!(collection.open(FINGERPRINT).unwrap().stamp.seq, 0);
}

#[test]
fn one_request_of_a_batch_fails() {
    let collection = MemoryCollection::default();
    let requests: Vec<_> = (1..=4).map(|number| insert(&collection, number)).collect();
    collection.faults(|call| match call {
        Call::Request(request) if request.key == key(2) => Fault::Refused,
        Call::Request(request) if request.key == key(3) => Fault::AnswerLost,
        _ => Fault::None,
    });
    let outcomes = collection.apply(&requests).unwrap().outcomes;
    let doubts: Vec<_> = outcomes.into_iter().map(in_doubt).collect();
    assert_eq!(doubts, [None, Some(false), Some(true), None]);
    assert_eq!(collection.live(), 3);
}

#[test]
fn the_answer_of_a_batch_is_lost_that_was_done_in_part() {
    let collection = MemoryCollection::default();
    let requests: Vec<_> = (1..=9).map(|number| insert(&collection, number)).collect();
    let asked = AtomicUsize::new(0);
    collection.faults(move |call| match call {
        Call::Apply(_) => Fault::AnswerLost,
        Call::Request(_) if asked.fetch_add(1, Ordering::Relaxed) >= 4 => Fault::Lost,
        _ => Fault::None,
    });
    assert_eq!(in_doubt(collection.apply(&requests)), Some(true));
    assert_eq!(collection.live(), 4);
}

#[test]
fn delayed_requests_are_done_when_they_are_delivered_in_their_order() {
    let collection = MemoryCollection::default();
    collection.fail_next(Fault::None);
    let inserted = insert(&collection, 1);
    collection.fail_next(Fault::Delayed);
    assert_eq!(in_doubt(collection.apply(&[inserted.clone(), remove(1)])), Some(true));
    assert_eq!(collection.live(), 0);
    assert_eq!(collection.deliver(), 2);
    let Ok(Outcome::Ended(_)) = collection.apply(&[inserted]).unwrap().outcomes[0] else {
        panic!("the end came after the insertion")
    };
    assert_eq!(collection.deliver(), 0);

    // What comes after a flush is of another epoch.
    let late = insert(&collection, 2);
    collection.fail_next(Fault::Delayed);
    assert!(collection.apply(&[late]).is_err());
    collection.flush();
    assert_eq!((collection.deliver(), collection.live()), (1, 0));
}

#[test]
fn a_flush_a_pruning_and_a_roll_back_show() {
    let collection = MemoryCollection::default();
    let first = collection.open(FINGERPRINT).unwrap();
    collection.apply(&[insert(&collection, 1), remove(2)]).unwrap();
    let snapshot = collection.snapshot();
    collection.apply(&[remove(1), remove(3)]).unwrap();
    let later = collection.open(FINGERPRINT).unwrap().stamp.cursor();

    collection.roll_back(&snapshot);
    assert_eq!(collection.live(), 1);
    assert!(collection.feed(later, 9).unwrap().gap, "it has not given out that seq");
    assert!(!collection.feed(first.stamp.cursor(), 9).unwrap().gap);

    collection.prune();
    assert_eq!(collection.open(FINGERPRINT).unwrap().floor, 1);
    assert!(collection.feed(first.stamp.cursor(), 9).unwrap().gap);
    let outcomes = collection.apply(&[insert(&collection, 2)]).unwrap().outcomes;
    assert_eq!(outcomes, [Ok(Outcome::Done { version: 0 })], "the end was forgotten");

    collection.flush();
    assert_eq!(collection.live(), 0);
    let other = collection.open(Fingerprint::from_bytes([9; 8])).unwrap();
    assert_ne!(other.stamp.epoch, first.stamp.epoch);
    assert_eq!((other.stamp.seq, other.floor), (0, 0));
}

#[test]
fn a_schedule_may_use_the_collection() {
    let collection = MemoryCollection::default();
    let inner = collection.clone();
    collection.faults(move |_| {
        inner.faults(|_| Fault::Refused);
        if inner.live() == 0 { Fault::None } else { Fault::Lost }
    });
    assert!(collection.open(FINGERPRINT).is_ok());
    assert_eq!(in_doubt(collection.open(FINGERPRINT)), Some(false));
}

#[test]
fn seeds_give_the_same_faults() {
    let run = |seed| {
        let collection = MemoryCollection::default();
        let requests: Vec<_> = (0..200).map(|number| insert(&collection, number)).collect();
        collection.faults(Fault::seeded(seed, 4));
        let results = requests.chunks(10).map(|batch| in_doubt(collection.apply(batch)));
        (results.collect::<Vec<_>>(), collection.live(), collection.deliver())
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let none = MemoryCollection::default();
    none.faults(Fault::seeded(1, 0));
    assert!((0..99).all(|_| none.open(FINGERPRINT).is_ok()));
}

#[test]
fn its_time_does_not_go_back() {
    let clock = ManualClock::new();
    let policy = Policy::new(Duration::from_secs(60));
    let collection = MemoryCollection::with_clock(policy, clock.clone());
    let before = collection.open(FINGERPRINT).unwrap().stamp.time;
    clock.set_back(Duration::from_secs(60));
    assert_eq!(collection.open(FINGERPRINT).unwrap().stamp.time, before);
    clock.set(Tick::MAX);
    collection.apply(&[insert(&collection, 1)]).unwrap();
    assert_eq!(collection.expire(9).unwrap().ended, 0);
}

#[test]
fn clones_share_and_stats_count() {
    let collection = MemoryCollection::default();
    let clone = collection.clone();
    let touch = |number| {
        let used = tenure::collection::CollectionTime::from_micros(u64::MAX);
        Request { key: key(number), op: Op::Touch { used, busy_until: used } }
    };
    let requests = [insert(&clone, 1), touch(1), touch(2), remove(1), remove(1)];
    clone.apply(&requests[..1]).unwrap();
    let stats = collection.stats();
    assert_eq!((stats.opens, stats.applies, stats.inserts), (1, 1, 1));
    assert_eq!(stats.records_written, 1);
    assert!((116..250).contains(&stats.bytes_written), "{}", stats.bytes_written);

    clone.apply(&requests[1..]).unwrap();
    let (before, stats) = (stats, collection.stats());
    assert_eq!((stats.touches, stats.removes, stats.records_written), (2, 2, 3));
    assert!(stats.bytes_written - before.bytes_written < 120, "no data is written again");
    assert!(format!("{collection:?} {:?}", collection.snapshot()).contains("live: 0"));
}
