//! Logins at other hosts that nobody may want any more, and logouts of those that nobody does.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::peer::{self, PeerError};
use crate::rpc::text;

/// How many logouts one host is owed at most; the first are dropped beyond that.
const MOST_OWED: usize = 64;

/// The logins and logouts that are under way, and the logouts that are owed. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Farewells {
    shared: Arc<Mutex<Shared>>,
    /// How long one logout may take.
    patience: Duration,
}

#[derive(Default)]
struct Shared {
    under_way: JoinSet<()>,
    /// The references of sessions at hosts that could not be reached.
    owed: HashMap<SocketAddr, VecDeque<String>>,
}

/// A session at another host. It is logged out there once, at the latest when this is dropped.
pub(crate) struct Visit {
    address: SocketAddr,
    reference: String,
    farewells: Farewells,
    over: AtomicBool,
}

impl Farewells {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { shared: Arc::default(), patience }
    }

    /// Runs in the background what must come to its end also if nobody waits for it.
    pub(crate) fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let under_way = &mut self.lock().under_way;
        while under_way.try_join_next().is_some() {}
        under_way.spawn_on(task, &runtime);
    }

    /// Logs out, in the background, what this host is owed: it can be reached again.
    pub(crate) fn say_owed(&self, address: SocketAddr) {
        let owed = self.lock().owed.remove(&address);
        for reference in owed.into_iter().flatten() {
            self.say(address, reference);
        }
    }

    /// Waits until all are said, but not for longer than this.
    pub(crate) async fn said(&self, deadline: Instant) {
        let all = async {
            loop {
                let under_way = std::mem::take(&mut self.lock().under_way);
                if under_way.is_empty() {
                    return;
                }
                // A login may end in a logout.
                under_way.join_all().await;
            }
        };
        let _ = tokio::time::timeout_at(deadline, all).await;
    }

    /// Logs a session out at another host, in the background. If the host cannot be reached, it is
    /// owed that. What it answers is its own business: it has timeouts and limits of its own.
    fn say(&self, address: SocketAddr, reference: String) {
        let farewells = self.clone();
        self.run(async move {
            let call = peer::call(address, "session.logout", vec![text(&reference)]);
            let answer = tokio::time::timeout(farewells.patience, call).await;
            if !matches!(answer, Ok(Ok(_) | Err(PeerError::Refused(_)))) {
                farewells.owe(address, reference);
            }
        });
    }

    fn owe(&self, address: SocketAddr, reference: String) {
        let mut shared = self.lock();
        let owed = shared.owed.entry(address).or_default();
        if owed.len() == MOST_OWED {
            owed.pop_front();
        }
        owed.push_back(reference);
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visit {
    pub(crate) fn new(address: SocketAddr, reference: String, farewells: Farewells) -> Self {
        Self { address, reference, farewells, over: AtomicBool::new(false) }
    }

    /// To be sent to that host, and shown to nobody.
    pub(crate) fn reference(&self) -> &str {
        &self.reference
    }

    /// Logs the session out at the other host, in the background.
    pub(crate) fn end(&self) {
        if !self.over.swap(true, Ordering::Relaxed) {
            self.farewells.say(self.address, self.reference.clone());
        }
    }

    /// The other host is assumed dead, and not called: the session is logged out there when the
    /// host is back.
    pub(crate) fn put_off(&self) {
        if !self.over.swap(true, Ordering::Relaxed) {
            self.farewells.owe(self.address, self.reference.clone());
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.end();
    }
}
