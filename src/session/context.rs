//! What all sessions of a store share, and may use without the store.

use std::panic::{AssertUnwindSafe, catch_unwind};

use time::OffsetDateTime;

use super::deadline_notice::{DeadlineNotice, OnEarlier};
use super::return_queue::ReturnQueue;
use crate::clock::Clock;
use crate::id::TrackSalt;
use crate::sync::StripedCounters;
use crate::tick::Tick;

/// The clock, the salt and the counters of a store, and what leases leave for it.
///
/// Every record points to it. It does not point back, so the records of a dropped store can be
/// freed.
pub(crate) struct Context {
    clock: Box<dyn Clock>,
    pub(crate) salt: TrackSalt,
    /// In microseconds.
    pub(crate) touch_resolution: u64,
    counters: StripedCounters<{ Count::ALL }>,
    pub(crate) returns: ReturnQueue,
    /// The ended sessions whose last lease was given back.
    pub(crate) drained: ReturnQueue,
    pub(crate) deadline: DeadlineNotice,
}

/// What is counted by many threads at once.
#[derive(Clone, Copy)]
pub(crate) enum Count {
    Hit,
    Unknown,
    Ended,
    Leased,
    Released,
    ApplicationPanic,
}

impl Count {
    const ALL: usize = 6;
}

impl Context {
    pub(crate) fn new(
        clock: Box<dyn Clock>,
        salt: TrackSalt,
        touch_resolution: u64,
        on_earlier: Option<OnEarlier>,
    ) -> Self {
        Self {
            clock,
            salt,
            touch_resolution,
            counters: StripedCounters::new(),
            returns: ReturnQueue::default(),
            drained: ReturnQueue::default(),
            deadline: DeadlineNotice::new(on_earlier),
        }
    }

    /// Monotonic time. Application code: hold no lock.
    #[inline]
    pub(crate) fn now(&self) -> Tick {
        self.clock.now()
    }

    /// The time of day. Application code: hold no lock.
    pub(crate) fn wall(&self) -> OffsetDateTime {
        self.clock.wall()
    }

    #[inline]
    pub(crate) fn count(&self, what: Count) {
        self.counters.add(what as usize);
    }

    pub(crate) fn counted(&self, what: Count) -> u64 {
        self.counters.sum(what as usize)
    }

    /// Runs application code that must not take the store down with it. A panic is counted; the
    /// application's panic hook has reported it before. Hold no lock.
    pub(crate) fn run_application_code<R>(&self, code: impl FnOnce() -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(code)) {
            Ok(result) => Some(result),
            Err(payload) => {
                self.count(Count::ApplicationPanic);
                // The payload is the application's too, and its drop may panic again.
                if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                    std::mem::forget(again);
                }
                None
            }
        }
    }

    /// Tells the application if `deadline` is earlier than what it was last told. Hold no lock.
    pub(crate) fn tell_if_earlier(&self, deadline: Option<Tick>) {
        if deadline.is_some_and(|deadline| self.deadline.bring_forward(deadline)) {
            self.tell_earlier();
        }
    }

    /// As [`tell_if_earlier`](Context::tell_if_earlier), of a session that has been on the store's
    /// list with this deadline, under the store's lock. Hold no lock.
    pub(crate) fn tell_of_listed(&self, deadline: Option<Tick>) {
        if deadline.is_some_and(|deadline| self.deadline.may_be_later(deadline)) {
            self.tell_if_earlier(deadline);
        }
    }

    /// Tells the application to come earlier. Hold no lock.
    pub(crate) fn tell_earlier(&self) {
        if let Some(on_earlier) = self.deadline.on_earlier() {
            self.run_application_code(on_earlier);
        }
    }
}
