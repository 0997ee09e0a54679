//! One host, as plain data.

use std::time::Duration;

use super::report::HostInfo;
use super::skew::Skew;
use crate::sync::Arc;
use crate::tick::Tick;

/// A host that has just died.
#[derive(Debug)]
pub(super) struct Dead<S> {
    pub(super) name: Arc<str>,
    /// The slot that it had. If it comes back it gets another.
    pub(super) slot: Option<Arc<S>>,
    /// The tick at which it died. Sessions created from then on are not affected.
    pub(super) due: Tick,
}

/// A host that was added.
#[derive(Debug)]
pub(super) struct Added {
    pub(super) name: Arc<str>,
    /// The next deadline is earlier than the application was told.
    pub(super) earlier: bool,
}

/// What hearing from a host changed.
#[derive(Debug)]
pub(super) struct Heard<S> {
    /// It was not known before.
    pub(super) added: bool,
    /// Its death, if it was not noticed before it was heard from again.
    pub(super) died: Option<Dead<S>>,
    /// It is live, and was dead.
    pub(super) back: bool,
    /// The next deadline is earlier than the application was told.
    pub(super) earlier: bool,
}

/// One host.
#[derive(Debug)]
pub(super) struct Host<S> {
    pub(super) name: Arc<str>,
    /// Made when it is first asked for.
    pub(super) slot: Option<Arc<S>>,
    pub(super) skew: Skew,
    pub(super) local: bool,
    /// No death of it has been noticed since it was last heard from.
    pub(super) live: bool,
    pub(super) heard: Tick,
    /// The clock ran back in its life: sessions of before may have been created in a future that is
    /// no more, and later than it dies.
    ran_back: bool,
    /// Differs from that of any other host, and from its own before its last death.
    pub(super) life: u64,
}

impl<S> Host<S> {
    pub(super) fn new(name: &str, heard: Tick, local: bool, life: u64) -> Self {
        let (slot, skew) = (None, Skew::default());
        Self { name: name.into(), slot, skew, local, live: true, heard, ran_back: false, life }
    }

    pub(super) fn note_clock_ran_back(&mut self, now: Tick) {
        (self.heard, self.ran_back) = (self.heard.min(now), true);
    }

    pub(super) fn silent_for(&self, now: Tick) -> Duration {
        if self.local { Duration::ZERO } else { now.since(self.heard) }
    }

    /// Whether it is live, also where its death was not noticed yet.
    pub(super) fn is_live(&self, now: Tick, dead_after: Duration) -> bool {
        self.live && (self.local || self.silent_for(now) < dead_after)
    }

    /// The death of a host that was silent for too long, if it was not noticed before.
    pub(super) fn die(&mut self, now: Tick, dead_after: Duration) -> Option<Dead<S>> {
        if !self.live || self.is_live(now, dead_after) {
            return None;
        }
        self.live = false;
        let due = self.heard.saturating_add(dead_after);
        let due = if std::mem::take(&mut self.ran_back) { Tick::MAX } else { due };
        Some(Dead { name: Arc::clone(&self.name), slot: self.slot.take(), due })
    }

    pub(super) fn info(&self, now: Tick, dead_after: Duration) -> HostInfo {
        HostInfo {
            host: self.name.to_string(),
            live: self.is_live(now, dead_after),
            local: self.local,
            silent_for: self.silent_for(now),
            skew: self.skew.last,
        }
    }
}
