//! Figures about a node and its collection.

use std::time::Duration;

use super::counts::Counts;
use super::inner::Inner;
use super::report::RefreshStep;

/// How a node stands with its collection.
///
/// # Examples
///
/// ```
/// use tenure::collection::{HashKey, MemoryCollection};
/// use tenure::shared::SharedSessions;
///
/// let key = HashKey::new([1; 32]);
/// let sessions = SharedSessions::<(), _>::builder(MemoryCollection::default(), key).build()?;
/// assert_eq!(sessions.shared_stats().refreshes, 0);
/// sessions.refresh()?;
/// let stats = sessions.shared_stats();
/// assert_eq!((stats.refreshes, stats.failures().count()), (1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedStats {
    /// How long ago the last refresh began that
    /// [heard of all ends](crate::shared::RefreshReport::heard_all). Where there was none, since
    /// this node was built.
    pub staleness: Duration,
    /// How long ago the last good refresh began, which told all besides. Where there was none,
    /// since this node was built.
    pub since_good: Duration,
    /// Whether that is longer than [`alarm_above`](crate::shared::SharedBuilder::alarm_above) says.
    /// Stays until a refresh hears of all ends.
    pub alarm: bool,
    /// How many refreshes were good.
    pub refreshes: u64,
    /// How many sessions were looked for in the collection and found.
    pub loads: u64,
    /// How many were looked for, and had ended.
    pub loads_ended: u64,
    /// How many were looked for, and were not there.
    pub loads_missing: u64,
    /// How many were looked for in vain, since the collection or the data failed.
    pub loads_failed: u64,
    /// Ends that the collection has not acknowledged.
    pub pending_ends: usize,
    /// Sessions of which it has not acknowledged that they have another id.
    pub pending_rotations: usize,
    /// Touches of unloaded sessions that it has not acknowledged.
    pub pending_touches: usize,
    /// Sessions of which it is not known whether they were put in.
    pub insertions_in_doubt: usize,
    /// Sessions that the collection is being asked for.
    pub loads_under_way: usize,
    failed: [u64; RefreshStep::ALL.len()],
}

impl SharedStats {
    /// How many refreshes failed, by the step that failed first; of those that did.
    pub fn failures(&self) -> impl Iterator<Item = (RefreshStep, u64)> + '_ {
        RefreshStep::ALL.into_iter().zip(self.failed).filter(|(_, failed)| *failed > 0)
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    pub(super) fn stats(&self) -> SharedStats {
        self.watch_staleness();
        let (staleness, now) = (self.staleness(), self.store.now());
        let node = self.locked.lock();
        let Counts { last_good, good, failed, loads, missing, ended, load_failures, .. } =
            node.counts;
        SharedStats {
            staleness,
            since_good: now.since(last_good.unwrap_or(self.built)),
            alarm: node.alarm.raised,
            refreshes: good,
            loads,
            loads_ended: ended,
            loads_missing: missing,
            loads_failed: load_failures,
            pending_ends: node.ends.len(),
            pending_rotations: node.rotations.len(),
            pending_touches: node.touches.len(),
            insertions_in_doubt: node.doubts.len(),
            loads_under_way: node.loads.len(),
            failed,
        }
    }

    /// How long ago the last refresh began that heard of all ends, or this node was built.
    pub(super) fn staleness(&self) -> Duration {
        let now = self.store.now();
        now.since(self.locked.lock().counts.last_heard.unwrap_or(self.built))
    }
}
