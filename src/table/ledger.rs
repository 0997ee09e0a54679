//! What the store's lock guards, and a visit to it.

use std::ops::{Deref, DerefMut, Range};

use time::OffsetDateTime;

use super::directory::Directory;
use super::keeper::Keeper;
use super::lingering::Lingering;
use super::live_sessions::LiveSessions;
use crate::event_log::EventHub;
use crate::id::Ids;
use crate::limits::Limits;
use crate::session::{Context, Endings};
use crate::stats::{EvictionWindow, Hitters, Tally};
use crate::sync::{Arc, Mutex, MutexGuard};
use crate::tick::Tick;
use crate::timeouts::Timeouts;
use crate::tombstones::Tombstones;

/// All of a store. Lock order: ledger, then the event log, then a session's cold, then the
/// tombstones, then one shard of the directory. The outbox is a leaf. Nothing is locked while
/// application code runs.
pub(crate) struct Table<T> {
    pub(crate) context: Arc<Context>,
    pub(crate) ids: Ids,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    /// How long a rotated id still leads to its session.
    pub(crate) grace: std::time::Duration,
    /// How many evictions an hour are still in order.
    pub(crate) alarm_above: u32,
    pub(crate) directory: Directory<T>,
    pub(crate) tombstones: Mutex<Tombstones>,
    pub(crate) events: Arc<EventHub>,
    pub(crate) ledger: Mutex<Ledger<T>>,
    /// What keeps the sessions elsewhere too.
    pub(crate) keeper: Option<Arc<dyn Keeper<T>>>,
}

/// What changes when a session comes or goes.
pub(crate) struct Ledger<T> {
    pub(crate) live: LiveSessions<T>,
    /// Those that have ended, and are in use.
    pub(crate) lingering: Lingering<T>,
    pub(crate) tally: Tally,
    pub(crate) evictions: EvictionWindow,
    pub(crate) evicted_principals: Hitters,
    pub(crate) evicted_originators: Hitters,
    /// The creation number of the next session.
    pub(crate) next_number: u64,
    /// When the last session was created, by the clock.
    pub(crate) latest: Tick,
    /// Whether there were too many evictions when that was last looked at, while events are
    /// recorded.
    pub(crate) alarm: bool,
    pub(crate) closed: bool,
    /// How many shards of the directory, counted from the first, are yet to give memory back.
    pub(crate) to_shrink: usize,
}

/// The time of an operation, read once, before any lock is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Tick,
    pub(crate) wall: OffsetDateTime,
}

/// One stay inside the store's lock.
pub(crate) struct Visit<'a, T> {
    pub(crate) table: &'a Table<T>,
    pub(crate) ledger: MutexGuard<'a, Ledger<T>>,
    pub(crate) moment: Moment,
    pub(crate) endings: Endings<T>,
    /// Whether it has put something into the outbox.
    pub(crate) noted: bool,
}

/// How many steps a visit takes at most before it lets others have the lock.
pub(crate) const CHUNK: usize = 64;

impl<T> Ledger<T> {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            live: LiveSessions::new(limits),
            lingering: Lingering::default(),
            tally: Tally::default(),
            evictions: EvictionWindow::new(),
            evicted_principals: Hitters::default(),
            evicted_originators: Hitters::default(),
            next_number: 0,
            latest: Tick::ZERO,
            alarm: false,
            closed: false,
            to_shrink: 0,
        }
    }

    /// Takes at most this many of the shards that are yet to give memory back. They are no other
    /// thread's from then on.
    pub(crate) fn take_to_shrink(&mut self, at_most: usize) -> Range<usize> {
        let before = self.to_shrink;
        self.to_shrink = before.saturating_sub(at_most);
        self.to_shrink..before
    }
}

impl<T> Table<T> {
    /// Reads the clock. Application code: hold no lock.
    pub(crate) fn moment(&self) -> Moment {
        Moment { now: self.context.now(), wall: self.context.wall() }
    }

    /// Reads the clock for something that must not be left undone: if the clock panics, that is
    /// counted, and it is the clock's origin. Application code: hold no lock.
    pub(crate) fn moment_or_origin(&self) -> Moment {
        let epoch = Moment { now: Tick::ZERO, wall: OffsetDateTime::UNIX_EPOCH };
        self.context.run_application_code(|| self.moment()).unwrap_or(epoch)
    }

    /// Looks at what the store's lock guards, and changes nothing.
    pub(crate) fn inspect<R>(&self, look: impl FnOnce(&Ledger<T>) -> R) -> R {
        look(&self.ledger.lock())
    }

    /// Changes counters that the store's lock guards, and ends no session.
    pub(crate) fn change<R>(&self, code: impl FnOnce(&mut Ledger<T>) -> R) -> R {
        code(&mut self.ledger.lock())
    }

    /// Runs crate code inside the store's lock. After the lock is released, what happened is
    /// published; then the hooks of the sessions that it ended run, and the drops of their data.
    pub(crate) fn visit<R>(&self, moment: Moment, code: impl FnOnce(&mut Visit<'_, T>) -> R) -> R {
        let mut ledger = self.ledger.lock();
        ledger.live.unpark_returned(&self.context.returns, CHUNK);
        ledger.lingering.forget(&self.context.drained, CHUNK);
        let mut visit =
            Visit { table: self, ledger, moment, endings: Endings::default(), noted: false };
        if visit.alarm {
            visit.watch_pressure();
        }
        let result = code(&mut visit);
        let Visit { ledger, endings, noted, .. } = visit;
        drop(ledger);
        if noted {
            self.publish();
        }
        endings.deliver(&self.context);
        result
    }
}

impl<T> Deref for Visit<'_, T> {
    type Target = Ledger<T>;

    fn deref(&self) -> &Ledger<T> {
        &self.ledger
    }
}

impl<T> DerefMut for Visit<'_, T> {
    fn deref_mut(&mut self) -> &mut Ledger<T> {
        &mut self.ledger
    }
}
