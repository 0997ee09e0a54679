//! Tables whose sessions can expire, and how each collects them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tenure::NewSession;

use peers::table::{LOGIN, Table};
use peers::tables::{Floor, Moka, MutexHashMap, Tenure};

pub(crate) trait Expiring: Table {
    const EXPIRY: Expiry;

    /// Creates a session that is soon to expire.
    fn create_expiring(&self) {
        self.create(LOGIN);
    }

    /// The time by the table's clock, for [`Expiry::Cutoff`].
    fn time(&self) -> u64 {
        0
    }

    /// Collects what expired, or what was last active before the cutoff; returns how many.
    fn collect(&self, cutoff: u64) -> usize;
}

/// How it is arranged that most sessions expire and the others do not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// Each has an idle timeout of its own; this is the short one.
    Own(Duration),
    /// A scan is told which time was too long ago, so there is nothing to wait for.
    Cutoff,
    /// There is one idle timeout for all. The others are touched after these were created.
    Shared,
}

impl Expiring for Tenure {
    const EXPIRY: Expiry = Expiry::Own(SOON);

    fn create_expiring(&self) {
        let new = NewSession::new(LOGIN.data).principal(LOGIN.principal);
        let new = new.originator(LOGIN.originator).idle_timeout(SOON);
        self.0.create(new).expect("there is room");
    }

    fn collect(&self, _: u64) -> usize {
        usize::try_from(self.0.reap().ended.total()).unwrap_or(usize::MAX)
    }
}

/// Nothing is collected while the table is filled, so this may be shorter than that takes.
const SOON: Duration = Duration::from_millis(200);

impl Expiring for Floor {
    const EXPIRY: Expiry = Expiry::Cutoff;

    fn time(&self) -> u64 {
        self.clock.now()
    }

    fn collect(&self, cutoff: u64) -> usize {
        let before = self.map.len();
        self.map.retain(|_, session| session.last_active.load(Ordering::Relaxed) >= cutoff);
        before - self.map.len()
    }
}

impl Expiring for MutexHashMap {
    const EXPIRY: Expiry = Expiry::Cutoff;

    fn time(&self) -> u64 {
        self.clock.now()
    }

    fn collect(&self, cutoff: u64) -> usize {
        self.end_idle_since(cutoff)
    }
}

impl<const LRU: bool> Expiring for Moka<LRU> {
    const EXPIRY: Expiry = Expiry::Shared;

    /// One call does a part of it. It is done when a call changes nothing.
    fn collect(&self, _: u64) -> usize {
        let (before, mut left) = (self.len(), usize::MAX);
        while self.len() < left {
            left = self.len();
            self.settle();
        }
        before.saturating_sub(left)
    }
}
