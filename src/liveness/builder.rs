//! Setting up host liveness.

use std::fmt;
use std::time::Duration;

use super::error::LivenessBuildError;
use super::handle::{HostLiveness, Shared};
use super::hosts::Hosts;
use crate::end::Tombstone;
use crate::event_log::EventKind;
use crate::session::{MAX_NAME, Session};
use crate::slot::Options;
use crate::store::SessionStore;
use crate::sync::{Arc, Mutex};

/// Sets up a [`HostLiveness`].
///
/// | setting | default | why |
/// |---|---|---|
/// | [`assumed_dead_after`](Self::assumed_dead_after) | 200 s | xapi; 600 s in later versions |
/// | [`max_hosts`](Self::max_hosts) | 1,024 | xapi's pools have 64 at most |
/// | [`single_flight`](Self::single_flight) | off | |
/// | [`on_session_end`](Self::on_session_end) | none | |
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::liveness::{HostLiveness, LivenessBuildError};
/// use tenure::{ManualClock, SessionStore};
///
/// let store = SessionStore::<()>::builder().clock(ManualClock::new()).build()?;
/// let settings = HostLiveness::builder(&store, "ada");
/// let hosts = settings.assumed_dead_after(Duration::from_secs(600)).build().unwrap();
/// hosts.heartbeat("bob").unwrap();
/// assert_eq!(hosts.next_deadline(), Some(Duration::from_secs(600)));
///
/// let refused = HostLiveness::builder(&store, "ada").assumed_dead_after(Duration::ZERO).build();
/// assert_eq!(refused.unwrap_err(), LivenessBuildError::ZeroSilence);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct HostLivenessBuilder<T> {
    store: SessionStore<T>,
    local: String,
    dead_after: Duration,
    max_hosts: usize,
    options: Options<T>,
}

impl<T> HostLiveness<T> {
    /// Which hosts of a pool are alive, with the defaults. The sessions are those in `store`; the
    /// one known host is `local`, the host that your program runs on, which is always live. No
    /// session can belong to a local host whose name has more than 4,096 bytes:
    /// [`builder`](Self::builder) refuses that.
    #[must_use]
    pub fn new(store: &SessionStore<T>, local: &str) -> Self {
        Self::builder(store, local).start()
    }

    /// As [`new`](Self::new), with settings of your own.
    pub fn builder(store: &SessionStore<T>, local: &str) -> HostLivenessBuilder<T> {
        HostLivenessBuilder {
            store: store.clone(),
            local: local.to_owned(),
            dead_after: Duration::from_secs(200),
            max_hosts: 1_024,
            options: Options::default(),
        }
    }
}

impl<T> HostLivenessBuilder<T> {
    /// How long a host may be silent before it is assumed dead. Make it several heartbeats long.
    /// Rounded up to whole microseconds; must not be zero.
    pub fn assumed_dead_after(mut self, silence: Duration) -> Self {
        self.dead_after = silence;
        self
    }

    /// How many hosts there may be until some are [forgotten](HostLiveness::forget), the local one
    /// and the dead included. Must not be zero.
    pub fn max_hosts(mut self, max: usize) -> Self {
        self.max_hosts = max;
        self
    }

    /// Lets one login run at a time for each host, as
    /// [`ReusableSession::single_flight`](crate::slot::ReusableSession::single_flight) does.
    pub fn single_flight(mut self, wait: Duration) -> Self {
        self.options.single_flight = Some(wait);
        self
    }

    /// Runs `hook` whenever a [session with a host](HostLiveness::get_or_login) has ended, as
    /// [`ReusableSession::on_end`](crate::slot::ReusableSession::on_end) does. It does not run for
    /// other sessions that belong to a host. A hook that holds the `HostLiveness` keeps it, and the
    /// store, for ever.
    pub fn on_session_end(
        mut self,
        hook: impl Fn(&Session<T>, &Tombstone) + Send + Sync + 'static,
    ) -> Self {
        self.options.on_end(hook);
        self
    }

    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`LivenessBuildError`] names the setting that makes no sense.
    pub fn build(self) -> Result<HostLiveness<T>, LivenessBuildError> {
        if self.dead_after.is_zero() {
            return Err(LivenessBuildError::ZeroSilence);
        }
        if self.max_hosts == 0 {
            return Err(LivenessBuildError::NoHosts);
        }
        if self.local.len() > MAX_NAME {
            let bytes = self.local.len();
            return Err(LivenessBuildError::NameTooLong { bytes, max: MAX_NAME });
        }
        Ok(self.start())
    }

    fn start(self) -> HostLiveness<T> {
        let Self { store, local, dead_after, max_hosts, options } = self;
        let moment = store.table().moment();
        let (hosts, local) = Hosts::new(&local, dead_after, max_hosts);
        let shared = Shared { store, hosts: Mutex::new(hosts), options };
        let pool = HostLiveness { shared: Arc::new(shared) };
        pool.note(EventKind::HostAdded, &local, moment);
        pool.shared.store.table().publish();
        pool
    }
}

impl<T> fmt::Debug for HostLivenessBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostLivenessBuilder")
            .field("local", &self.local)
            .field("assumed_dead_after", &self.dead_after)
            .field("max_hosts", &self.max_hosts)
            .finish_non_exhaustive()
    }
}
