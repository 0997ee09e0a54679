//! What a server tells its client, where a session cannot be used.

use super::error::SharedAcquireError;

impl SharedAcquireError {
    /// Whether the same request may succeed later, without another login: not `401` for a
    /// client of HTTP.
    ///
    /// | | | HTTP |
    /// |---|---|---|
    /// | `Unknown`, `Ended` | log in | 401 |
    /// | `Unavailable`, `Stale`, `Here` | try again | 503 |
    /// | `TooManyLeases` | try again, less at once | 429 |
    /// | `Unreadable` | neither helps: the record needs an operator | 500 |
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::collection::CollectionError;
    /// use tenure::shared::SharedAcquireError;
    ///
    /// let error = SharedAcquireError::from(CollectionError::in_doubt("no answer in time"));
    /// assert_eq!(error.to_string(), "the collection is unavailable: no answer in time");
    /// assert!(error.is_unavailable() && !SharedAcquireError::Unknown.is_unavailable());
    /// ```
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        !matches!(self, Self::Unknown | Self::Ended(_) | Self::Unreadable { .. })
    }
}
