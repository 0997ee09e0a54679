//! Logouts at other hosts, of sessions that are of no more use here.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::peer;
use crate::rpc::text;

/// The logouts that are under way. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Farewells(Arc<Mutex<JoinSet<()>>>);

impl Farewells {
    /// Logs a session out at another host, in the background. Nobody waits for it, and whether it
    /// comes to anything is the other host's business: it has timeouts and limits of its own.
    pub(crate) fn say(&self, address: SocketAddr, reference: &str, patience: Duration) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let params = vec![text(reference)];
        let logout = async move {
            let call = peer::call(address, "session.logout", params);
            let _answer = tokio::time::timeout(patience, call).await;
        };
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while under_way.try_join_next().is_some() {}
        under_way.spawn_on(logout, &runtime);
    }

    /// Waits until all are said, but not for longer than this.
    pub(crate) async fn said(&self, at_most: Duration) {
        let under_way = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let _ = tokio::time::timeout(at_most, under_way.join_all()).await;
    }
}
