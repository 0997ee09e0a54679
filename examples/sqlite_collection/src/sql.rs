//! Records as rows.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tenure::collection::{
    CollectionError, CollectionTime, Policy, RecordKey, StoredEnd, StoredSession,
};

use crate::decide::{Record, due};

/// The sessions are in one table. `body` is the record as `tenure` writes it; the other columns are
/// what is searched for. `seq` is its place in the feed, `due` when there is something to do about
/// it.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS records (
        key BLOB PRIMARY KEY, live INTEGER NOT NULL, body BLOB NOT NULL,
        seq INTEGER UNIQUE, due INTEGER, principal TEXT, used INTEGER, busy_until INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS by_due ON records (due) WHERE due IS NOT NULL;
    CREATE INDEX IF NOT EXISTS by_use ON records (used) WHERE live;
    CREATE INDEX IF NOT EXISTS by_principal ON records (principal, used) WHERE live;
    CREATE TABLE IF NOT EXISTS meta (
        id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, fingerprint BLOB NOT NULL,
        epoch INTEGER NOT NULL, seq INTEGER NOT NULL, floor INTEGER NOT NULL, time INTEGER NOT NULL
    );";

pub(crate) fn failed(error: rusqlite::Error) -> CollectionError {
    CollectionError::not_applied(format!("SQLite: {error}"))
}

/// SQLite's integers are signed: this one is had back as it was.
pub(crate) fn int(number: u64) -> i64 {
    number.cast_signed()
}

/// A time, in the order of times. One that is too late for SQLite never comes.
pub(crate) fn micros(time: CollectionTime) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

pub(crate) fn read(
    tx: &Transaction<'_>,
    key: RecordKey,
) -> Result<Option<Record>, CollectionError> {
    let select = "SELECT live, body FROM records WHERE key = ?";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found = tx
        .prepare_cached(select)
        .and_then(|mut select| select.query_row([key.as_bytes()], row).optional());
    found.map_err(failed)?.map(|(live, body): (bool, Vec<u8>)| record(live, &body)).transpose()
}

pub(crate) fn record(live: bool, body: &[u8]) -> Result<Record, CollectionError> {
    Ok(if live {
        Record::Live(StoredSession::from_bytes(body)?)
    } else {
        Record::Ended(StoredEnd::from_bytes(body)?)
    })
}

/// Writes a record. `seq` is its place in the feed, if it gets a new one.
pub(crate) fn write(
    tx: &Transaction<'_>,
    policy: &Policy,
    (key, record, seq): (RecordKey, &Record, Option<u64>),
) -> Result<(), CollectionError> {
    let body = match record {
        Record::Live(session) => session.to_bytes(),
        Record::Ended(end) => end.to_bytes(),
    };
    let live = matches!(record, Record::Live(_));
    let due = due(record, policy).map(micros);
    let seq = seq.map(int);
    let (principal, used, busy_until) = match record {
        Record::Live(session) => (session.principal.as_deref(), session.used, session.busy_until),
        Record::Ended(_) => (None, CollectionTime::ORIGIN, CollectionTime::ORIGIN),
    };
    let (used, busy_until) = (micros(used), micros(busy_until));
    let upsert = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET live = excluded.live, body = excluded.body,
            seq = coalesce(excluded.seq, seq), due = excluded.due, principal = excluded.principal,
            used = excluded.used, busy_until = excluded.busy_until";
    let values = params![key.as_bytes(), live, body, seq, due, principal, used, busy_until];
    let written = tx.prepare_cached(upsert).and_then(|mut upsert| upsert.execute(values));
    written.map(drop).map_err(failed)
}
