//! What a session has behind it that is restored.

use std::time::Duration;

use crate::error::CreateError;
use crate::tick::Tick;
use crate::timeouts::{Timeouts, over_since};

/// How old a session is when it is created, and for how long it has been idle: nothing of both,
/// unless it is restored.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Past {
    /// At least as old as it is idle, where this is not given.
    pub(super) age: Option<Duration>,
    pub(super) idle: Duration,
}

impl Past {
    pub(crate) fn age(self) -> Duration {
        self.age.unwrap_or(self.idle)
    }

    /// When a session that is created `now` was created, and when it was last active.
    pub(crate) fn ticks(self, now: Tick) -> (Tick, Tick) {
        (now.saturating_sub(self.age()), now.saturating_sub(self.idle))
    }

    /// The same, of a session that was kept elsewhere until now: at least as old as it is idle, and
    /// active now if it is in use from the start.
    pub(crate) fn elsewhere(self, leased: bool) -> Self {
        let idle = if leased { Duration::ZERO } else { self.idle };
        Self { age: self.age.map(|age| age.max(idle)), idle }
    }

    /// Refuses what cannot have been, and what is over.
    pub(crate) fn check(self, timeouts: Timeouts, now: Tick) -> Result<(), CreateError> {
        let (age, idle) = (self.age(), self.idle);
        if idle > age {
            return Err(CreateError::IdleBeyondAge { idle, age });
        }
        let over = |which, timeout: Option<Duration>, span| {
            let timeout = timeout?;
            Some((over_since(timeout, span)?, which, timeout))
        };
        let over = [over("idle", timeouts.idle, idle), over("absolute", timeouts.absolute, age)];
        // It ended for the one that was over first; the last of equals.
        if let Some((since, which, timeout)) = over.into_iter().flatten().max_by_key(|over| over.0)
        {
            return Err(CreateError::Expired { which, timeout, since });
        }
        let clock = now.since(Tick::ZERO);
        if age > clock { Err(CreateError::BeforeOrigin { age, clock }) } else { Ok(()) }
    }
}
