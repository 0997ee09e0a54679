//! When a session expires, and of what.

use std::time::Duration;

use crate::end::EndReason;
use crate::tick::{PackedTick, Tick};

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

    /// Ends a session that was not used for so long.
    #[must_use]
    pub const fn idle(mut self, timeout: Duration) -> Self {
        self.idle = Some(timeout);
        self
    }

    /// Ends a session so long after it was created, in use or not.
    #[must_use]
    pub const fn absolute(mut self, timeout: Duration) -> Self {
        self.absolute = Some(timeout);
        self
    }
}

/// The timeouts of one session, worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadlines {
    idle: Packed,
    /// Since the clock's origin.
    absolute: Packed,
}

/// Later than any tick.
const OFF: u64 = u64::MAX;

/// Microseconds in six bytes: [`OFF`], or from one to those of the last tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packed(PackedTick);

impl Packed {
    /// What is longer than time itself is off.
    const fn new(micros: u64) -> Self {
        let reached = micros <= Tick::MAX.as_micros();
        Self(PackedTick::new(if reached { Tick::from_micros(micros) } else { Tick::ZERO }))
    }

    #[inline]
    const fn get(self) -> u64 {
        let micros = self.0.get().as_micros();
        if micros == 0 { OFF } else { micros }
    }
}

impl Deadlines {
    pub(crate) fn new(timeouts: Timeouts, created: Tick) -> Self {
        // Rounded up: nothing expires before its time. No timeout is zero.
        let micros = |span: Duration| {
            let seconds = span.as_secs().saturating_mul(1_000_000);
            seconds.saturating_add(span.subsec_nanos().div_ceil(1_000).into())
        };
        let absolute = timeouts.absolute.map_or(OFF, micros);
        Self {
            idle: Packed::new(timeouts.idle.map_or(OFF, micros)),
            absolute: Packed::new(absolute.saturating_add(created.as_micros())),
        }
    }

    /// The idle timeout in microseconds, `u64::MAX` where there is none.
    #[inline]
    pub(crate) fn idle(&self) -> u64 {
        self.idle.get()
    }

    /// Whether there is an absolute deadline.
    pub(crate) fn absolute(&self) -> bool {
        self.absolute.get() < OFF
    }

    /// When a session expires that was last active then; `None` if it never does. The one place
    /// where this is decided.
    ///
    /// Where both deadlines fall on one tick, the absolute one is the reason.
    #[inline]
    pub(crate) fn next(&self, last_active: Tick, in_use: bool) -> Option<(Tick, EndReason)> {
        let idle = if in_use { OFF } else { last_active.as_micros().saturating_add(self.idle()) };
        let absolute = self.absolute.get();
        let (at, reason) = if idle < absolute {
            (idle, EndReason::IdleTimeout)
        } else {
            (absolute, EndReason::AbsoluteTimeout)
        };
        // A deadline after the last tick is never reached.
        (at <= Tick::MAX.as_micros()).then(|| (Tick::from_micros(at), reason))
    }

    /// Why a session that was last active then has expired by `now`, if it has.
    #[inline]
    pub(crate) fn expired(&self, last_active: Tick, in_use: bool, now: Tick) -> Option<EndReason> {
        self.next(last_active, in_use).filter(|(at, _)| *at <= now).map(|(_, reason)| reason)
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
    fn endless_timeouts_never_expire() {
        let forever = Timeouts::none().idle(Duration::MAX).absolute(Duration::MAX);
        for timeouts in [Timeouts::none(), forever] {
            let deadlines = Deadlines::new(timeouts, at(5));
            assert_eq!(deadlines.expired(Tick::ZERO, false, Tick::MAX), None);
        }
    }
}
