//! Where a refresh stands.

use super::report::RefreshStep;
use crate::collection::Cursor;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    Departures,
    Feed(Cursor),
    /// Looks for the sessions of which the feed told up to here.
    Heard(Cursor),
    /// Looks for those that are to be written in this round.
    Look(u32),
    Dirty(u32),
    /// Asks for so many expirations.
    Expire(u32),
    Done,
}

impl Phase {
    pub(super) fn step(self) -> RefreshStep {
        match self {
            Self::Open => RefreshStep::Open,
            Self::Departures => RefreshStep::Departures,
            Self::Feed(_) | Self::Heard(_) => RefreshStep::Feed,
            Self::Look(_) | Self::Dirty(_) => RefreshStep::Store,
            Self::Expire(_) | Self::Done => RefreshStep::Expire,
        }
    }
}
