//! What to do about a token that is of no use any more.

use super::subscription::Subscription;
use crate::session::SessionInfo;

/// A token does not lead to where the events go on. Here is how to go on instead.
#[derive(Debug, thiserror::Error)]
#[error("{reason}: resynchronise from the {} live sessions", sessions.len())]
#[non_exhaustive]
pub struct Stale {
    /// What is wrong with the token.
    pub reason: Staleness,
    /// The live sessions that the filter wants, whatever kinds of events it wants.
    pub sessions: Vec<SessionInfo>,
    /// The events from exactly that state on.
    pub subscription: Subscription,
}

/// What is wrong with an event token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Staleness {
    /// Events after it are gone: too many came since, or nobody was subscribed for a while.
    #[error("the event token is too old by at least {missed} events")]
    TooOld {
        /// At least so many, those that the filter does not want among them.
        missed: u64,
    },
    /// It is no token of this store: another made it, or this one before a restart.
    #[error("the event token is not of this store")]
    Unknown,
}
