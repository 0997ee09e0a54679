//! One host. Plain data.

use std::time::Duration;

use super::skew::Skew;
use crate::sync::Arc;
use crate::time::Tick;

/// A host that has just died.
#[derive(Debug)]
pub(super) struct Dead<S> {
    pub(super) name: Arc<str>,
    /// What it leaves behind. If it comes back it gets another.
    pub(super) slot: Option<Arc<S>>,
    /// When it was due to be heard from. What began later is not its any more.
    pub(super) due: Tick,
}

/// One host.
#[derive(Debug)]
pub(super) struct Host<S> {
    pub(super) name: Arc<str>,
    /// Made when it is first asked for.
    pub(super) slot: Option<Arc<S>>,
    pub(super) skew: Skew,
    pub(super) local: bool,
    pub(super) live: bool,
    pub(super) heard: Tick,
}

impl<S> Host<S> {
    pub(super) fn new(name: &str, heard: Tick, local: bool) -> Self {
        Self { name: name.into(), slot: None, skew: Skew::default(), local, live: true, heard }
    }

    pub(super) fn silent_for(&self, now: Tick) -> Duration {
        if self.local { Duration::ZERO } else { now.since(self.heard) }
    }

    /// When it was due, if it is taken for live and was silent for too long.
    pub(super) fn overdue(&self, now: Tick, dead_after: Duration) -> Option<Tick> {
        let over = self.live && !self.local && self.silent_for(now) >= dead_after;
        over.then(|| self.heard.saturating_add(dead_after))
    }
}
