//! When something is in a collection.

use std::time::Duration;

/// A point on the clock of a collection, in microseconds since an origin of its own.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::CollectionTime;
///
/// let at = CollectionTime::from_micros(5_000_000);
/// assert_eq!(at.saturating_add(Duration::from_secs(1)).since(at), Duration::from_secs(1));
/// assert_eq!(at.saturating_sub(Duration::from_secs(60)), CollectionTime::ORIGIN);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionTime(u64);

impl CollectionTime {
    /// The origin of the clock.
    pub const ORIGIN: Self = Self(0);
    /// Later than any other.
    pub(crate) const LAST: Self = Self(u64::MAX);

    /// The time this many microseconds after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// How many microseconds it is after the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; zero if it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// So much later. Parts of a microsecond count as a whole one.
    #[must_use]
    pub fn saturating_add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros(span)))
    }

    /// So much earlier, and not before the origin.
    #[must_use]
    pub fn saturating_sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(micros(span)))
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX)
}

/// Which setting-up of a collection: drawn at random then, so that one that was flushed, or put
/// back to an older state by hand, is known to be another.
///
/// # Examples
///
/// ```
/// use tenure::collection::Epoch;
///
/// assert_ne!(Epoch::from_number(1), Epoch::from_number(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch with this number.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// When an answer was given: every answer of a collection has one. All of it is read in one step
/// with what the answer says, or before it.
///
/// # Examples
///
/// ```
/// use tenure::collection::{CollectionTime, Epoch, Stamp};
///
/// let time = CollectionTime::from_micros(7);
/// let stamp = Stamp { time, epoch: Epoch::from_number(1), seq: 0 };
/// assert_eq!(stamp.cursor().seq, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The collection's time.
    pub time: CollectionTime,
    /// The collection's epoch.
    pub epoch: Epoch,
    /// The highest seq that it had given out.
    pub seq: u64,
}

impl Stamp {
    /// The place in the feed where what comes after this begins.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, seq: self.seq }
    }
}

/// A place in the [feed](crate::collection::Collection::feed) of a collection: what has a higher
/// seq comes after it.
///
/// # Examples
///
/// ```
/// use tenure::collection::{Cursor, Epoch};
///
/// let start = Cursor { epoch: Epoch::from_number(1), seq: 0 };
/// assert_ne!(start, Cursor { seq: 1, ..start });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The epoch that it is a place of.
    pub epoch: Epoch,
    /// The seq of the last entry before it.
    pub seq: u64,
}
