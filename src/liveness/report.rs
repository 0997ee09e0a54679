//! What is said of hosts.

use std::time::Duration;

use super::skew::SkewAlert;

/// What a heartbeat came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Heartbeat {
    /// Whether the host was assumed dead until now.
    pub back: bool,
    /// Whether its wall clock has gone astray, or come back.
    pub skew: Option<SkewAlert>,
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepReport {
    /// The hosts that are assumed dead from now on.
    pub dead: Vec<String>,
    /// How many sessions ended with them.
    pub sessions_ended: usize,
    /// As [`HostLiveness::next_deadline`](crate::HostLiveness::next_deadline).
    pub next_deadline: Option<Duration>,
}

/// What is known of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostInfo {
    /// Its name.
    pub host: String,
    /// Whether it is live.
    pub live: bool,
    /// Whether it is the local host, which is always live.
    pub local: bool,
    /// For how long nothing was heard of it.
    pub silent_for: Duration,
    /// By how much its wall clock was ahead of the local one at the last heartbeat that told the
    /// time.
    pub skew: Option<time::Duration>,
}
