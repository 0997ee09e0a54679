//! How slots behave.

use std::time::Duration;

use super::given::Given;
use crate::end::Tombstone;
use crate::error::CreateError;
use crate::session::{NewSession, Session};
use crate::store::SessionStore;
use crate::sync::Arc;

type Check<T> = Arc<dyn Fn(&Session<T>) -> bool + Send + Sync>;
type Hook<T> = Arc<dyn Fn(&Session<T>, &Tombstone) + Send + Sync>;

/// How slots behave.
pub(crate) struct Options<T> {
    pub(super) check: Option<Check<T>>,
    pub(super) on_end: Option<Hook<T>>,
    /// How long a login may take, and how long others wait for it, where only one is to run.
    pub(crate) single_flight: Option<Duration>,
}

impl<T> Options<T> {
    pub(super) fn validate_with(
        &mut self,
        check: impl Fn(&Session<T>) -> bool + Send + Sync + 'static,
    ) {
        self.check = Some(Arc::new(check));
    }

    pub(crate) fn on_end(
        &mut self,
        hook: impl Fn(&Session<T>, &Tombstone) + Send + Sync + 'static,
    ) {
        self.on_end = Some(Arc::new(hook));
    }
}

impl<T: Send + Sync + 'static> Options<T> {
    /// A session for a slot, which does not hold it yet.
    pub(super) fn create<G: Given<T>>(
        &self,
        store: &SessionStore<T>,
        new: NewSession<T>,
    ) -> Result<G, CreateError> {
        let fresh = G::create(store, new.pinned())?;
        if let Some(hook) = self.on_end.clone() {
            fresh.session().on_end(move |session, tombstone| hook(session, tombstone));
        }
        Ok(fresh)
    }
}

impl<T> Default for Options<T> {
    fn default() -> Self {
        Self { check: None, on_end: None, single_flight: None }
    }
}

impl<T> Clone for Options<T> {
    fn clone(&self) -> Self {
        Self {
            check: self.check.clone(),
            on_end: self.on_end.clone(),
            single_flight: self.single_flight,
        }
    }
}
