//! The event log behind its lock, and whether anybody wants events.

use super::cursor::Wakers;
use super::ring::EventLog;
use crate::session::Context;
use crate::sync::{Arc, AtomicBool, Mutex, MutexGuard, Ordering};

/// The event log of a store, which subscriptions share with it.
pub(crate) struct EventHub {
    log: Mutex<EventLog>,
    /// Whether anybody wants events. Changes inside the log's lock; from false to true, inside the
    /// store's lock as well.
    recording: AtomicBool,
    /// Whether events are recorded without subscribers, too.
    always: bool,
    context: Arc<Context>,
}

impl EventHub {
    pub(crate) fn new(log: EventLog, always: bool, context: Arc<Context>) -> Self {
        let hub =
            Self { log: Mutex::new(log), recording: AtomicBool::new(always), always, context };
        if always {
            hub.log().record_from(0);
        }
        hub
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, EventLog> {
        self.log.lock()
    }

    /// Whether anybody wants events. A hint outside the store's lock, and inside it the truth about
    /// those who subscribed before.
    #[inline]
    pub(crate) fn recording(&self) -> bool {
        // Relaxed: it is raised inside the store's lock, which orders it. If a change just misses
        // that it was lowered, the log leaves the event out.
        self.recording.load(Ordering::Relaxed)
    }

    /// Begins to record if nobody does, with the event of this number. Inside the store's lock.
    pub(crate) fn record(&self, log: &mut EventLog, next: u64) {
        if !self.recording() {
            log.record_from(next);
            self.recording.store(true, Ordering::Relaxed);
        }
    }

    /// Frees a subscription. The last one stops the recording.
    pub(crate) fn free(&self, id: u64) {
        let mut wakers = Wakers::default();
        let mut log = self.log();
        let last = log.free(id, &mut wakers) && !self.always;
        let kept = last.then(|| {
            self.recording.store(false, Ordering::Relaxed);
            log.stop()
        });
        drop(log);
        drop(kept);
        self.wake(wakers);
    }

    /// Hold no lock: wakers are application code.
    pub(crate) fn wake(&self, mut wakers: Wakers) {
        for waker in wakers.to_wake.drain(..) {
            self.context.run_application_code(|| waker.wake());
        }
        self.context.run_application_code(|| drop(wakers));
    }
}
