//! What a shared store does with the store beneath it: it loads sessions, and ends those that ended
//! elsewhere.

use super::builder::StoreBuilder;
use super::end::{EndAs, EndOutcome};
use super::handle::SessionStore;
use super::key::Named;
use super::newcomer::Loaded;
use crate::end::{EndReason, Tombstone};
use crate::error::{CreateError, LookupError};
use crate::id::SessionId;
use crate::session::{Lease, MAX_LEASES, NewSession, Session, drop_record};
use crate::sync::Arc;
use crate::table::Keeper;

/// Why a session was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LoadError {
    /// It has ended here.
    Ended(Tombstone),
    /// It is live here, and has no lease left to give, of this many.
    TooManyLeases { max: u32 },
    /// There is no room for it, or something else is wrong.
    Refused(CreateError),
}

impl From<CreateError> for LoadError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::IdEnded(tombstone) => Self::Ended(tombstone),
            other => Self::Refused(other),
        }
    }
}

impl<T: Send + Sync + 'static> StoreBuilder<T> {
    /// What keeps the sessions elsewhere too: they are unloaded where they would idle out or be
    /// evicted.
    pub(crate) fn keeper(mut self, keeper: Arc<dyn Keeper<T>>) -> Self {
        self.keeper = Some(keeper);
        self
    }

    /// What limits logins, rather than this store's memory.
    #[cfg(feature = "shared")]
    pub(crate) fn limits_of_logins(&self) -> Option<&'static str> {
        self.settings.limits.of_logins()
    }
}

impl<T> SessionStore<T> {
    /// Takes in a session that was kept elsewhere. The new session has its id, its age and, as far
    /// as the store's differ, its timeouts; how long it was idle is taken as given, even if that is
    /// more than its idle timeout.
    ///
    /// Where a session with this id is live here, also past its idle deadline, that one is revived:
    /// its last-active time moves forward to the loaded one's. Its data, names and timeouts stay,
    /// and those that were loaded are dropped. Returns it, and whether it is new here. A lease that
    /// was asked for has been taken: see [`load_leased`](Self::load_leased).
    pub(crate) fn load(
        &self,
        new: NewSession<T>,
        loaded: Loaded,
    ) -> Result<(Session<T>, bool), LoadError> {
        let asked = new.leased;
        let entered = self.enter(new, Some(loaded))?;
        if asked && !entered.leased {
            drop_record(entered.session.record);
            return Err(LoadError::TooManyLeases { max: MAX_LEASES });
        }
        Ok((entered.session, !entered.revived))
    }

    /// As [`load`](Self::load), and keeps the session in use until the lease is dropped.
    pub(crate) fn load_leased(
        &self,
        mut new: NewSession<T>,
        loaded: Loaded,
    ) -> Result<(Lease<T>, bool), LoadError> {
        new.leased = true;
        self.load(new, loaded).map(|(session, is_new)| (Lease::taken(session), is_new))
    }

    /// Ends the session that has this id, pinned or not, for any reason. An id that was rotated
    /// away leads to no session, in its grace neither.
    pub(crate) fn end_for(&self, id: SessionId, reason: EndReason) -> EndOutcome {
        let (table, how) = (self.table(), EndAs { reason, pinned_too: true });
        table.visit(table.moment(), |visit| {
            // As in `end`: this pointer is not the last one.
            match table.find_current(&Named::Id(id), visit.moment.now) {
                Ok(record) => visit.end_record(&record, how),
                Err(LookupError::Ended(tombstone)) => EndOutcome::AlreadyEnded(tombstone),
                Err(LookupError::Unknown) => EndOutcome::Unknown,
            }
        })
    }
}
