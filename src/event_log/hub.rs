//! The event log behind its lock, and whether anybody wants events.
//!
//! A change is noted in the outbox while the store's lock is held, which numbers it in the order in
//! which changes take effect. When that lock is released, the thread that made the change empties
//! the outbox into the log, or waits while another thread does. So the events are in order, and
//! those of an operation are in the log before the operation returns and before its hooks run. The
//! outbox is there so that no thread waits for the log while it holds the store's lock.
//!
//! # Orderings
//!
//! `recording` is relaxed throughout. It is raised inside the store's lock and the log's, so either
//! lock orders it for those who hold one, and it is lowered inside the log's. A change that just
//! misses that it was lowered is noted for nothing: the log leaves the event out.

use time::OffsetDateTime;

use super::cursor::Wakers;
use super::event::{Event, What};
use super::filter::Filter;
use super::outbox::Outbox;
use super::ring::EventLog;
use super::token::{EventToken, StaleToken};
use super::topics::CursorId;
use crate::session::Context;
use crate::sync::{Arc, AtomicBool, Mutex, MutexGuard, Ordering};
use crate::tick::Tick;

/// The event log of a store, which subscriptions share with it.
pub(crate) struct EventHub {
    log: Mutex<EventLog>,
    /// A leaf: nothing is locked while this is.
    outbox: Mutex<Outbox>,
    /// The name of the log.
    id: u64,
    /// Whether anybody wants events.
    recording: AtomicBool,
    /// Whether events are recorded without subscribers, too.
    always: bool,
    context: Arc<Context>,
}

/// The most events for which the memory of the outbox is kept.
const SPARE: usize = 1_024;

impl EventHub {
    pub(crate) fn new(id: u64, capacity: usize, always: bool, context: Arc<Context>) -> Self {
        let mut log = EventLog::new(id, capacity);
        if always {
            log.record_from(0);
        }
        let recording = AtomicBool::new(always);
        Self { log: Mutex::new(log), outbox: Mutex::default(), id, recording, always, context }
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, EventLog> {
        self.log.lock()
    }

    /// Whether anybody wants events. A hint outside the store's lock, and inside it the truth about
    /// those who subscribed before.
    #[inline]
    pub(crate) fn recording(&self) -> bool {
        self.recording.load(Ordering::Relaxed)
    }

    /// Notes what happened, whether or not events are recorded. The caller must
    /// [`publish`](EventHub::publish) it soon. Changes of sessions are noted inside the store's
    /// lock.
    pub(crate) fn note(&self, at: Tick, wall: OffsetDateTime, what: What) {
        self.outbox.lock().put(self.id, at, wall, what);
    }

    /// Notes that there will be no more events. The caller must [`publish`](EventHub::publish)
    /// soon.
    pub(crate) fn note_close(&self) {
        self.outbox.lock().closed = true;
    }

    /// Moves what is in the outbox to the log, and wakes those who wait for it. Hold no lock.
    pub(crate) fn publish(&self) {
        let mut wakers = Wakers::default();
        self.empty_outbox(&mut self.log(), &mut wakers);
        self.wake(wakers);
    }

    /// Records events from now on. Returns whether they were not recorded before. All that was
    /// noted before is in the log. Inside the store's lock; wake the wakers outside.
    pub(crate) fn record(&self, log: &mut EventLog, wakers: &mut Wakers) -> bool {
        let begins = !self.recording();
        if begins {
            let mut outbox = self.outbox.lock();
            // What happened meanwhile was not recorded: this gap makes every older token too old.
            outbox.next += 1;
            log.record_from(outbox.next);
            self.recording.store(true, Ordering::Relaxed);
        }
        self.empty_outbox(log, wakers);
        begins
    }

    fn empty_outbox(&self, log: &mut EventLog, wakers: &mut Wakers) {
        let mut noted = std::mem::take(&mut log.spare);
        let closed = {
            let mut outbox = self.outbox.lock();
            std::mem::swap(&mut outbox.events, &mut noted);
            outbox.closed
        };
        noted.drain(..).for_each(|event: Event| log.push(event, wakers));
        if closed {
            log.close(wakers);
        }
        if noted.capacity() <= SPARE {
            log.spare = noted;
        }
    }

    /// A subscription to the events after a token. Hold no lock.
    pub(crate) fn resume(&self, filter: Filter, token: EventToken) -> Result<CursorId, StaleToken> {
        let id = {
            let mut log = self.log();
            if !self.recording() {
                // The number after the pause would be this, if it were over now.
                let next = self.outbox.lock().next + 1;
                return Err(log.stale(token, next).err().unwrap_or(StaleToken::Unknown));
            }
            log.stale(token, log.next())?;
            log.open(filter)
        };
        loop {
            // Others get their turn at the log.
            let there = self.log().rewind(id, token);
            match there {
                Ok(true) => return Ok(id),
                Ok(false) => {}
                Err(stale) => {
                    self.free(id);
                    return Err(stale);
                }
            }
        }
    }

    /// Frees a subscription. The last one stops the recording.
    pub(crate) fn free(&self, id: CursorId) {
        let mut wakers = Wakers::default();
        let mut log = self.log();
        log.free(id, &mut wakers);
        let kept = if self.always { None } else { log.stop_if_unread() };
        if kept.is_some() {
            self.recording.store(false, Ordering::Relaxed);
        }
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
