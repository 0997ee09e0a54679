//! A collection of your own: the sessions of `tenure` in SQLite.
//!
//! The whole of a [`Collection`]: four operations, each in one transaction. What each request does
//! is decided in `decide.rs`, on the record as it is; this file reads and writes.

mod decide;
mod limits;
mod sql;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use tenure::collection::{
    Answer, Change, Collection, CollectionError, CollectionTime, Cursor, Epoch, Expired, Feed,
    Fingerprint, Op, Opened, Outcome, Policy, RecordKey, Request, Stamp, StoredEnd, StoredSession,
};

use decide::{Record, decide};
use limits::room;
use sql::{SCHEMA, failed, int, micros, read, record, write};

/// Sessions in SQLite.
pub struct SqliteCollection {
    connection: Mutex<Connection>,
    policy: Policy,
}

/// The one row of `meta`.
struct Meta {
    stamp: Stamp,
    floor: u64,
}

impl SqliteCollection {
    /// The collection in this database, which may be `:memory:`.
    ///
    /// # Errors
    ///
    /// Why the database cannot be opened.
    pub fn open_path(path: &str, policy: Policy) -> Result<Self, CollectionError> {
        let connection = Connection::open(path).map_err(failed)?;
        connection.execute_batch("PRAGMA journal_mode = WAL").map_err(failed)?;
        connection.execute_batch(SCHEMA).map_err(failed)?;
        Ok(Self { connection: Mutex::new(connection), policy })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one transaction, at a time that is never before that of an earlier one.
    fn transaction<R>(
        &self,
        run: impl FnOnce(&Transaction<'_>, &mut Meta) -> Result<R, CollectionError>,
    ) -> Result<R, CollectionError> {
        let mut connection = self.lock();
        let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begun.map_err(failed)?;
        let select = "SELECT epoch, seq, floor, time FROM meta";
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let found = transaction.query_row(select, [], row).optional().map_err(failed)?;
        let Some((epoch, seq, floor, time)) = found else {
            return Err(CollectionError::not_applied("it was never opened"));
        };
        let [epoch, seq, floor, time] = [epoch, seq, floor, time].map(i64::cast_unsigned);
        let time = CollectionTime::from_micros(wall_micros().max(time));
        let stamp = Stamp { time, epoch: Epoch::from_number(epoch), seq };
        let mut meta = Meta { stamp, floor };
        let result = run(&transaction, &mut meta)?;
        let numbers = params![int(meta.stamp.seq), int(meta.floor), micros(time)];
        let update = "UPDATE meta SET seq = ?, floor = ?, time = ?";
        transaction.execute(update, numbers).map_err(failed)?;
        // A commit that fails may have been written.
        let unknown = |error| CollectionError::in_doubt(format!("SQLite: {error}"));
        transaction.commit().map_err(unknown)?;
        Ok(result)
    }
}

impl SqliteCollection {
    fn apply_one(
        &self,
        tx: &Transaction<'_>,
        meta: &mut Meta,
        request: &Request,
    ) -> Result<Outcome, CollectionError> {
        let other = decide::other_key(&request.op).map(|key| read(tx, key)).transpose()?.flatten();
        let record = read(tx, request.key)?;
        let decision = decide(record, other, request.clone(), meta.stamp, &self.policy);
        if let Op::Insert { session, .. } = &request.op
            && !decision.writes.is_empty()
        {
            let (now, principal) = (meta.stamp.time, session.principal.as_deref());
            match room(tx, &self.policy, principal, now)? {
                Err(full) => return Ok(full),
                Ok(victims) => {
                    for (key, reason) in victims {
                        self.end(tx, meta, key, reason)?;
                    }
                }
            }
        }
        for (key, record) in &decision.writes {
            let seq = decision.seq.filter(|_| *key == request.key);
            write(tx, &self.policy, (*key, record, seq))?;
        }
        meta.stamp.seq = decision.seq.unwrap_or(meta.stamp.seq);
        Ok(decision.outcome)
    }

    /// Ends a session that no node ended.
    fn end(
        &self,
        tx: &Transaction<'_>,
        meta: &mut Meta,
        key: RecordKey,
        reason: &str,
    ) -> Result<(), CollectionError> {
        meta.stamp.seq += 1;
        let end = StoredEnd::new(reason, meta.stamp.time, meta.stamp.seq);
        write(tx, &self.policy, (key, &Record::Ended(end), Some(meta.stamp.seq)))
    }
}

#[allow(clippy::disallowed_methods, reason = "a collection has a clock of its own")]
fn wall_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

impl Collection for SqliteCollection {
    fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        let random = "INSERT OR IGNORE INTO meta
            SELECT 0, ?, ?, random(), 0, 0, 0";
        let values = params![StoredSession::FORMAT, fingerprint.as_bytes()];
        self.lock().execute(random, values).map_err(failed)?;
        self.transaction(|tx, meta| {
            let select = "SELECT format, fingerprint FROM meta";
            let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let (found, theirs): (u32, [u8; 8]) = tx.query_row(select, [], row).map_err(failed)?;
            let known = StoredSession::FORMAT;
            if found != known {
                return Err(CollectionError::OtherFormat { found, known });
            }
            if theirs != *fingerprint.as_bytes() {
                return Err(CollectionError::OtherKey);
            }
            Ok(Opened { stamp: meta.stamp, floor: meta.floor })
        })
    }

    fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        self.transaction(|tx, meta| {
            let stamp = meta.stamp;
            let mut outcomes = Vec::with_capacity(requests.len());
            for request in requests {
                outcomes.push(match self.apply_one(tx, meta, request) {
                    Err(error @ CollectionError::Unreadable { .. }) => Err(error),
                    // Nothing is applied of the batch.
                    Err(error) => return Err(error),
                    Ok(outcome) => Ok(outcome),
                });
            }
            Ok(Answer { stamp, outcomes })
        })
    }

    fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        self.transaction(|tx, meta| {
            let stamp = meta.stamp;
            let known = meta.floor..=stamp.seq;
            if after.epoch != stamp.epoch || !known.contains(&after.seq) {
                let (changes, upto) = (Vec::new(), stamp.seq);
                return Ok(Feed { stamp, changes, upto, more: false, gap: true });
            }
            let select =
                "SELECT key, live, body, seq FROM records WHERE seq > ? ORDER BY seq LIMIT ?";
            let mut select = tx.prepare_cached(select).map_err(failed)?;
            let limit = i64::try_from(at_most.max(1)).unwrap_or(i64::MAX);
            let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            let rows = select.query_map(params![int(after.seq), limit], row).map_err(failed)?;
            let (mut changes, mut upto) = (Vec::new(), after.seq);
            for row in rows {
                let (key, live, body, seq): (_, bool, Vec<u8>, i64) = row.map_err(failed)?;
                let change = match record(live, &body)? {
                    Record::Live(session) => Change::Updated { version: session.version },
                    Record::Ended(end) => Change::Ended(Box::new(end)),
                };
                changes.push((RecordKey::from_bytes(key), change));
                upto = seq.cast_unsigned();
            }
            let more = changes.len() >= at_most.max(1) && upto < stamp.seq;
            let upto = if more { upto } else { stamp.seq };
            Ok(Feed { stamp, changes, upto, more, gap: false })
        })
    }

    fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        self.transaction(|tx, meta| {
            let (stamp, now) = (meta.stamp, meta.stamp.time);
            let (mut ended, mut forgotten) = (0, 0);
            let select = "SELECT key FROM records WHERE due <= ? ORDER BY due LIMIT ?";
            let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
            let due: Vec<[u8; 16]> = {
                let mut select = tx.prepare_cached(select).map_err(failed)?;
                let rows = select.query_map(params![micros(now), limit], |row| row.get(0));
                rows.and_then(Iterator::collect).map_err(failed)?
            };
            let more = due.len() == at_most;
            for key in due {
                let key = RecordKey::from_bytes(key);
                match read(tx, key)? {
                    Some(Record::Live(session)) => {
                        self.end(tx, meta, key, decide::reason(&session, now))?;
                        ended += 1;
                    }
                    Some(Record::Ended(end)) => {
                        meta.floor = meta.floor.max(end.seq);
                        tx.execute("DELETE FROM records WHERE key = ?", [key.as_bytes()])
                            .map_err(failed)?;
                        forgotten += 1;
                    }
                    None => {}
                }
            }
            Ok(Expired { stamp, ended, forgotten, more })
        })
    }
}
