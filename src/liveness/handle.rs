//! The public handle of a pool's hosts.

use std::fmt;
use std::time::Duration;

use super::error::HostError;
use super::hosts::Hosts;
use super::report::HostInfo;
use crate::end::EndReason;
use crate::event_log::{EventKind, What};
use crate::slot::{Engine, Options};
use crate::store::SessionStore;
use crate::sync::{Arc, Mutex, MutexGuard};
use crate::table::Moment;

/// Which hosts of a pool are alive, going by their heartbeats.
///
/// Your program drives it, as it drives the reaper. It calls [`heartbeat`](Self::heartbeat)
/// whenever a host reports in, which should be every 30 seconds or so, and [`sweep`](Self::sweep)
/// now and then, or when [`next_deadline`](Self::next_deadline) says.
///
/// A host that sends no heartbeat for 200 seconds is assumed dead. Then there is one
/// [`HostDead`](crate::events::EventKind::HostDead) event, the sessions that [belong to
/// it](crate::NewSession::host) end as [`HostDead`](crate::EndReason::HostDead), in use or not,
/// pinned or not, and calls for its [session](Self::get_or_login) fail at once. Its next heartbeat
/// makes it live again; its old sessions stay ended. A session that is created for a dead host by
/// [`SessionStore::create`] goes on; [`create`](Self::create) refuses it.
///
/// Time is the store's monotonic clock. A program that was suspended for long finds every host
/// silent: call [`resumed`](Self::resumed) then. A clock that runs back makes hosts die late.
///
/// Clones are handles of the same pool.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::liveness::HostLiveness;
/// use tenure::{EndReason, ManualClock, NewSession, SessionStore};
///
/// let clock = ManualClock::new();
/// let store = SessionStore::builder().clock(clock.clone()).build()?;
/// let hosts = HostLiveness::new(&store, "ada");
/// hosts.heartbeat("bob").unwrap();
/// let session = store.create(NewSession::new(()).host("bob")).unwrap();
///
/// clock.advance(Duration::from_secs(200));
/// assert!(hosts.is_live("ada") && !hosts.is_live("bob"));
/// let report = hosts.sweep();
/// assert_eq!((report.dead, report.sessions_ended), (vec!["bob".to_owned()], 1));
/// assert_eq!(session.tombstone().unwrap().reason(), EndReason::HostDead);
///
/// assert!(hosts.heartbeat("bob").unwrap().back);
/// assert!(hosts.is_live("bob") && session.is_ended());
/// # Ok::<(), tenure::BuildError>(())
/// ```
pub struct HostLiveness<T> {
    pub(super) shared: Arc<Shared<T>>,
}

pub(super) struct Shared<T> {
    pub(super) store: SessionStore<T>,
    /// Locked before the store's own locks, never while application code runs.
    pub(super) hosts: Mutex<Hosts<Engine<T>>>,
    /// How the hosts' slots behave.
    pub(super) options: Options<T>,
}

impl<T> HostLiveness<T> {
    /// Whether the host is live. An unknown one is not.
    #[must_use]
    pub fn is_live(&self, host: &str) -> bool {
        let now = self.shared.store.now();
        self.shared.hosts.lock().is_live(host, now)
    }

    /// How long until a host may be due to be assumed dead; `None` if there is no such host.
    ///
    /// Your program may sleep that long before it sweeps. Waking early is allowed. The deadline
    /// becomes earlier only when a host is added or comes back, and
    /// [`on_earlier_deadline`](crate::StoreBuilder::on_earlier_deadline) is called then.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let (Moment { now, .. }, mut hosts) = self.lock();
        hosts.announce().map(|at| at.since(now))
    }

    /// What is known of a host; `None` if it is unknown.
    #[must_use]
    pub fn host(&self, host: &str) -> Option<HostInfo> {
        let now = self.shared.store.now();
        self.shared.hosts.lock().info(host, now)
    }

    /// The hosts, sorted by name.
    ///
    /// To keep a table of them, [subscribe](crate::SessionStore::subscribe) first, call this, and
    /// then apply the [events](crate::events::EventKind) of hosts: the last one of a host says how
    /// it is. A host whose death no sweep or heartbeat has noticed yet is dead here, and the event
    /// follows. Call it again after [`resumed`](Self::resumed), which makes such a host live
    /// without an event.
    #[must_use]
    pub fn hosts(&self) -> Vec<HostInfo> {
        let now = self.shared.store.now();
        self.shared.hosts.lock().infos(now)
    }

    /// Counts every live host as heard from now. Call it after your program or its machine was
    /// suspended, before heartbeats are handled and before the next [`sweep`](Self::sweep): nothing
    /// was heard in that time, of a live host either. A host that is in fact dead is then assumed
    /// dead one interval later. Hosts whose death was noticed stay dead.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::liveness::HostLiveness;
    /// use tenure::{ManualClock, SessionStore};
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::<()>::builder().clock(clock.clone()).build()?;
    /// let hosts = HostLiveness::new(&store, "ada");
    /// hosts.heartbeat("bob").unwrap();
    ///
    /// clock.advance(Duration::from_secs(3_600)); // suspended
    /// hosts.resumed();
    /// assert!(hosts.sweep().dead.is_empty() && hosts.is_live("bob"));
    /// clock.advance(Duration::from_secs(200));
    /// assert_eq!(hosts.sweep().dead, ["bob"]);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn resumed(&self) {
        let (Moment { now, .. }, mut hosts) = self.lock();
        hosts.resume(now);
    }

    /// Reads the clock, and locks the hosts.
    pub(super) fn lock(&self) -> (Moment, MutexGuard<'_, Hosts<Engine<T>>>) {
        // The reading begins after `latest` was read, so it is earlier only if the clock ran back.
        let latest = self.shared.hosts.lock().latest();
        let moment = self.shared.store.table().moment();
        let mut hosts = self.shared.hosts.lock();
        hosts.note_reading(moment.now, latest);
        (moment, hosts)
    }

    /// The slot of a live host.
    pub(super) fn slot(&self, host: &str) -> Result<Arc<Engine<T>>, HostError> {
        let now = self.shared.store.now();
        let mut hosts = self.shared.hosts.lock();
        let host = hosts.live(host, now)?;
        let slot = host.slot.get_or_insert_with(|| {
            Arc::new(Engine::new(self.shared.store.clone(), self.shared.options.clone()))
        });
        Ok(Arc::clone(slot))
    }

    /// Notes what happened to a host, in the order of the changes: call it while the hosts are
    /// locked, and [`publish`](crate::table::Table::publish) when they are not.
    pub(super) fn note(&self, kind: EventKind, host: &Arc<str>, moment: Moment) {
        let what = What::Host { host: Arc::clone(host), kind };
        self.shared.store.table().note_other(moment, what);
    }

    /// Tells the application to come earlier, if it has to. Hold no lock.
    pub(super) fn tell_if(&self, earlier: bool) {
        if earlier {
            self.shared.store.table().context.tell_earlier();
        }
    }
}

impl<T> Clone for HostLiveness<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // A login that was abandoned may keep its slot.
        let slots = self.hosts.lock().slots();
        for slot in slots {
            slot.retire(EndReason::LoggedOut);
        }
    }
}

impl<T> fmt::Debug for HostLiveness<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.shared.hosts.lock().len();
        f.debug_struct("HostLiveness").field("known", &known).finish_non_exhaustive()
    }
}
