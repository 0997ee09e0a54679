//! A store, a clock, its hosts, and what is told of them.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use tenure::events::{Event, EventKind, Filter, Subscription};
use tenure::liveness::{HostError, HostLiveness, HostLivenessBuilder};
use tenure::{EndReason, ManualClock, NewSession, Session, Timeouts, TrackId};

use crate::common::{Store, plain, secs};

/// How long a host may be silent, if nothing else is said.
pub(crate) const SILENCE: u64 = 200;

/// A pool as the tests want it.
pub(crate) struct Pool {
    pub(crate) clock: ManualClock,
    pub(crate) store: Store,
    pub(crate) hosts: HostLiveness<u32>,
    events: Mutex<Subscription>,
    told: Arc<AtomicUsize>,
}

/// The forms in which a program asks for the session with a host.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Blocking,
    Asynchronous,
}

impl Form {
    pub(crate) const ALL: [Self; 2] = [Self::Blocking, Self::Asynchronous];
}

/// Polls a future that nothing wakes.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Is pending once.
pub(crate) async fn pause() {
    let mut paused = false;
    poll_fn(|_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}

/// A login that brings a session with this data.
pub(crate) fn login(data: u32) -> impl FnMut() -> Result<NewSession<u32>, Infallible> {
    move || Ok(NewSession::new(data))
}

/// A login that must not run.
pub(crate) fn never() -> Result<NewSession<u32>, Infallible> {
    panic!("a login ran that must not")
}

/// Why it ended, if it has.
pub(crate) fn reason<T: Send + Sync + 'static>(session: &Session<T>) -> Option<EndReason> {
    session.tombstone().map(|tombstone| tombstone.reason())
}

impl Pool {
    /// A pool of "ada", which is the local host, and these.
    pub(crate) fn new(others: &[&str]) -> Self {
        Self::with(others, |settings| settings)
    }

    /// As `new`, with settings other than the defaults.
    pub(crate) fn with(
        others: &[&str],
        settings: impl FnOnce(HostLivenessBuilder<u32>) -> HostLivenessBuilder<u32>,
    ) -> Self {
        let (clock, told) = (ManualClock::new(), Arc::new(AtomicUsize::new(0)));
        let tell = Arc::clone(&told);
        let builder = Store::builder().timeouts(Timeouts::none()).clock(clock.clone());
        let builder = builder.on_earlier_deadline(move || {
            tell.fetch_add(1, Ordering::Relaxed);
        });
        let store = builder.build().unwrap();
        let hosts = settings(HostLiveness::builder(&store, "ada")).build().unwrap();
        let pool =
            Self { events: Mutex::new(store.subscribe(Filter::all())), hosts, store, clock, told };
        pool.hear(others);
        // What is told begins after that.
        pool.all_told();
        pool
    }

    /// Heartbeats of all of these.
    pub(crate) fn hear(&self, hosts: &[&str]) {
        for host in hosts {
            self.hosts.heartbeat(host).unwrap();
        }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(secs(seconds));
    }

    /// A session that belongs to this host.
    pub(crate) fn of_host(&self, host: &str) -> Session<u32> {
        self.store.create(plain().host(host)).unwrap()
    }

    /// Which session the slot of this host holds.
    pub(crate) fn held(&self, host: &str) -> Result<Option<TrackId>, HostError> {
        self.hosts.get(host).map(|held| held.map(|session| session.track_id()))
    }

    /// Which session is given for this host.
    pub(crate) fn given<E>(
        &self,
        host: &str,
        login: impl FnMut() -> Result<NewSession<u32>, E>,
    ) -> Result<TrackId, HostError<E>> {
        self.given_by(Form::Blocking, host, login)
    }

    /// The same, asked for in this form.
    pub(crate) fn given_by<E>(
        &self,
        form: Form,
        host: &str,
        login: impl FnMut() -> Result<NewSession<u32>, E>,
    ) -> Result<TrackId, HostError<E>> {
        self.session_by(form, host, login).map(|session| session.track_id())
    }

    /// The session with this host, asked for in this form. An asynchronous login is pending once
    /// before it does anything.
    pub(crate) fn session_by<E>(
        &self,
        form: Form,
        host: &str,
        login: impl FnMut() -> Result<NewSession<u32>, E>,
    ) -> Result<Session<u32>, HostError<E>> {
        if let Form::Blocking = form {
            return self.hosts.get_or_login(host, login);
        }
        let login = RefCell::new(login);
        let mut call = pin!(self.hosts.get_or_login_async(host, || async {
            pause().await;
            (login.borrow_mut())()
        }));
        loop {
            if let Poll::Ready(answer) = poll(call.as_mut()) {
                return answer;
            }
        }
    }

    /// A call over the session with this host breaks, if there is one.
    pub(crate) fn breaks(&self, host: &str) {
        if let Ok(Some(session)) = self.hosts.get(host) {
            let _ = self.hosts.cannot_contact(host, &session, ());
        }
    }

    /// What was told since the last time, and of which host: the host's own events and the ends of
    /// sessions.
    pub(crate) fn told(&self) -> Vec<(EventKind, String)> {
        self.all_told()
            .into_iter()
            .filter(|event| event.kind() != EventKind::Created)
            .map(|event| (event.kind(), event.host().unwrap_or("-").to_owned()))
            .collect()
    }

    /// All events since the last time.
    pub(crate) fn all_told(&self) -> Vec<Event> {
        let mut events = self.events.lock().unwrap();
        std::iter::from_fn(|| events.try_recv().unwrap()).collect()
    }

    /// How often the program was told to come earlier, since the last time.
    pub(crate) fn hurried(&self) -> usize {
        self.told.swap(0, Ordering::Relaxed)
    }

    /// Everybody who was created is live or has ended once.
    pub(crate) fn balances(&self) {
        let stats = self.store.stats();
        assert_eq!(stats.created, stats.live as u64 + stats.ended.total());
        assert_eq!(stats.application_panics, 0);
    }

    /// It still does everything, with a host that it has not met before.
    pub(crate) fn is_usable(&self) {
        let host = "newcomer";
        assert_eq!(self.held(host), Err(unknown(host)));
        assert!(!self.hosts.heartbeat(host).unwrap().back);
        let session = self.hosts.get_or_login(host, login(1)).unwrap();
        let other = self.of_host(host);
        assert_eq!(self.held(host), Ok(Some(session.track_id())));
        self.advance(SILENCE);
        let report = self.hosts.sweep();
        assert!(report.dead.contains(&host.to_owned()));
        assert_eq!([&session, &other].map(reason), [Some(EndReason::HostDead); 2]);
        assert!(self.hosts.heartbeat(host).unwrap().back && self.hosts.is_live(host));
        assert!(self.hosts.forget(host) && !self.hosts.is_live(host));
    }
}

pub(crate) fn unknown<E>(host: &str) -> HostError<E> {
    HostError::UnknownHost { host: host.to_owned() }
}

/// The host is offline and was not heard of for so many seconds.
pub(crate) fn offline<E>(host: &str, seconds: u64) -> HostError<E> {
    HostError::HostOffline { host: host.to_owned(), silent_for: secs(seconds) }
}
