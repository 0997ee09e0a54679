//! A row that cannot be read stays, and stops nothing but what is asked of it.

use std::time::Duration;

use rusqlite::Connection;
use sqlite_collection::Sqlite;
use tempfile::TempDir;
use tenure::ManualClock;
use tenure::collection::{
    Change, Collection, CollectionTime, Cursor, HashKey, Op, Outcome, Policy, RecordKey, Request,
    StoredSession, TableCollection,
};
use tenure::{Limit, LimitKind};

struct Case {
    collection: TableCollection<Sqlite, ManualClock>,
    clock: ManualClock,
    dir: TempDir,
}

const fn key(number: u8) -> RecordKey {
    RecordKey::from_bytes([number; 16])
}

fn collection(
    dir: &TempDir,
    clock: &ManualClock,
    limits: impl Fn(&mut Policy),
) -> TableCollection<Sqlite, ManualClock> {
    let mut policy = Policy::new(Duration::ZERO);
    policy.hold = Duration::ZERO;
    policy.keep_ends = Duration::from_secs(100);
    limits(&mut policy);
    let store = Sqlite::open(dir.path().join("sqlite").to_str().unwrap()).unwrap();
    TableCollection::with_clock(store, policy, clock.clone())
}

impl Case {
    fn new(limits: impl Fn(&mut Policy)) -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), ManualClock::new());
        let collection = collection(&dir, &clock, limits);
        Self { collection, clock, dir }
    }

    /// Puts a session of a principal in.
    fn insert(&self, number: u8, principal: &str) -> Outcome {
        let stamp = self.collection.open(HashKey::new([1; 32]).fingerprint()).unwrap().stamp;
        let mut session = StoredSession::new(1, stamp.time, Vec::new());
        session.idle = Some(Duration::from_secs(10));
        session.principal = Some(principal.to_owned());
        let not_after = CollectionTime::from_micros(u64::MAX);
        self.apply(number, Op::Insert { session: Box::new(session), not_after, epoch: stamp.epoch })
    }

    fn insert_all(&self, numbers: impl IntoIterator<Item = u8>, principal: &str) {
        for number in numbers {
            assert_eq!(self.insert(number, principal), Outcome::Done { version: 0 });
            self.clock.advance(Duration::from_secs(1));
        }
    }

    fn apply(&self, number: u8, op: Op) -> Outcome {
        let answer = self.collection.apply(&[Request { key: key(number), op }]).unwrap();
        answer.outcomes.into_iter().next().unwrap().unwrap()
    }

    fn end(&self, numbers: impl IntoIterator<Item = u8>) {
        for number in numbers {
            let op = Op::Remove { reason: "killed".into(), id: None, fence: false };
            assert_eq!(self.apply(number, op), Outcome::Done { version: 0 });
        }
    }

    fn execute(&self, sql: &str, number: u8) {
        let other = Connection::open(self.dir.path().join("sqlite")).unwrap();
        assert_eq!(other.execute(sql, [key(number).as_bytes()]).unwrap(), 1);
    }

    fn spoil(&self, numbers: &[u8]) {
        for number in numbers {
            self.execute("UPDATE sessions SET bytes = x'00' WHERE key = ?", *number);
        }
    }

    fn is_live(&self, number: u8) -> bool {
        matches!(self.apply(number, Op::Load), Outcome::Live(_))
    }
}

#[test]
fn feed_lists_it_as_removed() {
    let case = Case::new(|_| {});
    case.insert_all(1..=4, "alice");
    case.end(1..=4);
    case.spoil(&[2, 3]);
    let stamp = case.collection.open(HashKey::new([1; 32]).fingerprint()).unwrap().stamp;
    let mut listed = Vec::new();
    let mut after = Cursor { epoch: stamp.epoch, seq: 0 };
    loop {
        let feed = case.collection.feed(after, 1).unwrap();
        assert!(!feed.gap && (feed.upto > after.seq || !feed.more));
        listed.extend(feed.changes.into_iter().map(|(key, change)| match change {
            Change::Ended(end) => (key, end.seq, end.reason),
            Change::Updated { .. } => panic!("{key} was not updated"),
        }));
        after.seq = feed.upto;
        if !feed.more {
            break;
        }
    }
    let reasons = ["killed", "removed", "removed", "killed"];
    let expected = (1..)
        .zip(reasons)
        .map(|(number, reason)| (key(number), u64::from(number), reason.to_owned()));
    assert_eq!(listed, expected.collect::<Vec<_>>());
}

#[test]
fn expire_forgets_and_ends_the_others() {
    let case = Case::new(|_| {});
    case.insert_all(1..=6, "alice");
    case.end(1..=3);
    case.spoil(&[1, 2, 4]);
    case.clock.advance(Duration::from_secs(200));
    let expired = case.collection.expire(9).unwrap();
    assert_eq!((expired.forgotten, expired.ended, expired.more), (1, 2, false));
    let expired = case.collection.expire(9).unwrap();
    assert_eq!((expired.forgotten, expired.ended, expired.more), (0, 0, false));
}

#[test]
fn end_principal_ends_the_others() {
    for at_most in [1, 9] {
        let case = Case::new(|_| {});
        case.insert_all(1..=6, "alice");
        case.spoil(&[1, 2, 4]);
        let mut ended = Vec::new();
        loop {
            let page =
                case.collection.end_principal("alice", "killed", &[key(5)], at_most).unwrap();
            ended.extend(page.ended.into_iter().map(|(key, _)| key));
            if !page.more {
                break;
            }
        }
        assert_eq!(ended, [key(3), key(6)]);
        assert!(case.is_live(5));
    }
}

#[test]
fn a_full_limit_evicts_the_oldest_that_can_be_read() {
    let case = Case::new(|policy| policy.global = Some(Limit::evict_oldest(5)));
    case.insert_all(1..=5, "alice");
    case.spoil(&[1, 2, 3]);
    case.insert_all([6], "bob");
    assert!(!case.is_live(4) && case.is_live(5));
    case.spoil(&[5, 6]);
    let full = Outcome::Full { limit: LimitKind::Global, live: 5, max: 5, all_busy: true };
    assert_eq!(case.insert(7, "bob"), full);
}

#[test]
fn both_limits_evict_what_can_be_read() {
    let mut case = Case::new(|_| {});
    case.insert_all([1, 2], "bob");
    case.insert_all([3], "alice");
    case.insert_all([4], "carol");
    case.spoil(&[1]);
    case.collection = collection(&case.dir, &case.clock, |policy| {
        policy.global = Some(Limit::evict_oldest(3));
        policy.per_principal = Some(Limit::evict_oldest(1));
    });
    case.insert_all([5], "alice");
    assert_eq!([2, 3, 4, 5].map(|number| case.is_live(number)), [false, false, true, true]);
}

#[test]
fn a_count_that_is_wrong_stops_nothing() {
    let case = Case::new(|policy| {
        policy.global = Some(Limit::evict_oldest(2));
        policy.per_principal = Some(Limit::evict_oldest(1));
    });
    case.insert_all([1], "alice");
    // What the collection knows of itself, among it how many sessions there are.
    case.execute("DELETE FROM sessions WHERE key = ?", 0);
    case.insert_all([2], "alice");
    assert!(!case.is_live(1) && case.is_live(2));
}
