//! The memory of an ended session.

use std::fmt;

use time::OffsetDateTime;

use super::reason::EndReason;
use crate::tick::Tick;

/// What is remembered of an ended session: when, why, which limit.
///
/// A [`Session`](crate::Session) always knows its own. A store returns it to a lookup
/// by id for as long as its tombstones are kept.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{EndReason, LookupError, ManualClock, NewSession, SessionStore};
///
/// let clock = ManualClock::new();
/// let store = SessionStore::builder().clock(clock.clone()).build()?;
/// let id = store.create(NewSession::new(())).unwrap().id();
/// clock.advance(Duration::from_secs(60));
/// store.end(&id);
///
/// let Err(LookupError::Ended(tombstone)) = store.touch(&id) else { panic!("it has ended") };
/// assert_eq!(tombstone.reason(), EndReason::LoggedOut);
/// assert_eq!(tombstone.at().since(tombstone.last_active()), Duration::from_secs(60));
/// assert!(tombstone.to_string().ends_with("60s after it was last active: logged out"));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tombstone {
    reason: EndReason,
    at: Tick,
    wall: OffsetDateTime,
    last_active: Tick,
}

impl Tombstone {
    pub(crate) const fn new(
        reason: EndReason,
        at: Tick,
        wall: OffsetDateTime,
        last_active: Tick,
    ) -> Self {
        Self { reason, at, wall, last_active }
    }

    /// Why it ended.
    #[must_use]
    pub const fn reason(&self) -> EndReason {
        self.reason
    }

    /// When it ended. For a timeout that is when a reaper, a lookup or another call noticed it,
    /// which may be later than the deadline.
    #[must_use]
    pub const fn at(&self) -> Tick {
        self.at
    }

    /// When it ended, on the wall clock. For display only: a wall clock may jump.
    #[must_use]
    pub const fn wall(&self) -> OffsetDateTime {
        self.wall
    }

    /// When it was last active.
    #[must_use]
    pub const fn last_active(&self) -> Tick {
        self.last_active
    }
}

impl fmt::Display for Tombstone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.wall.to_hms();
        let (date, offset) = (self.wall.date(), self.wall.offset());
        let idle = self.at.since(self.last_active);
        write!(f, "ended on {date} at {hour:02}:{minute:02}:{second:02} {offset}, ")?;
        write!(f, "{idle:?} after it was last active: {}", self.reason)
    }
}
