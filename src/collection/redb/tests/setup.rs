//! Collections on such a disk, and what is asked of them.

use std::time::Duration;

use super::disk::Disk;
use crate::clock::ManualClock;
use crate::collection::contract::Collection;
use crate::collection::error::CollectionError;
use crate::collection::key::{HashKey, RecordKey};
use crate::collection::op::{Op, Request};
use crate::collection::outcome::Outcome;
use crate::collection::policy::Policy;
use crate::collection::record::StoredSession;
use crate::collection::redb::handle::RedbCollection;
use crate::collection::redb::options::RedbOptions;
use crate::collection::redb::source::Source;
use crate::collection::stamp::CollectionTime;

/// How many keys there are.
pub(super) const KEYS: u8 = 12;

pub(super) fn key(number: u8) -> RecordKey {
    RecordKey::from_bytes([number % KEYS; 16])
}

pub(super) fn policy() -> Policy {
    let mut policy = Policy::new(Duration::from_secs(1));
    policy.hold = Duration::from_secs(10);
    policy.keep_ends = Duration::from_secs(60);
    policy
}

pub(super) fn options(clock: &ManualClock) -> RedbOptions {
    RedbOptions::new(policy()).clock(clock.clone())
}

pub(super) fn on(disk: &Disk, options: &RedbOptions) -> Result<RedbCollection, CollectionError> {
    let disk = disk.clone();
    let source = Source::of(move |builder| builder.create_with_backend(disk.backend()));
    let collection = RedbCollection::from_source(source, options)?;
    collection.open(HashKey::new([1; 32]).fingerprint())?;
    Ok(collection)
}

pub(super) fn now(collection: &RedbCollection) -> Result<CollectionTime, CollectionError> {
    Ok(collection.open(HashKey::new([1; 32]).fingerprint())?.stamp.time)
}

/// Puts a session in that idles out after a minute.
pub(super) fn insert(collection: &RedbCollection, number: u8) -> Result<Op, CollectionError> {
    let opened = collection.open(HashKey::new([1; 32]).fingerprint())?;
    let at = opened.stamp.time;
    let mut session = StoredSession::new(u32::from(number), at, vec![number; 40]);
    session.principal = Some(format!("p{}", number % 3));
    session.idle = Some(Duration::from_secs(60));
    let not_after = at.saturating_add(Duration::from_secs(9));
    Ok(Op::Insert { session: Box::new(session), not_after, epoch: opened.stamp.epoch })
}

pub(super) fn logout() -> Op {
    Op::Remove { reason: "logged_out".into(), id: None, fence: false }
}

/// What comes of one request.
pub(super) fn ask(
    collection: &RedbCollection,
    number: u8,
    op: Op,
) -> Result<Outcome, CollectionError> {
    let answer = collection.apply(&[Request { key: key(number), op }])?;
    answer.outcomes.into_iter().next().expect("an outcome")
}
