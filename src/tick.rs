//! [`Tick`]: a point on the store's monotonic clock.

use std::ops::{Add, Sub};
use std::time::Duration;

/// A point on a [`Clock`](crate::Clock)'s monotonic time line, in whole microseconds since the
/// clock's origin.
///
/// A tick has 48 bits, which is about 8.9 years, so that it fits into one atomic word together with
/// the rest of a session's state. All arithmetic saturates at [`Tick::ZERO`] and [`Tick::MAX`], in
/// debug and release builds alike: a hostile clock can make a time wrong, never make it wrap.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::Tick;
///
/// let start = Tick::from_micros(500);
/// let later = start.saturating_add(Duration::from_millis(2));
/// assert_eq!(later.as_micros(), 2_500);
/// assert_eq!(later.since(start), Duration::from_millis(2));
/// assert_eq!(start.since(later), Duration::ZERO);
/// assert_eq!(later.saturating_add(Duration::MAX), Tick::MAX);
/// assert_eq!(later - Duration::from_millis(1) + Duration::from_millis(1), later);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(u64);

impl Tick {
    /// How many bits a tick uses.
    pub(crate) const BITS: u32 = 48;

    /// The origin of the clock.
    pub const ZERO: Self = Self(0);

    /// Where this crate's clocks start: 365 days after the origin.
    ///
    /// So a process that has just started has ticks for what was before it, and can
    /// [restore](crate::NewSession::age) a session that is up to a year old.
    pub const START: Self = Self(365 * 24 * 3_600 * 1_000_000);

    /// The last tick there is: 2^48 - 1 microseconds, about 8.9 years, after the origin.
    pub const MAX: Self = Self((1 << Self::BITS) - 1);

    /// The tick this many microseconds after the origin; [`Tick::MAX`] if that is later than the
    /// last.
    #[must_use]
    #[inline]
    pub const fn from_micros(micros: u64) -> Self {
        if micros > Self::MAX.0 { Self::MAX } else { Self(micros) }
    }

    /// Microseconds since the origin.
    #[must_use]
    #[inline]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// This tick and `span` more, at most [`Tick::MAX`]. Parts of a microsecond are dropped.
    #[must_use]
    #[inline]
    pub fn saturating_add(self, span: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(micros(span)))
    }

    /// This tick less `span`, at least [`Tick::ZERO`]. Parts of a microsecond are dropped.
    #[must_use]
    pub fn saturating_sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(micros(span)))
    }

    /// The time from `earlier` to this tick, or zero if `earlier` is the later one.
    #[must_use]
    #[inline]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Tick {
    type Output = Self;

    /// [`saturating_add`](Self::saturating_add).
    fn add(self, span: Duration) -> Self {
        self.saturating_add(span)
    }
}

impl Sub<Duration> for Tick {
    type Output = Self;

    /// [`saturating_sub`](Self::saturating_sub).
    fn sub(self, span: Duration) -> Self {
        self.saturating_sub(span)
    }
}

/// A tick, or another number of 48 bits, in six bytes: where memory counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, packed(2))]
pub(crate) struct Packed48 {
    low: u32,
    high: u16,
}

impl Packed48 {
    /// A larger number counts as the largest that there is.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // It has 48 bits.
    pub(crate) const fn new(number: u64) -> Self {
        let number = Tick::from_micros(number).0;
        Self { low: number as u32, high: (number >> 32) as u16 }
    }

    #[inline]
    pub(crate) const fn get(self) -> u64 {
        (self.high as u64) << 32 | self.low as u64
    }
}

/// `span` in whole microseconds, `u64::MAX` where it is longer than that can say.
#[inline]
fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_number_is_what_it_was() {
        for number in [0, 1, 0xffff, 0x1_0000, 0x1234_5678_9abc, Tick::MAX.as_micros()] {
            assert_eq!(Packed48::new(number).get(), number);
        }
        assert_eq!(Packed48::new(u64::MAX).get(), Tick::MAX.as_micros());
    }

    #[test]
    fn every_operation_saturates() {
        assert_eq!(Tick::from_micros(u64::MAX), Tick::MAX);
        assert_eq!(Tick::MAX.saturating_add(Duration::from_micros(1)), Tick::MAX);
        assert_eq!(Tick::from_micros(5).saturating_sub(Duration::MAX), Tick::ZERO);
        assert_eq!(Tick::ZERO.since(Tick::MAX), Duration::ZERO);
    }

    #[test]
    fn a_part_of_a_microsecond_is_dropped() {
        assert_eq!(Tick::ZERO.saturating_add(Duration::from_nanos(1_999)).as_micros(), 1);
    }
}
