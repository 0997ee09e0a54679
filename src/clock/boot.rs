//! A clock that also counts while the machine is suspended.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use time::OffsetDateTime;

use super::contract::Clock;
use super::system::system_wall;
use crate::tick::Tick;

/// The operating system's monotonic clock that also counts while the machine is suspended
/// (`CLOCK_BOOTTIME`), at [`Tick::START`] when this value is made, and its wall clock for display.
/// With the feature `boot-clock`, on Linux and Android.
///
/// For laptops, phones and virtual machines, where an absolute timeout of eight hours shall mean
/// eight hours. After a suspension many sessions may have expired at once; a thread that sleeps
/// until the [next deadline](crate::SessionStore::next_deadline) does not wake for it, since its
/// own sleep stood still, but no lookup returns an expired session meanwhile.
///
/// # Examples
///
/// ```
/// use tenure::clock::BootClock;
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().clock(BootClock::new()).build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// assert!(store.now() >= session.created_at());
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BootClock {
    /// How long the machine had been up.
    origin: Duration,
}

impl BootClock {
    /// A clock that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self { origin: up() }
    }
}

impl Default for BootClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for BootClock {
    fn now(&self) -> Tick {
        Tick::START.saturating_add(up().saturating_sub(self.origin))
    }

    fn wall(&self) -> OffsetDateTime {
        system_wall()
    }
}

/// How long the machine has been up.
fn up() -> Duration {
    Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or(Duration::ZERO)
}
