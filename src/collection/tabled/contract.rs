//! What your program does for a [`TableCollection`](crate::collection::TableCollection).

use super::record::TableRecord;
use crate::collection::error::CollectionError;
use crate::collection::key::RecordKey;

/// A table of records by key, inside a transaction: of SQL, or of a store of keys and values with
/// indexes of your own.
///
/// What is searched for is in [columns](TableRecord); a column without a value is not found. No
/// method decides anything.
///
/// # Examples
///
/// One that is empty. The guide has one [in SQLite](crate::guide::collections), and
/// [`TableCollection`](crate::collection::TableCollection) has one in memory.
///
/// ```
/// use tenure::collection::{CollectionError, RecordKey, RecordTable, TableRecord};
///
/// type Result<T> = std::result::Result<T, CollectionError>;
///
/// struct Empty;
///
/// impl RecordTable for Empty {
///     fn get(&mut self, _: RecordKey) -> Result<Option<Vec<u8>>> {
///         Ok(None)
///     }
///     fn put(&mut self, _: RecordKey, _: &TableRecord) -> Result<()> {
///         Err(CollectionError::not_applied("it stays empty"))
///     }
///     fn delete(&mut self, _: RecordKey) -> Result<()> {
///         Ok(())
///     }
///     fn oldest(&mut self, _: Option<&str>, _: i64, _: usize) -> Result<Vec<RecordKey>> {
///         Ok(Vec::new())
///     }
///     fn due(&mut self, _: i64, _: usize) -> Result<Vec<RecordKey>> {
///         Ok(Vec::new())
///     }
///     fn placed(&mut self, _: i64, _: usize) -> Result<Vec<(i64, RecordKey)>> {
///         Ok(Vec::new())
///     }
///     fn of_principal(&mut self, _: &str, _: usize) -> Result<Vec<RecordKey>> {
///         Ok(Vec::new())
///     }
/// }
///
/// assert_eq!(Empty.count("alice"), Ok(0));
/// ```
pub trait RecordTable {
    /// The [bytes](TableRecord::bytes) that were last put under this key, if they were not deleted.
    ///
    /// # Errors
    ///
    /// Why it cannot be read. As with all methods: then nothing of the transaction is done.
    fn get(&mut self, key: RecordKey) -> Result<Option<Vec<u8>>, CollectionError>;

    /// Puts a record under this key, in place of what was there: bytes and columns.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    fn put(&mut self, key: RecordKey, record: &TableRecord) -> Result<(), CollectionError>;

    /// Deletes what is under this key.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    fn delete(&mut self, key: RecordKey) -> Result<(), CollectionError>;

    /// The first `at_most` keys, in the order of their `used`, of those whose `busy_until` is not
    /// later than `now`: of a principal, or of all.
    ///
    /// # Errors
    ///
    /// Why they cannot be read.
    fn oldest(
        &mut self,
        principal: Option<&str>,
        now: i64,
        at_most: usize,
    ) -> Result<Vec<RecordKey>, CollectionError>;

    /// At most `at_most` keys whose `due` is `now` or earlier.
    ///
    /// # Errors
    ///
    /// Why they cannot be read.
    fn due(&mut self, now: i64, at_most: usize) -> Result<Vec<RecordKey>, CollectionError>;

    /// The first `at_most` keys, in the order of their `place`, of those where it is after this
    /// one; each with its place.
    ///
    /// # Errors
    ///
    /// Why they cannot be read.
    fn placed(
        &mut self,
        after: i64,
        at_most: usize,
    ) -> Result<Vec<(i64, RecordKey)>, CollectionError>;

    /// At most `at_most` keys of a principal.
    ///
    /// # Errors
    ///
    /// Why they cannot be read.
    fn of_principal(
        &mut self,
        principal: &str,
        at_most: usize,
    ) -> Result<Vec<RecordKey>, CollectionError>;

    /// How many keys a principal has. By default, those are listed: asked for only where principals
    /// are limited.
    ///
    /// # Errors
    ///
    /// Why they cannot be read.
    fn count(&mut self, principal: &str) -> Result<usize, CollectionError> {
        self.of_principal(principal, usize::MAX).map(|keys| keys.len())
    }
}

/// Transactions of a [`RecordTable`].
///
/// # Examples
///
/// See [`TableCollection`](crate::collection::TableCollection).
///
/// ```
/// use tenure::collection::{RecordKey, Transact};
///
/// fn is_empty(store: &impl Transact) -> bool {
///     let found = store.transact(|table| table.get(RecordKey::from_bytes([1; 16])));
///     found == Ok(None)
/// }
/// # struct Nothing;
/// # impl Transact for Nothing {
/// #     fn transact<R>(
/// #         &self,
/// #         _: impl FnMut(
/// #             &mut dyn tenure::collection::RecordTable,
/// #         ) -> Result<R, tenure::collection::CollectionError>,
/// #     ) -> Result<R, tenure::collection::CollectionError> {
/// #         Err(tenure::collection::CollectionError::not_applied("there is nothing"))
/// #     }
/// # }
/// # assert!(!is_empty(&Nothing));
/// ```
pub trait Transact: Send + Sync {
    /// Runs `act` in a transaction that sees no change of another one meanwhile, and that no other
    /// writes into: what SQL calls serializable. Where `act` fails, nothing is written, and its
    /// error is returned. It may run again, where the transaction has to.
    ///
    /// # Errors
    ///
    /// That of `act`; or why there is no transaction. If it is not known whether it was committed,
    /// [`InDoubt`](CollectionError::InDoubt).
    fn transact<R>(
        &self,
        act: impl FnMut(&mut dyn RecordTable) -> Result<R, CollectionError>,
    ) -> Result<R, CollectionError>;
}
