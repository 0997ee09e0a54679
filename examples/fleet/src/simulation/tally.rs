//! What is counted.

use std::ops::AddAssign;
use std::time::Duration;

use tenure::collection::MemoryStats;

/// What users saw.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Requests of users that had a session.
    pub requests: u64,
    /// Logins.
    pub logins: u64,
    /// Logouts.
    pub logouts: u64,
    /// Requests that came after the idle timeout and were refused, so that the user logged in anew.
    pub expired: u64,
    /// Requests that were refused within the idle timeout. There must be none.
    pub wrongly_refused: u64,
    /// Requests that were served though the session had idled out beyond the grace, or had been
    /// logged out an interval ago or on that node. There must be none.
    pub wrongly_served: u64,
    /// Requests by the id of a session that had been logged out.
    pub late: u64,
    /// Of those, how many another node served, which had not heard of the logout yet.
    pub late_served: u64,
}

/// What nodes did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// Sessions that were created.
    pub created: u64,
    /// Sessions that were loaded.
    pub loaded: u64,
    /// Sessions that ended in a node's memory.
    pub ended: u64,
    /// Sessions that were unloaded.
    pub unloaded: u64,
    /// What is in memory, or was when its node failed.
    pub left: u64,
    /// Times that the collection was asked for a session.
    pub asked: u64,
    /// Of those, how often it had none, or the session had ended.
    pub missed: u64,
    /// Refreshes.
    pub refreshes: u64,
    /// Sessions whose use they told the collection.
    pub touched: u64,
    /// Ends that they heard of: each node hears of all.
    pub heard: u64,
    /// Nodes that failed.
    pub failures: u64,
}

impl AddAssign for Done {
    fn add_assign(&mut self, other: Self) {
        self.created += other.created;
        self.loaded += other.loaded;
        self.ended += other.ended;
        self.unloaded += other.unloaded;
        self.left += other.left;
        self.asked += other.asked;
        self.missed += other.missed;
        self.refreshes += other.refreshes;
        self.touched += other.touched;
        self.heard += other.heard;
        self.failures += other.failures;
    }
}

/// Ends that nodes heard of: how long after the logout.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ages {
    /// How many.
    pub heard: u64,
    /// All ages together.
    pub total: Duration,
    /// The highest.
    pub most: Duration,
}

impl Ages {
    pub(super) fn add(&mut self, age: Duration) {
        self.heard += 1;
        self.total += age;
        self.most = self.most.max(age);
    }
}

/// What the collection was asked since `before`.
pub(super) fn since(before: MemoryStats, now: MemoryStats) -> MemoryStats {
    let mut since = now;
    since.opens -= before.opens;
    since.applies -= before.applies;
    since.feeds -= before.feeds;
    since.expires -= before.expires;
    since.inserts -= before.inserts;
    since.touches -= before.touches;
    since.removes -= before.removes;
    since.loads -= before.loads;
    since.updates -= before.updates;
    since.rotates -= before.rotates;
    since.records_written -= before.records_written;
    since.bytes_written -= before.bytes_written;
    since
}
