//! When a session expires, and of what.

use std::time::Duration;

use crate::end::EndReason;
use crate::tick::Tick;

/// How long a session may live. Either timeout may be off, and both hold together.
///
/// Idle time counts from the end of the last lease or the last touch, whichever is later. A session
/// in use does not idle out; it does reach its absolute timeout.
///
/// A session is expired from the tick of its deadline on.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{NewSession, SessionStore, Timeouts};
///
/// let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3_600));
/// // NIST SP 800-63B-4, AAL3: 15 minutes idle, 12 hours overall.
/// let aal3 = Timeouts::none().idle(15 * minute).absolute(12 * hour);
/// let store = SessionStore::builder().timeouts(aal3).build()?;
/// store.create(NewSession::new(())).unwrap();
/// assert!(store.next_deadline().unwrap() <= 15 * minute);
/// let both = (aal3.idle_timeout(), aal3.absolute_timeout());
/// assert_eq!(both, (Some(15 * minute), Some(12 * hour)));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub(crate) idle: Option<Duration>,
    pub(crate) absolute: Option<Duration>,
}

impl Default for Timeouts {
    /// The timeouts of a store that is given none: one hour idle and 24 hours overall, the longest
    /// that NIST SP 800-63B-4 allows at AAL2.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::Timeouts;
    ///
    /// let hour = Duration::from_secs(3_600);
    /// assert_eq!(Timeouts::default(), Timeouts::none().idle(hour).absolute(24 * hour));
    /// ```
    fn default() -> Self {
        Self::none().idle(Duration::from_secs(60 * 60)).absolute(Duration::from_secs(24 * 60 * 60))
    }
}

impl Timeouts {
    /// Sessions never expire: not the [default](Self::default).
    #[must_use]
    pub const fn none() -> Self {
        Self { idle: None, absolute: None }
    }

    /// Ends a session that was not used for this long; `None` for no idle timeout.
    #[must_use]
    pub fn idle(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.idle = timeout.into();
        self
    }

    /// Ends a session this long after it was created, in use or not; `None` for no absolute
    /// timeout.
    #[must_use]
    pub fn absolute(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.absolute = timeout.into();
        self
    }

    /// The idle timeout; `None` if there is none.
    #[must_use]
    pub const fn idle_timeout(&self) -> Option<Duration> {
        self.idle
    }

    /// The absolute timeout; `None` if there is none.
    #[must_use]
    pub const fn absolute_timeout(&self) -> Option<Duration> {
        self.absolute
    }
}

/// The timeouts of one session, worked out, in microseconds: at most 49 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadlines {
    /// From the last activity; [`OFF`] where there is none.
    pub(crate) idle: u64,
    /// Since the clock's origin; [`OFF`] where there is none.
    pub(crate) absolute: u64,
}

/// A timeout in whole microseconds, rounded up: nothing expires before its time.
fn micros(timeout: Duration) -> u64 {
    let seconds = timeout.as_secs().saturating_mul(1_000_000);
    seconds.saturating_add(timeout.subsec_nanos().div_ceil(1_000).into())
}

/// For how long a timeout has been over that began `ago`, if it is.
pub(crate) fn over_since(timeout: Duration, ago: Duration) -> Option<Duration> {
    // One that no tick reaches is never over.
    let micros = micros(timeout);
    let reached = micros <= Tick::MAX.as_micros();
    ago.checked_sub(Duration::from_micros(micros)).filter(|_| reached)
}

/// Later than any tick, and longer than all ticks.
const OFF: u64 = (1 << (Tick::BITS + 1)) - 1;

impl Deadlines {
    /// Of a session that does not expire.
    pub(crate) const NONE: Self = Self { idle: OFF, absolute: OFF };

    /// Those of a session that was created then. A timeout of zero is over from the start.
    pub(crate) fn new(timeouts: Timeouts, created: Tick) -> Self {
        let reached = |micros: u64| if micros <= Tick::MAX.as_micros() { micros } else { OFF };
        let absolute = timeouts.absolute.map_or(OFF, micros);
        Self {
            idle: reached(timeouts.idle.map_or(OFF, micros)),
            absolute: reached(absolute.saturating_add(created.as_micros())),
        }
    }

    /// The timeouts of a session that was created then and has these deadlines.
    pub(crate) fn timeouts(self, created: Tick) -> Timeouts {
        let span = |micros: u64| (micros < OFF).then(|| Duration::from_micros(micros));
        let absolute = span(self.absolute);
        let created = Duration::from_micros(created.as_micros());
        Timeouts {
            idle: span(self.idle),
            absolute: absolute.map(|deadline| deadline.saturating_sub(created)),
        }
    }

    /// Whether there is an absolute deadline.
    #[inline]
    pub(crate) fn is_absolute(self) -> bool {
        self.absolute < OFF
    }

    /// When a session expires that was last active then, in microseconds, and of what. The one
    /// place where this is decided.
    ///
    /// Where both deadlines fall on one tick, the absolute one is the reason.
    #[inline]
    fn first(self, last_active: Tick, in_use: bool) -> (u64, EndReason) {
        let idle = if in_use { OFF } else { last_active.as_micros() + self.idle };
        if idle < self.absolute {
            (idle, EndReason::IdleTimeout)
        } else {
            (self.absolute, EndReason::AbsoluteTimeout)
        }
    }

    /// When a session expires that was last active then, and of what; `None` if it never does.
    #[inline]
    pub(crate) fn next(self, last_active: Tick, in_use: bool) -> Option<(Tick, EndReason)> {
        let (at, reason) = self.first(last_active, in_use);
        // A deadline after the last tick is never reached.
        (at <= Tick::MAX.as_micros()).then(|| (Tick::from_micros(at), reason))
    }

    /// Why a session that was last active then has expired by `now`, if it has.
    #[inline]
    pub(crate) fn expired(self, last_active: Tick, in_use: bool, now: Tick) -> Option<EndReason> {
        let (at, reason) = self.first(last_active, in_use);
        (at <= now.as_micros()).then_some(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u64) -> Tick {
        Tick::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_earlier_deadline_is_the_reason() {
        let both = Timeouts::none().idle(10 * SECOND).absolute(30 * SECOND);
        let deadlines = Deadlines::new(both, at(100));
        assert_eq!(deadlines.expired(at(100), false, at(109)), None);
        assert_eq!(deadlines.expired(at(100), false, at(110)), Some(EndReason::IdleTimeout));
        assert_eq!(deadlines.expired(at(119), false, at(130)), Some(EndReason::IdleTimeout));
        assert_eq!(deadlines.expired(at(120), false, at(130)), Some(EndReason::AbsoluteTimeout));
        assert_eq!(deadlines.expired(at(125), false, at(130)), Some(EndReason::AbsoluteTimeout));
    }

    #[test]
    fn in_use_only_the_absolute_one_counts() {
        let both = Timeouts::none().idle(10 * SECOND).absolute(30 * SECOND);
        let deadlines = Deadlines::new(both, at(0));
        assert_eq!(deadlines.expired(at(0), true, at(29)), None);
        assert_eq!(deadlines.expired(at(0), true, at(30)), Some(EndReason::AbsoluteTimeout));
    }

    #[test]
    fn a_part_of_a_microsecond_counts_as_a_whole_one() {
        let deadlines = Deadlines::new(Timeouts::none().idle(Duration::from_nanos(1)), at(1));
        assert_eq!(deadlines.expired(at(1), false, at(1)), None);
        let next = Tick::from_micros(1_000_001);
        assert_eq!(deadlines.expired(at(1), false, next), Some(EndReason::IdleTimeout));
    }

    #[test]
    fn timeouts_are_had_back() {
        let some = [None, Some(Duration::ZERO), Some(30 * SECOND)];
        for (idle, absolute) in some.iter().flat_map(|idle| some.map(|other| (*idle, other))) {
            let timeouts = Timeouts { idle, absolute };
            assert_eq!(Deadlines::new(timeouts, at(7)).timeouts(at(7)), timeouts);
        }
        let forever = Timeouts::none().idle(Duration::MAX).absolute(Duration::MAX);
        assert_eq!(Deadlines::new(forever, at(7)).timeouts(at(7)), Timeouts::none());
    }

    #[test]
    fn endless_timeouts_never_expire() {
        let forever = Timeouts::none().idle(Duration::MAX).absolute(Duration::MAX);
        for timeouts in [Timeouts::none(), forever] {
            let deadlines = Deadlines::new(timeouts, at(5));
            assert_eq!(deadlines.expired(Tick::ZERO, false, Tick::MAX), None);
        }
    }
}
