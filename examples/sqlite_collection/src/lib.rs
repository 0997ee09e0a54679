//! A collection of your own: the sessions of `tenure` in SQLite.
//!
//! The rules are the crate's. What is here puts records into a table, finds them, and runs
//! transactions.

use std::sync::{Mutex, PoisonError};

use rusqlite::{
    Connection, OptionalExtension, Params, Row, Transaction, TransactionBehavior, params,
};
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

    fn list<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let listed = self.0.prepare_cached(sql);
        listed.and_then(|mut sql| sql.query_map(values, read)?.collect()).map_err(failed)
    }

    fn keys(&self, sql: &str, values: impl Params) -> Result<Vec<RecordKey>> {
        self.list(sql, values, |row| row.get(0).map(RecordKey::from_bytes))
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

    fn oldest(&mut self, of: Option<&str>, now: i64, at_most: usize) -> Result<Vec<RecordKey>> {
        match of {
            None => self.keys(
                "SELECT key FROM sessions WHERE used IS NOT NULL AND busy_until <= ?
                    ORDER BY used LIMIT ?",
                params![now, limit(at_most)],
            ),
            Some(principal) => self.keys(
                "SELECT key FROM sessions WHERE principal = ? AND busy_until <= ?
                    ORDER BY used LIMIT ?",
                params![principal, now, limit(at_most)],
            ),
        }
    }

    fn due(&mut self, now: i64, at_most: usize) -> Result<Vec<RecordKey>> {
        let sql = "SELECT key FROM sessions WHERE due <= ? LIMIT ?";
        self.keys(sql, params![now, limit(at_most)])
    }

    fn placed(&mut self, after: i64, at_most: usize) -> Result<Vec<(i64, RecordKey)>> {
        let sql = "SELECT place, key FROM sessions WHERE place > ? ORDER BY place LIMIT ?";
        let with_key = |row: &Row<'_>| Ok((row.get(0)?, RecordKey::from_bytes(row.get(1)?)));
        self.list(sql, params![after, limit(at_most)], with_key)
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
