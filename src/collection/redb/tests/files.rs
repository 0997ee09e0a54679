//! Files that cannot be used, and bytes that are not what they were.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process;
use std::time::Duration;

use super::accord::contents;
use super::disk::Disk;
use super::setup::{ask, insert, logout, on, options};
use crate::clock::ManualClock;
use crate::collection::error::CollectionError;
use crate::collection::op::Op;
use crate::collection::outcome::Outcome;
use crate::collection::redb::handle::RedbCollection;
use crate::collection::redb::inspect::RedbRecords;

/// A path of a test, removed with what is there.
struct Path(PathBuf);

impl Path {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tenure-{test}-{}.redb", process::id()));
        let _ = fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn refused(error: CollectionError, because: &str) {
    assert!(matches!(error, CollectionError::NotApplied { .. }), "{error}");
    assert!(error.to_string().contains(because), "{error}");
}

#[test]
fn a_file_is_open_once() {
    let (path, clock) = (Path::new("once"), ManualClock::new());
    let first = RedbCollection::create(&path.0, options(&clock)).unwrap();
    let second = RedbCollection::create(&path.0, options(&clock)).unwrap_err();
    refused(second, "has the file open");
    refused(RedbRecords::of_file(&path.0).unwrap_err(), "has the file open");
    drop(first);
    RedbCollection::create(&path.0, options(&clock)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let path = Path::new("owner");
    drop(RedbCollection::create(&path.0, options(&ManualClock::new())).unwrap());
    assert_eq!(fs::metadata(&path.0).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn other_files_are_refused_and_kept() {
    let (path, clock) = (Path::new("other"), ManualClock::new());
    let open = || RedbCollection::create(&path.0, options(&clock)).unwrap_err();
    let text = "no database, but a text. ".repeat(999);
    fs::write(&path.0, &text).unwrap();
    refused(open(), "not of redb");
    assert_eq!(fs::read_to_string(&path.0).unwrap(), text);

    fs::remove_file(&path.0).unwrap();
    let db = redb::Database::create(&path.0).unwrap();
    let write = db.begin_write().unwrap();
    let table = redb::TableDefinition::<u64, u64>::new("mine");
    write.open_table(table).unwrap().insert(1, 1).unwrap();
    write.commit().unwrap();
    drop(db);
    refused(open(), "of another program");
    refused(RedbRecords::of_file(&path.0).unwrap_err(), "of another program");
    refused(RedbCollection::create("/", options(&clock)).unwrap_err(), "/: ");
}

#[test]
fn another_format_is_refused_with_both_numbers() {
    let (path, clock) = (Path::new("format"), ManualClock::new());
    drop(RedbCollection::create(&path.0, options(&clock)).unwrap());
    let db = redb::Database::create(&path.0).unwrap();
    let write = db.begin_write().unwrap();
    let table = redb::TableDefinition::<&str, u64>::new("meta");
    write.open_table(table).unwrap().insert("format", 2).unwrap();
    write.commit().unwrap();
    drop(db);
    let error = RedbCollection::create(&path.0, options(&clock)).unwrap_err();
    assert_eq!(error, CollectionError::OtherFormat { found: 2, known: 1 });
}

#[test]
fn a_file_that_was_changed_is_opened_or_refused() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let collection = on(&disk, &options(&clock)).unwrap();
    for number in 0..6 {
        ask(&collection, number, insert(&collection, number).unwrap()).unwrap();
    }
    ask(&collection, 3, logout()).unwrap();
    drop(collection);
    let mut opened = 0;
    for seed in 0..400_usize {
        let damaged = disk.copy();
        damaged.damage(|bytes| {
            if seed.is_multiple_of(4) {
                bytes.truncate(bytes.len() * (seed % 50) / 50);
            } else {
                let at = (seed * 7_919) % (bytes.len() / 8);
                bytes[at] ^= u8::try_from(1 + seed % 255).unwrap();
            }
        });
        match on(&damaged, &options(&clock)) {
            Ok(collection) => {
                opened += 1;
                let _ = ask(&collection, 1, logout());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert!(opened > 50, "{opened} of 400");
}

#[test]
fn a_full_disk_is_said_to_be_and_does_no_harm() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let collection = on(&disk, &options(&clock)).unwrap();
    ask(&collection, 1, insert(&collection, 1).unwrap()).unwrap();
    let before = contents(&collection).unwrap();
    let mut op = insert(&collection, 2).unwrap();
    if let Op::Insert { session, .. } = &mut op {
        session.data = vec![2; 4 << 20];
    }
    disk.fill_up();
    for _ in 0..3 {
        let error = ask(&collection, 2, op.clone()).unwrap_err();
        refused(error, "the disk is full");
    }
    // It is left alone for a while, since failures came soon after each other.
    disk.mend();
    refused(ask(&collection, 2, op.clone()).unwrap_err(), "the disk is full");
    clock.advance(Duration::from_secs(2));
    assert_eq!(contents(&collection).unwrap(), before);
    assert_eq!(ask(&collection, 2, op), Ok(Outcome::Done { version: 0 }));
}

#[test]
fn a_disk_that_is_gone_leaves_in_doubt_what_it_was_told_last() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    let collection = on(&disk, &options(&clock)).unwrap();
    let op = insert(&collection, 1).unwrap();
    disk.fail_after(1, ErrorKind::Other, false);
    let error = ask(&collection, 1, op.clone()).unwrap_err();
    assert!(error.may_be_applied(), "{error}");
    assert!(matches!(ask(&collection, 1, op.clone()), Err(CollectionError::NotApplied { .. })));
    disk.mend();
    clock.advance(Duration::from_secs(2));
    assert_eq!(ask(&collection, 1, op), Ok(Outcome::Done { version: 0 }));
}
