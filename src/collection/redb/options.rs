//! What may be chosen about a collection in a file.

use std::fmt;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::collection::policy::Policy;
use crate::sync::Arc;

/// How a [`RedbCollection`](crate::collection::RedbCollection) is kept.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{Policy, RedbDurability, RedbOptions};
///
/// let options = RedbOptions::new(Policy::new(Duration::from_secs(300)));
/// assert_eq!(options.durability, RedbDurability::Immediate);
/// assert_eq!(options.cache_bytes, 64 << 20);
/// assert!(options.quick_repair && options.most_downtime.is_none());
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RedbOptions {
    /// The rules that the collection keeps by itself.
    pub policy: Policy,
    /// When a change is on the disk. `Immediate` by default.
    pub durability: RedbDurability,
    /// How many bytes of the file redb keeps in memory, at most: 64 MiB by default. What decides
    /// about a session is in memory besides.
    pub cache_bytes: usize,
    /// Whether each commit also writes what a repair needs, on by default: then a file that was
    /// not closed is opened as fast as one that was. Without, a commit is shorter by about one
    /// write to the disk, and the first opening after a crash reads all of the file.
    pub quick_repair: bool,
    /// The longest time that counts as having passed between two openings; by default, all of it.
    ///
    /// While the file is closed, that is measured by the time of day alone: a clock that is wrong
    /// by days when the program starts makes sessions idle by as much. A bound of a few hours
    /// limits that; then a session which was idle for longer while the program was down may be
    /// accepted.
    pub most_downtime: Option<Duration>,
    pub(super) clock: Arc<dyn Clock>,
}

/// When a change of a [`RedbCollection`](crate::collection::RedbCollection) is on the disk.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{Policy, RedbDurability, RedbOptions};
///
/// let options = RedbOptions::new(Policy::new(Duration::from_secs(300)))
///     .durability(RedbDurability::Eventual);
/// assert_ne!(options.durability, RedbDurability::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedbDurability {
    /// Before it is acknowledged: what was acknowledged survives a crash of the program, of the
    /// machine, and a loss of power, as far as the disk keeps what it says it has written.
    ///
    /// That a session was used is on the disk with the end of the refresh that says so, or with the
    /// next change of another kind: a crash before that is, to the session, a refresh that failed,
    /// for which the [grace](crate::collection::Policy::grace) has room.
    #[default]
    Immediate,
    /// With the next [`open`](crate::collection::Collection::open), which is the start of each
    /// refresh, and when the collection is dropped. A crash, of the program alone too, takes back
    /// what was acknowledged since: logins of that time are lost, and **what ended in that time is
    /// back**.
    Eventual,
}

impl RedbOptions {
    /// Those with this policy, and defaults.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            durability: RedbDurability::default(),
            cache_bytes: 64 << 20,
            quick_repair: true,
            most_downtime: None,
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// Sets when a change is on the disk.
    #[must_use]
    pub fn durability(mut self, durability: RedbDurability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets how many bytes of the file redb keeps in memory.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: usize) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// Sets whether each commit also writes what a repair needs.
    #[must_use]
    pub fn quick_repair(mut self, on: bool) -> Self {
        self.quick_repair = on;
        self
    }

    /// Sets the longest time that counts as having passed between two openings.
    #[must_use]
    pub fn most_downtime(mut self, longest: Duration) -> Self {
        self.most_downtime = Some(longest);
        self
    }

    /// Sets the clock: the system's by default, a [`ManualClock`](crate::ManualClock) for tests.
    /// Its time of day is read once, when the collection is opened.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

impl fmt::Debug for RedbOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbOptions")
            .field("policy", &self.policy)
            .field("durability", &self.durability)
            .field("cache_bytes", &self.cache_bytes)
            .field("quick_repair", &self.quick_repair)
            .field("most_downtime", &self.most_downtime)
            .finish_non_exhaustive()
    }
}
