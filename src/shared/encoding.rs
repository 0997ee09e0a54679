//! The application's codec, which may panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::inner::Inner;
use crate::collection::CollectionError;

/// What is wrong where it does: one record must not keep a refresh from all others.
const PANICKED: &str = "the codec panicked";

impl<T> Inner<T> {
    pub(super) fn encode(&self, data: &T) -> Result<Vec<u8>, CollectionError> {
        let encoded = catch_unwind(AssertUnwindSafe(|| self.codec.encode(data)));
        let encoded = encoded.map_err(|_| CollectionError::not_applied(PANICKED))?;
        encoded.map_err(|error| CollectionError::not_applied(error.to_string()))
    }

    /// The error says what is wrong.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<T, String> {
        let decoded = catch_unwind(AssertUnwindSafe(|| self.codec.decode(bytes)));
        decoded.map_err(|_| PANICKED.to_owned())?.map_err(|error| error.to_string())
    }
}
