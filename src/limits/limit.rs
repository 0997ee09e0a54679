//! One limit.

use std::time::Duration;

/// How many sessions there may be of something, and what happens to the next one.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::store::OnFull;
/// use tenure::Limit;
///
/// let limit = Limit::evict_oldest(400).min_idle(Duration::from_secs(60));
/// assert_eq!(limit.max(), 400);
/// assert_eq!(limit.on_full(), OnFull::EvictOldest { min_idle: Duration::from_secs(60) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    max: usize,
    on_full: OnFull,
}

/// What happens to a new session when a limit is full.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::Limit;
/// use tenure::store::OnFull;
///
/// assert_eq!(Limit::reject(5).on_full(), OnFull::Reject);
/// let at_once = OnFull::EvictOldest { min_idle: Duration::ZERO };
/// assert_eq!(Limit::evict_oldest(5).on_full(), at_once);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFull {
    /// It is refused.
    Reject,
    /// It takes the place of the oldest session that is under the limit, not in use and not pinned.
    EvictOldest {
        /// The oldest must have been idle for at least so long, else the new one is refused.
        min_idle: Duration,
    },
}

impl Limit {
    /// No limit: for a named exception from one.
    pub const UNLIMITED: Self = Self::reject(usize::MAX);

    /// At most `max` sessions; the next one is refused.
    #[must_use]
    pub const fn reject(max: usize) -> Self {
        Self { max, on_full: OnFull::Reject }
    }

    /// At most `max` sessions; the next one takes the place of the oldest that is not in use.
    #[must_use]
    pub const fn evict_oldest(max: usize) -> Self {
        Self { max, on_full: OnFull::EvictOldest { min_idle: Duration::ZERO } }
    }

    /// Lets this limit evict only what has been idle for at least `floor`. It changes nothing about
    /// a limit that rejects.
    #[must_use]
    pub const fn min_idle(mut self, floor: Duration) -> Self {
        if let OnFull::EvictOldest { .. } = self.on_full {
            self.on_full = OnFull::EvictOldest { min_idle: floor };
        }
        self
    }

    /// How many sessions there may be.
    #[must_use]
    pub const fn max(&self) -> usize {
        self.max
    }

    /// What happens to the next one.
    #[must_use]
    pub const fn on_full(&self) -> OnFull {
        self.on_full
    }

    pub(crate) const fn evicts(&self) -> bool {
        matches!(self.on_full, OnFull::EvictOldest { .. })
    }
}
