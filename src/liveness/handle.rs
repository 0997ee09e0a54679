//! The public handle of a pool's hosts.

use std::fmt;
use std::time::Duration;

use super::error::HostError;
use super::hosts::Hosts;
use super::report::HostInfo;
use crate::end::Tombstone;
use crate::session::Session;
use crate::slot::{Engine, Options};
use crate::store::SessionStore;
use crate::sync::{Arc, Mutex, MutexGuard};
use crate::table::Moment;

/// Which hosts of a pool are alive, going by their heartbeats.
///
/// The application drives it, as it drives the reaper: it calls [`heartbeat`](Self::heartbeat) when
/// a host calls, which is to be every 30 seconds or so, and [`sweep`](Self::sweep) now and then, or
/// when [`next_deadline`](Self::next_deadline) says. A host of which nothing was heard for 200 seconds
/// is assumed dead (xapi's figures; later versions wait for 600). Then there is one
/// [`HostDead`](crate::EventKind::HostDead) event, the sessions that [belong to
/// it](crate::NewSession::host) end as [`HostDead`](crate::EndReason::HostDead), in use or not, pinned or not,
/// and whoever asks for its [session](Self::session) is told so at once. When it is heard from again
/// it is live again; its old sessions stay ended. A session that is created for a host while that is dead
/// goes on: it is for the application to refuse such a login.
///
/// Time is the store's monotonic clock. A application that was itself suspended for long finds every
/// host silent: let it take in what waits in its sockets before it sweeps.
///
/// Clones are the same pool.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{EndReason, HostLiveness, ManualClock, NewSession, SessionStore};
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
    /// Comes before the store's own locks. Not held while application code runs.
    pub(super) hosts: Mutex<Hosts<Engine<T>>>,
    /// How the hosts' slots behave. A leaf.
    options: Mutex<Options<T>>,
}

impl<T> HostLiveness<T> {
    /// The hosts of a pool whose sessions are in `store`. As yet there is the `local` host, which is
    /// always live.
    #[must_use]
    pub fn new(store: &SessionStore<T>, local: &str) -> Self {
        let (hosts, options) = (Mutex::new(Hosts::new(local)), Mutex::default());
        Self { shared: Arc::new(Shared { store: store.clone(), hosts, options }) }
    }

    /// How long a host may be silent: 200 seconds by default. Make it several heartbeats long.
    #[must_use]
    pub fn assumed_dead_after(self, silence: Duration) -> Self {
        self.shared.hosts.lock().set_dead_after(silence);
        self
    }

    /// How many hosts there may be, the local one and the dead included, until they are
    /// [forgotten](Self::forget): 1,024 by default.
    #[must_use]
    pub fn max_hosts(self, max: usize) -> Self {
        self.shared.hosts.lock().max = max;
        self
    }

    /// Lets one login run at a time for each host, as
    /// [`ReusableSession::single_flight`](crate::ReusableSession::single_flight) does. Say so before the
    /// first session.
    #[must_use]
    pub fn single_flight(self, wait: Duration) -> Self {
        self.shared.options.lock().single_flight = Some(wait);
        self
    }

    /// Runs `hook` whenever a [session with a host](Self::session) has ended, as
    /// [`ReusableSession::on_end`](crate::ReusableSession::on_end) does. Not for those that clients of
    /// the application have. Say so before the first session. A hook that
    /// holds the `HostLiveness` itself keeps it, and the store, for ever.
    #[must_use]
    pub fn on_session_end(
        self,
        hook: impl Fn(&Session<T>, &Tombstone) + Send + Sync + 'static,
    ) -> Self {
        let mut options = self.shared.options.lock().clone();
        options.on_end(hook);
        // What was there before is application code, and dropped after the lock.
        let _before = std::mem::replace(&mut *self.shared.options.lock(), options);
        self
    }

    /// Whether the host is live; an unknown one is not.
    #[must_use]
    pub fn is_live(&self, host: &str) -> bool {
        let now = self.shared.store.now();
        self.shared.hosts.lock().is_live(host, now)
    }

    /// How long until a host may have to be taken for dead; `None` if there is none that could.
    ///
    /// The application may sleep that long before it sweeps. Waking early is allowed. It becomes
    /// earlier only when a host is new or back, of which
    /// [`on_earlier_deadline`](crate::StoreBuilder::on_earlier_deadline) tells.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let (Moment { now, .. }, mut hosts) = self.lock();
        hosts.announce().map(|at| at.since(now))
    }

    /// The hosts, by name.
    #[must_use]
    pub fn hosts(&self) -> Vec<HostInfo> {
        let now = self.shared.store.now();
        self.shared.hosts.lock().infos(now)
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
            let options = self.shared.options.lock().clone();
            Arc::new(Engine::new(self.shared.store.clone(), options))
        });
        Ok(Arc::clone(slot))
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

impl<T> fmt::Debug for HostLiveness<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.shared.hosts.lock().len();
        f.debug_struct("HostLiveness").field("known", &known).finish_non_exhaustive()
    }
}
