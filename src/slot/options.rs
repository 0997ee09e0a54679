//! How slots behave.

use std::time::Duration;

use crate::session::Session;
use crate::sync::Arc;

type Check<T> = Arc<dyn Fn(&Session<T>) -> bool + Send + Sync>;

/// How slots behave.
pub(crate) struct Options<T> {
    pub(super) check: Option<Check<T>>,
    /// How long to wait for the login under way, where only one is to be.
    pub(super) single_flight: Option<Duration>,
}

impl<T> Options<T> {
    pub(super) fn validate_with(
        &mut self,
        check: impl Fn(&Session<T>) -> bool + Send + Sync + 'static,
    ) {
        self.check = Some(Arc::new(check));
    }
}

impl<T> Default for Options<T> {
    fn default() -> Self {
        Self { check: None, single_flight: None }
    }
}

impl<T> Clone for Options<T> {
    fn clone(&self) -> Self {
        Self { check: self.check.clone(), single_flight: self.single_flight }
    }
}
