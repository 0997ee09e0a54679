//! A session as a filter knows it.

use std::fmt;

use super::ending::drop_record;
use super::handle::Session;
use super::info::SessionInfo;
use super::record::Record;
use crate::id::TrackSalt;
use crate::sync::{Arc, Weak};

/// A session, whatever its data are. Keeps none of them in memory, nor the store.
#[derive(Clone)]
pub(crate) struct WeakSession {
    store: TrackSalt,
    number: u64,
    record: Weak<dyn Listed>,
}

/// A record, whatever its data are.
trait Listed: Send + Sync {
    /// A snapshot of the session, unless it has ended.
    fn info(&self) -> Option<SessionInfo>;

    /// Drops a pointer that may be the last one. Hold no lock.
    fn let_go(self: Arc<Self>);
}

impl<T: Send + Sync> Listed for Record<T> {
    fn info(&self) -> Option<SessionInfo> {
        let seen = self.word.load();
        (!seen.ended()).then(|| SessionInfo::new(self, seen))
    }

    fn let_go(self: Arc<Self>) {
        drop_record(self);
    }
}

impl WeakSession {
    pub(crate) fn new<T: Send + Sync + 'static>(session: &Session<T>) -> Self {
        let record = &session.record;
        let (store, number) = (record.context.salt.clone(), record.number());
        let weak: Weak<Record<T>> = Arc::downgrade(record);
        Self { store, number, record: weak }
    }

    /// The creation number.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether the session is this one.
    pub(crate) fn is(&self, info: &SessionInfo) -> bool {
        self.number == info.number() && info.is_of(&self.store)
    }

    /// Calls `code` with a closure that takes a snapshot of the session, of none if it has ended or
    /// is not of the store that has this salt. Hold no lock; `code` may take some.
    pub(crate) fn with_info<R>(
        &self,
        store: &TrackSalt,
        code: impl FnOnce(&dyn Fn() -> Option<SessionInfo>) -> R,
    ) -> R {
        let record = if self.store.is(store) { self.record.upgrade() } else { None };
        let result = code(&|| record.as_ref()?.info());
        if let Some(record) = record {
            record.let_go();
        }
        result
    }
}

impl PartialEq for WeakSession {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && self.store.is(&other.store)
    }
}

impl Eq for WeakSession {}

impl fmt::Debug for WeakSession {
    /// As the creation number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}
