//! A collection of your own: the sessions of `tenure` in SQLite.
//!
//! The rules are the crate's. What is here puts records into a table, finds them, and runs
//! transactions.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Params, Transaction, TransactionBehavior, params};
use tenure::collection::{CollectionError, RecordKey, RecordTable, TableRecord, Transact};

type Result<T> = std::result::Result<T, CollectionError>;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS sessions (
        key BLOB PRIMARY KEY, bytes BLOB NOT NULL, place INTEGER UNIQUE, due INTEGER,
        principal TEXT, used INTEGER, busy_until INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS by_due ON sessions (due) WHERE due IS NOT NULL;
    CREATE INDEX IF NOT EXISTS by_use ON sessions (used) WHERE used IS NOT NULL;
    CREATE INDEX IF NOT EXISTS by_principal ON sessions (principal, used)
        WHERE principal IS NOT NULL;";

/// Sessions in SQLite, for a `TableCollection`.
pub struct Sqlite(Mutex<Connection>);

impl Sqlite {
    /// The database at this path, which may be `:memory:`.
    ///
    /// # Errors
    ///
    /// Why it cannot be opened.
    pub fn open(path: &str) -> Result<Self> {
        let connection = Connection::open(path).map_err(failed)?;
        connection.execute_batch(SCHEMA).map_err(failed)?;
        Ok(Self(Mutex::new(connection)))
    }
}

impl Transact for Sqlite {
    fn transact<R>(&self, mut act: impl FnMut(&mut dyn RecordTable) -> Result<R>) -> Result<R> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Is rolled back where it is dropped.
        let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let mut table = Table(begun.map_err(failed)?);
        let result = act(&mut table)?;
        // It may have been written nonetheless.
        let unknown = |error| CollectionError::in_doubt(format!("SQLite: {error}"));
        table.0.commit().map_err(unknown)?;
        Ok(result)
    }
}

struct Table<'a>(Transaction<'a>);

impl Table<'_> {
    fn write(&self, sql: &str, values: impl Params) -> Result<()> {
        let written = self.0.prepare_cached(sql).and_then(|mut sql| sql.execute(values));
        written.map(drop).map_err(failed)
    }

    fn keys(&self, sql: &str, values: impl Params) -> Result<Vec<RecordKey>> {
        let listed = self.0.prepare_cached(sql).and_then(|mut sql| {
            let keys = sql.query_map(values, |row| row.get(0).map(RecordKey::from_bytes))?;
            keys.collect()
        });
        listed.map_err(failed)
    }
}

impl RecordTable for Table<'_> {
    fn get(&mut self, key: RecordKey) -> Result<Option<Vec<u8>>> {
        let sql = self.0.prepare_cached("SELECT bytes FROM sessions WHERE key = ?");
        let found =
            sql.and_then(|mut sql| sql.query_row([key.as_bytes()], |row| row.get(0)).optional());
        found.map_err(failed)
    }

    fn put(&mut self, key: RecordKey, record: &TableRecord) -> Result<()> {
        let TableRecord { bytes, place, due, principal, used, busy_until } = record;
        self.write(
            "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![key.as_bytes(), bytes, place, due, principal, used, busy_until],
        )
    }

    fn delete(&mut self, key: RecordKey) -> Result<()> {
        self.write("DELETE FROM sessions WHERE key = ?", [key.as_bytes()])
    }

    fn oldest(&mut self, principal: Option<&str>, now: i64) -> Result<Option<RecordKey>> {
        let keys = match principal {
            None => self.keys(
                "SELECT key FROM sessions WHERE used IS NOT NULL AND busy_until <= ?
                    ORDER BY used LIMIT 1",
                [now],
            ),
            Some(name) => self.keys(
                "SELECT key FROM sessions WHERE principal = ? AND busy_until <= ?
                    ORDER BY used LIMIT 1",
                params![name, now],
            ),
        };
        Ok(keys?.pop())
    }

    fn due(&mut self, now: i64, at_most: usize) -> Result<Vec<RecordKey>> {
        let sql = "SELECT key FROM sessions WHERE due <= ? LIMIT ?";
        self.keys(sql, params![now, limit(at_most)])
    }

    fn placed(&mut self, after: i64, at_most: usize) -> Result<Vec<RecordKey>> {
        let sql = "SELECT key FROM sessions WHERE place > ? ORDER BY place LIMIT ?";
        self.keys(sql, params![after, limit(at_most)])
    }

    fn of_principal(&mut self, principal: &str, at_most: usize) -> Result<Vec<RecordKey>> {
        let sql = "SELECT key FROM sessions WHERE principal = ? LIMIT ?";
        self.keys(sql, params![principal, limit(at_most)])
    }
}

fn limit(at_most: usize) -> i64 {
    i64::try_from(at_most).unwrap_or(i64::MAX)
}

fn failed(error: rusqlite::Error) -> CollectionError {
    CollectionError::not_applied(format!("SQLite: {error}"))
}
