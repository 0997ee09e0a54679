//! Telling an application that sleeps until the next deadline when an earlier one turns up.
//!
//! # Orderings
//!
//! `SeqCst`, as the flag of the return queue is: of a lease that is given back and an application
//! that asks how long it may sleep, one sees the other.

use crate::sync::{AtomicU64, Ordering};
use crate::tick::Tick;

/// A closure of the application's that is told when the reaper should come earlier.
pub(crate) type OnEarlier = Box<dyn Fn() + Send + Sync>;

/// The deadline that the application last heard of, and how to tell it of an earlier one.
pub(crate) struct DeadlineNotice {
    /// In microseconds; 0 while the application has not asked.
    announced: AtomicU64,
    on_earlier: Option<OnEarlier>,
}

impl DeadlineNotice {
    pub(crate) fn new(on_earlier: Option<OnEarlier>) -> Self {
        Self { announced: AtomicU64::new(0), on_earlier }
    }

    /// Notes what the application is told about the next deadline. Returns whether that is earlier
    /// than what it was told before: another of its threads may be sleeping by that.
    pub(crate) fn announce(&self, deadline: Option<Tick>) -> bool {
        let deadline = deadline.map_or(u64::MAX, Tick::as_micros);
        deadline < self.announced.swap(deadline, Ordering::SeqCst)
    }

    /// Whether `deadline` is earlier than what the application was last told, which it is from now
    /// on taken to know.
    pub(crate) fn bring_forward(&self, deadline: Tick) -> bool {
        let deadline = deadline.as_micros();
        deadline < self.announced.fetch_min(deadline, Ordering::SeqCst)
    }

    /// Whether the deadline that was announced may be later than this one, of a session that has
    /// been on the store's list under the store's lock. [`announce`](Self::announce) is called in
    /// that lock too: what was announced before is loaded here, and what is announced later takes
    /// account of the session. So a load is enough to see that there is nothing to bring forward.
    pub(crate) fn may_be_later(&self, deadline: Tick) -> bool {
        deadline.as_micros() < self.announced.load(Ordering::SeqCst)
    }

    pub(crate) fn on_earlier(&self) -> Option<&OnEarlier> {
        self.on_earlier.as_ref()
    }
}
