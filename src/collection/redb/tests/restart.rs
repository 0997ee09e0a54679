//! What is there after a restart.

use std::time::Duration;

use super::accord::contents;
use super::disk::Disk;
use super::setup::{ask, insert, key, logout, now, on, options, policy};
use crate::clock::ManualClock;
use crate::collection::contract::Collection;
use crate::collection::error::CollectionError;
use crate::collection::key::HashKey;
use crate::collection::op::{Op, Request};
use crate::collection::outcome::Outcome;
use crate::collection::redb::inspect::RedbRecord;
use crate::collection::redb::options::RedbDurability;
use crate::collection::stamp::{CollectionTime, Cursor};
use crate::limits::Limit;

#[test]
fn sessions_and_ends_survive_a_restart() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let first = on(&disk, &options(&clock)).unwrap();
    for number in [1, 2] {
        let done = Outcome::Done { version: 0 };
        assert_eq!(ask(&first, number, insert(&first, number).unwrap()), Ok(done));
    }
    let update = Op::Update { nonce: 1, version: 0, token: 5, data: b"new".to_vec() };
    assert_eq!(ask(&first, 1, update.clone()), Ok(Outcome::Done { version: 1 }));
    assert_eq!(ask(&first, 2, logout()), Ok(Outcome::Done { version: 0 }));
    drop(first);

    let again = on(&disk, &options(&clock)).unwrap();
    assert_eq!(ask(&again, 1, update), Ok(Outcome::Done { version: 1 }), "a repetition");
    let Ok(Outcome::Live(session)) = ask(&again, 1, Op::Load) else { panic!("not live") };
    assert_eq!((session.data.as_slice(), session.version, session.token), (&b"new"[..], 1, 5));
    let Ok(Outcome::Ended(end)) = ask(&again, 2, Op::Load) else { panic!("not ended") };
    assert_eq!((end.reason.as_str(), end.seq), ("logged_out", 2));
    let opened = again.open(HashKey::new([1; 32]).fingerprint()).unwrap();
    let feed = again.feed(Cursor { seq: 0, ..opened.stamp.cursor() }, 9).unwrap();
    assert_eq!(feed.changes.iter().map(|(key, _)| *key).collect::<Vec<_>>(), [key(1), key(2)]);
}

#[test]
fn another_key_is_refused_after_a_restart() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    drop(on(&disk, &options(&clock)).unwrap());
    let again = on(&disk, &options(&clock)).unwrap();
    let other = again.open(HashKey::new([2; 32]).fingerprint());
    assert_eq!(other, Err(CollectionError::OtherKey));
}

#[test]
fn principals_are_counted_after_a_restart() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let mut options = options(&clock);
    let first = on(&disk, &options).unwrap();
    // The principal is the number modulo 3.
    for number in [1, 2, 4] {
        ask(&first, number, insert(&first, number).unwrap()).unwrap();
    }
    drop(first);
    options.policy = policy().per_principal(Limit::reject(2));
    let again = on(&disk, &options).unwrap();
    let full = ask(&again, 7, insert(&again, 7).unwrap()).unwrap();
    assert!(matches!(full, Outcome::Full { live: 2, max: 2, .. }), "{full:?}");
    let room = ask(&again, 5, insert(&again, 5).unwrap());
    assert_eq!(room, Ok(Outcome::Done { version: 0 }));
}

#[test]
fn a_wall_clock_that_jumps_ends_nothing() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let collection = on(&disk, &options(&clock)).unwrap();
    let before = now(&collection).unwrap();
    ask(&collection, 1, insert(&collection, 1).unwrap()).unwrap();
    for days in [9_999, -19_998] {
        clock.jump_wall(time::Duration::days(days));
        clock.advance(Duration::from_secs(1));
        assert_eq!(collection.expire(9).unwrap().ended, 0);
    }
    assert_eq!(now(&collection).unwrap().since(before), Duration::from_secs(2));
}

#[test]
fn downtime_counts_as_idle_as_far_as_is_allowed() {
    let hour = Duration::from_secs(3_600);
    for (longest, live) in [(None, false), (Some(Duration::from_secs(9)), true)] {
        let (disk, clock) = (Disk::default(), ManualClock::new());
        let mut options = options(&clock);
        options.most_downtime = longest;
        let first = on(&disk, &options).unwrap();
        ask(&first, 1, insert(&first, 1).unwrap()).unwrap();
        drop(first);
        clock.advance(hour);
        let again = on(&disk, &options).unwrap();
        let loaded = ask(&again, 1, Op::Load).unwrap();
        assert_eq!(matches!(loaded, Outcome::Live(_)), live, "{loaded:?}");
    }
}

#[test]
fn time_goes_on_where_the_wall_clock_was_set_back() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let first = on(&disk, &options(&clock)).unwrap();
    ask(&first, 1, insert(&first, 1).unwrap()).unwrap();
    let before = now(&first).unwrap();
    drop(first);
    clock.jump_wall(time::Duration::days(-400));
    let again = on(&disk, &options(&clock)).unwrap();
    assert_eq!(now(&again).unwrap(), before);
    assert!(matches!(ask(&again, 1, Op::Load), Ok(Outcome::Live(_))));
}

#[test]
fn what_is_eventual_is_on_the_disk_with_the_next_open() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let options = options(&clock).durability(RedbDurability::Eventual);
    let first = on(&disk, &options).unwrap();
    ask(&first, 1, insert(&first, 1).unwrap()).unwrap();
    now(&first).unwrap();
    let op = insert(&first, 2).unwrap();
    let kept = contents(&first).unwrap();
    ask(&first, 2, op).unwrap();
    disk.crash(0);
    drop(first);
    let again = on(&disk, &options).unwrap();
    assert_eq!(contents(&again).unwrap(), kept);
}

#[test]
fn a_batch_that_changes_nothing_writes_nothing() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let collection = on(&disk, &options(&clock)).unwrap();
    ask(&collection, 1, insert(&collection, 1).unwrap()).unwrap();
    ask(&collection, 2, insert(&collection, 2).unwrap()).unwrap();
    ask(&collection, 2, logout()).unwrap();
    disk.fail_after(0, std::io::ErrorKind::Other, false);
    let touch = || Op::Touch { used: CollectionTime::ORIGIN, busy_until: CollectionTime::ORIGIN };
    let requests = [1, 2, 3].map(|number| Request { key: key(number), op: touch() });
    let answer = collection.apply(&requests).unwrap();
    assert!(matches!(answer.outcomes[0], Ok(Outcome::Done { version: 0 })));
    assert!(matches!(answer.outcomes[1], Ok(Outcome::Ended(_))));
    assert_eq!(answer.outcomes[2], Ok(Outcome::Missing));
    assert_eq!(ask(&collection, 3, Op::Load), Ok(Outcome::Missing));
    assert_eq!(collection.expire(9).unwrap().ended, 0);
}

#[test]
fn records_are_listed_without_data() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let collection = on(&disk, &options(&clock)).unwrap();
    for number in [1, 2] {
        ask(&collection, number, insert(&collection, number).unwrap()).unwrap();
    }
    ask(&collection, 1, logout()).unwrap();
    let records = collection.records().unwrap();
    assert_eq!((records.summary().sessions, records.summary().ends), (1, 1));
    assert!(collection.compact().is_err(), "while it is listed");
    let records: Vec<RedbRecord> = records.map(Result::unwrap).collect();
    let RedbRecord::Session { session, data_len: 40, .. } = &records[0] else {
        panic!("{records:?}")
    };
    assert!(session.data.is_empty() && session.principal.as_deref() == Some("p2"));
    assert!(matches!(&records[1], RedbRecord::End { end, .. } if end.reason == "logged_out"));
    collection.compact().unwrap();
}

#[test]
fn what_is_eventual_is_on_the_disk_when_the_collection_is_dropped() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let options = options(&clock).durability(RedbDurability::Eventual);
    let first = on(&disk, &options).unwrap();
    ask(&first, 1, insert(&first, 1).unwrap()).unwrap();
    let kept = contents(&first).unwrap();
    drop(first);
    disk.crash(0);
    assert_eq!(contents(&on(&disk, &options).unwrap()).unwrap(), kept);
}

#[test]
fn losing_what_was_eventual_makes_another_epoch() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let options = options(&clock).durability(RedbDurability::Eventual);
    let collection = on(&disk, &options).unwrap();
    let epoch = || collection.open(HashKey::new([1; 32]).fingerprint());
    let before = epoch().unwrap().stamp.epoch;
    ask(&collection, 1, insert(&collection, 1).unwrap()).unwrap();
    disk.fail_after(0, std::io::ErrorKind::Other, true);
    assert!(epoch().is_err());
    disk.mend();
    clock.advance(Duration::from_secs(2));
    assert_ne!(epoch().unwrap().stamp.epoch, before);
    assert_eq!(ask(&collection, 1, Op::Load), Ok(Outcome::Missing));
}

#[test]
fn what_was_used_is_on_the_disk_at_the_end_of_the_refresh() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let collection = on(&disk, &options(&clock)).unwrap();
    ask(&collection, 1, insert(&collection, 1).unwrap()).unwrap();
    let before = contents(&collection).unwrap();
    clock.advance(Duration::from_secs(1));
    let touch = Op::Touch { used: now(&collection).unwrap(), busy_until: CollectionTime::ORIGIN };
    ask(&collection, 1, touch).unwrap();
    let after = contents(&collection).unwrap();
    assert_ne!(after, before);

    let early = disk.copy();
    early.crash(0);
    assert_eq!(contents(&on(&early, &options(&clock)).unwrap()).unwrap(), before);
    assert_eq!(collection.expire(9).unwrap().ended, 0);
    disk.crash(0);
    assert_eq!(contents(&on(&disk, &options(&clock)).unwrap()).unwrap(), after);
}

#[test]
fn a_change_puts_on_the_disk_what_was_used_before() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let collection = on(&disk, &options(&clock)).unwrap();
    for number in [1, 2] {
        ask(&collection, number, insert(&collection, number).unwrap()).unwrap();
    }
    clock.advance(Duration::from_secs(1));
    ask(&collection, 1, Op::Load).unwrap();
    ask(&collection, 2, logout()).unwrap();
    let kept = contents(&collection).unwrap();
    disk.crash(0);
    assert_eq!(contents(&on(&disk, &options(&clock)).unwrap()).unwrap(), kept);
}
