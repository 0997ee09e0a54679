//! Logins at other hosts that nobody may want any more, and logouts of those that nobody does.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::peer;
use crate::rpc::text;

/// The logins and logouts that are under way. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Farewells(Arc<Mutex<JoinSet<()>>>);

/// A session at another host. It is logged out there once, at the latest when this is dropped.
pub(crate) struct Visit {
    address: SocketAddr,
    reference: String,
    patience: Duration,
    farewells: Farewells,
    over: AtomicBool,
}

impl Farewells {
    /// Runs in the background what must come to its end also if nobody waits for it.
    pub(crate) fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while under_way.try_join_next().is_some() {}
        under_way.spawn_on(task, &runtime);
    }

    /// Waits until all are said, but not for longer than this.
    pub(crate) async fn said(&self, at_most: Duration) {
        let all = async {
            loop {
                let under_way = self.take();
                if under_way.is_empty() {
                    return;
                }
                // A login may end in a logout.
                under_way.join_all().await;
            }
        };
        let _ = tokio::time::timeout(at_most, all).await;
    }

    fn take(&self) -> JoinSet<()> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Visit {
    pub(crate) fn new(
        address: SocketAddr,
        reference: String,
        patience: Duration,
        farewells: Farewells,
    ) -> Self {
        Self { address, reference, patience, farewells, over: AtomicBool::new(false) }
    }

    /// To be sent to that host, and shown to nobody.
    pub(crate) fn reference(&self) -> &str {
        &self.reference
    }

    /// Logs the session out at the other host, in the background. Nobody waits for it, and whether
    /// it comes to anything is the other host's business: it has timeouts and limits of its own.
    pub(crate) fn end(&self) {
        if self.over.swap(true, Ordering::Relaxed) {
            return;
        }
        let (address, patience) = (self.address, self.patience);
        let params = vec![text(&self.reference)];
        self.farewells.run(async move {
            let call = peer::call(address, "session.logout", params);
            let _answer = tokio::time::timeout(patience, call).await;
        });
    }

    /// The other host is dead, and not bothered.
    pub(crate) fn forget(&self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.end();
    }
}
