//! What all sessions of a store share, and may use without the store.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use time::OffsetDateTime;

use crate::clock::Clock;
use crate::id::TrackSalt;
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering, StripedCounters};
use crate::time::Tick;

/// The host's closure that is told when the reaper should come earlier.
pub(crate) type OnEarlier = Box<dyn Fn() + Send + Sync>;

/// The clock, the salt, the counters and the letter box of a store.
///
/// Every record points to it. It does not point back, so the records of a dropped store go away.
pub(crate) struct Context {
    clock: Box<dyn Clock>,
    pub(crate) salt: TrackSalt,
    /// In microseconds.
    pub(crate) touch_resolution: u64,
    counters: StripedCounters<{ Count::ALL }>,
    /// A set, so that it has no more entries than sessions are parked, however often they return.
    returned: Mutex<HashSet<u64>>,
    any_returned: AtomicBool,
    /// The deadline that the host last heard of, in microseconds; 0 while it has not asked.
    announced: AtomicU64,
    on_earlier: Option<OnEarlier>,
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
            returned: Mutex::default(),
            any_returned: AtomicBool::new(false),
            announced: AtomicU64::new(0),
            on_earlier,
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
    /// application's panic hook has reported it by then. Hold no lock.
    pub(crate) fn run_application_code<R>(&self, code: impl FnOnce() -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(code)) {
            Ok(result) => Some(result),
            Err(payload) => {
                self.count(Count::ApplicationPanic);
                // What was thrown is the application's too, and its drop may throw again.
                if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                    std::mem::forget(again);
                }
                None
            }
        }
    }

    /// Leaves word that the parked session with this creation number is about to be free again.
    pub(crate) fn put_returned(&self, number: u64) {
        self.returned.lock().insert(number);
        self.any_returned.store(true, Ordering::SeqCst);
    }

    /// Whether there is something for [`take_returned`](Context::take_returned).
    #[inline]
    pub(crate) fn any_returned(&self) -> bool {
        self.any_returned.load(Ordering::SeqCst)
    }

    pub(crate) fn take_returned(&self) -> Option<HashSet<u64>> {
        // The flag goes down first: whoever puts something in afterwards raises it again.
        (self.any_returned() && self.any_returned.swap(false, Ordering::SeqCst))
            .then(|| std::mem::take(&mut *self.returned.lock()))
    }

    /// Notes what the host is told about the next deadline. Answers whether that is earlier than
    /// what it was told before: another thread of the host may be sleeping by that.
    pub(crate) fn announce(&self, deadline: Option<Tick>) -> bool {
        let deadline = deadline.map_or(u64::MAX, Tick::as_micros);
        // SeqCst, like the flag above: of a lease's return and an announcement, one sees the other.
        deadline < self.announced.swap(deadline, Ordering::SeqCst)
    }

    /// Tells the host if `deadline` is earlier than what it was last told. Hold no lock.
    pub(crate) fn tell_if_earlier(&self, deadline: Option<Tick>) {
        let Some(deadline) = deadline.map(Tick::as_micros) else { return };
        if deadline < self.announced.fetch_min(deadline, Ordering::SeqCst) {
            self.tell_earlier();
        }
    }

    /// Tells the host to come earlier. Hold no lock.
    pub(crate) fn tell_earlier(&self) {
        if let Some(on_earlier) = &self.on_earlier {
            self.run_application_code(on_earlier);
        }
    }
}
