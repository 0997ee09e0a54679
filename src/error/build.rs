//! What can go wrong when a store is built.

use std::time::Duration;

use crate::id::IdError;
use crate::tick::Tick;

/// Why a store cannot be built. Each names the setting that is at fault.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{BuildError, SessionStore};
///
/// let builder = SessionStore::<()>::builder().idle_timeout(Duration::ZERO);
/// assert_eq!(builder.build().unwrap_err(), BuildError::ZeroTimeout { which: "idle" });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A timeout of zero would end every session as it is created.
    #[error("the {which} timeout is zero: leave it off or give it a length")]
    ZeroTimeout {
        /// `idle` or `absolute`.
        which: &'static str,
    },
    /// The global limit has no place that an ordinary session could take.
    #[error("the global limit of {max} sessions less the reserve of {reserve} leaves no place")]
    NoPlace {
        /// The global limit.
        max: usize,
        /// The places kept for privileged sessions.
        reserve: usize,
    },
    /// A reserve is kept from the global limit, and there is none.
    #[error("a reserve of {reserve} places needs a global limit to keep them from")]
    ReserveWithoutLimit {
        /// The places kept for privileged sessions.
        reserve: usize,
    },
    /// The clock's origin is so long ago that its ticks would soon run out.
    #[error(
        "the clock starts at {} microseconds, too near the last tick at {}: count from a recent \
         origin, not from 1970", now.as_micros(), Tick::MAX.as_micros()
    )]
    ClockOrigin {
        /// What the clock said.
        now: Tick,
    },
    /// A grace for rotated ids lives in their tombstones, and none are kept that long.
    #[error("a rotation grace of {grace:?} needs tombstones, at least one, kept at least as long")]
    GraceWithoutTombstones {
        /// How long a rotated id was to go on answering.
        grace: Duration,
    },
    /// A ring of no events could not even hold the one that a subscriber is to read next.
    #[error("the event ring has no place: give it at least one event")]
    NoEventRing,
    /// The operating system gave no randomness, for the salt of the track ids or the name of the
    /// event log.
    #[error("no random bytes could be drawn: {0}")]
    Random(IdError),
}
