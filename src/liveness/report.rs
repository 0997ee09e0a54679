//! What operations on hosts return.

use std::time::Duration;

use super::skew::SkewAlert;

/// What a heartbeat changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Heartbeat {
    /// Whether the host was not known before.
    pub added: bool,
    /// Whether the host was assumed dead until now.
    pub back: bool,
    /// Whether its wall clock has gone too far from the local one, or come back to it.
    pub skew: Option<SkewAlert>,
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepReport {
    /// The hosts whose death it noticed, sorted by name.
    pub dead: Vec<String>,
    /// How many of their sessions it ended.
    pub sessions_ended: usize,
    /// As [`HostLiveness::next_deadline`](crate::liveness::HostLiveness::next_deadline).
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
    /// The time since its last heartbeat; zero for the local host.
    pub silent_for: Duration,
    /// By how much its wall clock was ahead of the local one, by its last
    /// [`heartbeat_at`](crate::liveness::HostLiveness::heartbeat_at).
    pub skew: Option<time::Duration>,
}
