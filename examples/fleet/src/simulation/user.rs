//! A user, and what becomes of a request.

use std::time::Duration;

use tenure::{SessionId, Tick};

/// One who comes, works and leaves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct User {
    /// The session, while there is one.
    pub(super) session: Option<Visit>,
}

/// A session as its user knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub(super) id: SessionId,
    /// The node of the login.
    pub(super) home: usize,
    pub(super) last_used: Tick,
}

/// What a user may expect of a session that was used last so long ago, and was not logged out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// It is within its idle timeout.
    Live,
    /// It is within the grace: either.
    Either,
    Gone,
}

impl Visit {
    pub(super) fn expected(self, now: Tick, idle: Duration, grace: Duration) -> Expected {
        let ago = now.since(self.last_used);
        if ago < idle {
            Expected::Live
        } else if ago < idle + grace {
            Expected::Either
        } else {
            Expected::Gone
        }
    }
}
