//! The collection.

use super::about::{ABOUT, About};
use super::contract::Transact;
use super::record::{Kept, TableRecord};
use super::table::{Tabled, is_of_one};
use crate::clock::{Clock, SystemClock};
use crate::collection::contract::Collection;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::{Op, Request};
use crate::collection::outcome::{Answer, Expired, Feed, Opened, Outcome, PrincipalEnded};
use crate::collection::policy::Policy;
use crate::collection::records::{self, Decision};
use crate::collection::stamp::{CollectionTime, Cursor};

/// A collection of your own: over a table that your program reads and writes, in a database that it
/// has already. All rules are kept here; each call is one transaction.
///
/// Its time is the time of day, by the clock of the process that asks, and never before that of an
/// earlier change: give it another [clock](Self::with_clock) where several machines ask, such as
/// one that the database sets, or keep their clocks within the
/// [grace](crate::collection::Policy::grace) of each other.
///
/// # Examples
///
/// In memory, where a failure undoes nothing. The guide has [one in
/// SQLite](crate::guide::collections).
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
/// use std::time::Duration;
/// use tenure::collection::{
///     Collection, CollectionError, HashKey, Policy, RecordKey, RecordTable, TableCollection,
///     TableRecord, Transact,
/// };
///
/// type Result<T> = std::result::Result<T, CollectionError>;
///
/// #[derive(Default)]
/// struct Memory(Mutex<Table>);
///
/// #[derive(Default)]
/// struct Table(BTreeMap<RecordKey, TableRecord>);
///
/// impl Transact for Memory {
///     fn transact<R>(
///         &self,
///         mut act: impl FnMut(&mut dyn RecordTable) -> Result<R>,
///     ) -> Result<R> {
///         act(&mut *self.0.lock().unwrap())
///     }
/// }
///
/// impl Table {
///     /// The first of what has a place in an order, each with its place.
///     fn first<O: Ord>(
///         &self,
///         at_most: usize,
///         place: impl Fn(&TableRecord) -> Option<O>,
///     ) -> Vec<(O, RecordKey)> {
///         let found = self.0.iter().filter_map(|(key, record)| Some((place(record)?, *key)));
///         let mut found: Vec<_> = found.collect();
///         found.sort();
///         found.truncate(at_most);
///         found
///     }
///
///     fn keys<O: Ord>(
///         &self,
///         at_most: usize,
///         place: impl Fn(&TableRecord) -> Option<O>,
///     ) -> Vec<RecordKey> {
///         self.first(at_most, place).into_iter().map(|(_, key)| key).collect()
///     }
/// }
///
/// impl RecordTable for Table {
///     fn get(&mut self, key: RecordKey) -> Result<Option<Vec<u8>>> {
///         Ok(self.0.get(&key).map(|record| record.bytes.clone()))
///     }
///     fn put(&mut self, key: RecordKey, record: &TableRecord) -> Result<()> {
///         self.0.insert(key, record.clone());
///         Ok(())
///     }
///     fn delete(&mut self, key: RecordKey) -> Result<()> {
///         self.0.remove(&key);
///         Ok(())
///     }
///     fn oldest(
///         &mut self,
///         of: Option<&str>,
///         now: i64,
///         at_most: usize,
///     ) -> Result<Vec<RecordKey>> {
///         let meant = |record: &TableRecord| of.is_none() || record.principal.as_deref() == of;
///         let free = |record: &TableRecord| meant(record) && record.busy_until <= Some(now);
///         Ok(self.keys(at_most, |record| record.used.filter(|_| free(record))))
///     }
///     fn due(&mut self, now: i64, at_most: usize) -> Result<Vec<RecordKey>> {
///         Ok(self.keys(at_most, |record| record.due.filter(|due| *due <= now)))
///     }
///     fn placed(&mut self, after: i64, at_most: usize) -> Result<Vec<(i64, RecordKey)>> {
///         Ok(self.first(at_most, |record| record.place.filter(|place| *place > after)))
///     }
///     fn of_principal(&mut self, principal: &str, at_most: usize) -> Result<Vec<RecordKey>> {
///         let meant = |record: &TableRecord| record.principal.as_deref() == Some(principal);
///         Ok(self.keys(at_most, |record| meant(record).then_some(())))
///     }
/// }
///
/// let policy = Policy::new(Duration::from_secs(300));
/// let collection = TableCollection::new(Memory::default(), policy);
/// let opened = collection.open(HashKey::new([1; 32]).fingerprint())?;
/// assert_eq!(opened.stamp.seq, 0);
/// # #[cfg(feature = "conformance")]
/// # let new = |policy| TableCollection::new(Memory::default(), policy);
/// # #[cfg(feature = "conformance")]
/// # tenure::collection::conformance::run(new);
/// # Ok::<(), CollectionError>(())
/// ```
#[derive(Debug)]
pub struct TableCollection<S, K = SystemClock> {
    store: S,
    policy: Policy,
    clock: K,
}

impl<S: Transact> TableCollection<S> {
    /// The collection in this store, by the system's time of day.
    #[must_use]
    pub fn new(store: S, policy: Policy) -> Self {
        Self::with_clock(store, policy, SystemClock::new())
    }
}

impl<S: Transact, K: Clock> TableCollection<S, K> {
    /// The collection in this store, by the time of day of this clock.
    #[must_use]
    pub fn with_clock(store: S, policy: Policy, clock: K) -> Self {
        Self { store, policy, clock }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Runs one transaction.
    fn run<R>(
        &self,
        act: impl Fn(&mut Tabled<'_>, CollectionTime) -> Result<R, CollectionError>,
    ) -> Result<R, CollectionError> {
        let micros = self.clock.wall().unix_timestamp_nanos() / 1_000;
        let wall = CollectionTime::from_micros(u64::try_from(micros).unwrap_or(0));
        self.store.transact(|table| {
            let known = table.get(ABOUT)?.map(|bytes| About::from_bytes(&bytes)).transpose()?;
            let about = known.unwrap_or_else(About::new);
            let now = wall.max(about.time);
            let mut tabled = Tabled::new(table, self.policy, about);
            let result = act(&mut tabled, now)?;
            let (about, wrote) = (About { time: now, ..tabled.about }, tabled.wrote);
            if wrote || known.is_none_or(|known| known.meta != about.meta) {
                let bytes = about.to_bytes();
                table.put(ABOUT, &TableRecord { bytes, ..TableRecord::default() })?;
            }
            Ok(result)
        })
    }
}

/// Whether a request is about what no session has.
fn is_reserved(request: &Request) -> bool {
    request.key == ABOUT || matches!(&request.op, Op::Rotate { to, .. } if to.key == ABOUT)
}

fn one(
    table: &mut Tabled<'_>,
    now: CollectionTime,
    request: &Request,
) -> Result<Outcome, CollectionError> {
    if is_reserved(request) {
        return Err(CollectionError::Unreadable { reason: "the key is the collection's".into() });
    }
    match records::apply(table, now, request)? {
        Decision::Outcome(outcome) => Ok(outcome),
        Decision::Live => Ok(match table.read(request.key)? {
            Some(Kept::Live { session, .. }) => Outcome::Live(session),
            _ => Outcome::Missing,
        }),
    }
}

impl<S: Transact, K: Clock> Collection for TableCollection<S, K> {
    fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.run(|table, now| records::open(table, now, fingerprint))
    }

    fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        self.run(|table, now| {
            let stamp = table.about.meta.stamp(now);
            let mut outcomes = Vec::with_capacity(requests.len());
            for request in requests {
                outcomes.push(match one(table, now, request) {
                    Err(error) if !is_of_one(&error) => return Err(error),
                    outcome => outcome,
                });
            }
            Ok(Answer { stamp, outcomes })
        })
    }

    fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        self.run(|table, now| records::feed(table, now, after, at_most))
    }

    fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        self.run(|table, now| records::expire(table, now, at_most))
    }

    fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        self.run(|table, now| {
            records::end_principal(table, now, (principal, reason), except, at_most)
        })
    }

    fn keep_ends(&self) -> Option<std::time::Duration> {
        Some(self.policy.keep_ends)
    }
}
