//! What is simulated.

use std::time::Duration;

/// The settings of a simulation.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How many nodes there are.
    pub nodes: u32,
    /// How many users there are, at work or away.
    pub users: u32,
    /// How long it lasts, after an idle timeout in which the fleet fills.
    pub span: Duration,
    /// The mean time between two requests of a user.
    pub think: Duration,
    /// The mean number of requests from a login to the end of the visit.
    pub visit: u32,
    /// How many visits in a hundred end with a logout; with the others the user just leaves.
    pub logouts: u32,
    /// The mean time until a user is back.
    pub away: Duration,
    /// How many requests in a hundred go to any node, and not to that of the login: 0 is a load
    /// balancer that sticks to nodes, 100 one that does not.
    pub astray: u32,
    /// How often a node refreshes.
    pub interval: Duration,
    /// The idle timeout of sessions.
    pub idle: Duration,
    /// The mean time until a node fails.
    pub failure: Duration,
    /// How many bytes of data a session has.
    pub data: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}
