//! Memory from the file.

use std::hash::{BuildHasher, RandomState};

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableError};

use super::bytes::head_from;
use super::fault::Fault;
use super::tables::{BODIES, ENDS, FILE_FORMAT, HEADS, META};
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::policy::Policy;
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::records::{Meta, Records};
use crate::collection::stamp::{CollectionTime, Epoch};

/// What a file says of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub(super) meta: Meta,
    /// The latest time that was written.
    pub(super) time: CollectionTime,
    /// How many transactions were committed: each has a number.
    pub(super) commits: u64,
}

/// What a file says of itself; `None` if it has no tables.
pub(super) fn about(read: &ReadTransaction) -> Result<Option<About>, CollectionError> {
    let meta = match read.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::TableDoesNotExist(_)) => {
            let mut tables = read.list_tables().map_err(Fault::from)?;
            return match tables.next() {
                None => Ok(None),
                Some(_) => Err(CollectionError::not_applied("the file is of another program")),
            };
        }
        Err(error) => return Err(Fault::from(error).into()),
    };
    let value = |name| meta.get(name).map(|found| found.map(|it| it.value())).map_err(Fault::from);
    let needed = |name| {
        let missing = || CollectionError::not_applied(format!("the file does not say its {name}"));
        value(name)?.ok_or_else(missing)
    };
    match needed("format")? {
        FILE_FORMAT => {}
        found => {
            let found = u32::try_from(found).unwrap_or(u32::MAX);
            #[allow(clippy::cast_possible_truncation)]
            return Err(CollectionError::OtherFormat { found, known: FILE_FORMAT as u32 });
        }
    }
    let fingerprint = value("fingerprint")?.map(|it| Fingerprint::from_bytes(it.to_be_bytes()));
    let (seq, floor) = (needed("seq")?, needed("floor")?);
    let meta = Meta { epoch: Epoch::from_number(needed("epoch")?), seq, floor, fingerprint };
    let time = CollectionTime::from_micros(needed("time")?);
    Ok(Some(About { meta, time, commits: needed("commits")? }))
}

/// What decides, of all that is in the file. The file is of another epoch from now on if it has
/// fewer than so many commits: it has lost some that others know of.
pub(super) fn load(
    db: &Database,
    policy: Policy,
    at_least: u64,
) -> Result<(Records, Option<About>), CollectionError> {
    let read = db.begin_read().map_err(Fault::from)?;
    let Some(about) = about(&read)? else {
        let meta = Meta { epoch: random_epoch(), seq: 0, floor: 0, fingerprint: None };
        return Ok((Records::new(policy, meta), None));
    };
    let epoch = if about.commits < at_least { random_epoch() } else { about.meta.epoch };
    let mut records = Records::new(policy, Meta { epoch, ..about.meta });
    load_sessions(&read, &mut records, policy.per_principal.is_some())?;
    let ends = read.open_table(ENDS).map_err(Fault::from)?;
    for entry in ends.iter().map_err(Fault::from)? {
        let (key, bytes) = entry.map_err(Fault::from)?;
        let key = RecordKey::from_bytes(*key.value());
        let end = StoredEnd::from_bytes(bytes.value()).map_err(|error| unreadable(key, &error))?;
        records.restore_end(key, &end);
    }
    Ok((records, Some(about)))
}

/// Where principals are limited, they are read from the bodies, which are in the same order.
fn load_sessions(
    read: &ReadTransaction,
    records: &mut Records,
    by_principal: bool,
) -> Result<(), CollectionError> {
    let heads = read.open_table(HEADS).map_err(Fault::from)?;
    let bodies = read.open_table(BODIES).map_err(Fault::from)?;
    let mut bodies = bodies.iter().map_err(Fault::from)?.peekable();
    for entry in heads.iter().map_err(Fault::from)? {
        let (key, head) = entry.map_err(Fault::from)?;
        let (head, note) = head_from(head.value());
        let key = RecordKey::from_bytes(*key.value());
        let mut principal = None;
        while let Some(body) = bodies.next_if(|body| {
            by_principal && body.as_ref().map_or(true, |(body, _)| body.value() <= key.as_bytes())
        }) {
            let (body, bytes) = body.map_err(Fault::from)?;
            if body.value() == key.as_bytes() {
                // One that cannot be read counts as one without a principal.
                let session = StoredSession::from_bytes(bytes.value()).ok();
                principal = session.and_then(|session| session.principal);
            }
        }
        records.restore(key, head, note, principal.as_deref());
    }
    Ok(())
}

/// The principals of all sessions that have one.
pub(super) fn principals(db: &Database) -> Result<Vec<(RecordKey, String)>, Fault> {
    let bodies = db.begin_read()?.open_table(BODIES)?;
    let mut principals = Vec::new();
    for entry in bodies.iter()? {
        let (key, bytes) = entry?;
        let session = StoredSession::from_bytes(bytes.value()).ok();
        let name = session.and_then(|session| session.principal);
        principals.extend(name.map(|name| (RecordKey::from_bytes(*key.value()), name)));
    }
    Ok(principals)
}

fn unreadable(key: RecordKey, error: &CollectionError) -> CollectionError {
    CollectionError::Unreadable { reason: format!("the end under {key}: {error}") }
}

/// It is no secret, but must be another each time.
fn random_epoch() -> Epoch {
    Epoch::from_number(RandomState::new().hash_one(()))
}
