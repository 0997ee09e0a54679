//! Heartbeats.

use time::OffsetDateTime;

use super::error::HostError;
use super::handle::HostLiveness;
use super::report::Heartbeat;
use super::skew::SkewAlert;
use crate::event_log::{EventKind, What};
use crate::sync::Arc;

impl<T> HostLiveness<T> {
    /// Adds a host that has not sent a heartbeat yet: it counts as heard from now. Changes nothing
    /// for a host that is known.
    ///
    /// # Errors
    ///
    /// [`HostError::TooManyHosts`] or [`HostError::NameTooLong`].
    pub fn register(&self, host: &str) -> Result<(), HostError> {
        let (moment, mut hosts) = self.lock();
        let added = hosts.add(host, moment.now)?;
        if let Some(added) = &added {
            self.note(EventKind::HostAdded, &added.name, moment);
        }
        drop(hosts);
        if let Some(added) = added {
            self.shared.store.table().publish();
            self.tell_if(added.earlier);
        }
        Ok(())
    }

    /// Notes a heartbeat of a host: it is live from now on. A host that is not known is added.
    ///
    /// A host that was silent for too long has died and is back, also if no sweep has noticed its
    /// death: deaths do not depend on when the sweeps are.
    ///
    /// # Errors
    ///
    /// [`HostError::TooManyHosts`] or [`HostError::NameTooLong`].
    pub fn heartbeat(&self, host: &str) -> Result<Heartbeat, HostError> {
        self.hear(host, None)
    }

    /// As [`heartbeat`](Self::heartbeat), with the time of day on the host's own clock. Watches how
    /// far that is from the local wall clock: it alerts once above 300 seconds, and again only
    /// after the clocks were less than 150 seconds apart. It ends no session.
    ///
    /// # Errors
    ///
    /// [`HostError::TooManyHosts`] or [`HostError::NameTooLong`].
    pub fn heartbeat_at(
        &self,
        host: &str,
        peer_wall: OffsetDateTime,
    ) -> Result<Heartbeat, HostError> {
        self.hear(host, Some(peer_wall))
    }

    fn hear(&self, host: &str, peer: Option<OffsetDateTime>) -> Result<Heartbeat, HostError> {
        let table = self.shared.store.table();
        let (moment, mut hosts) = self.lock();
        let heard = hosts.hear(host, moment.now)?;
        let death = heard.died.map(|dead| self.note_death(dead, moment));
        let mut alert = None;
        if let Some(host) = hosts.find(host) {
            if heard.added {
                self.note(EventKind::HostAdded, &host.name, moment);
            }
            if heard.back {
                self.note(EventKind::HostBack, &host.name, moment);
            }
            alert = peer.and_then(|peer| host.skew.observe(peer - moment.wall));
            if let Some(alert) = alert {
                let (skew, raised) = match alert {
                    SkewAlert::Raised { skew } => (skew, true),
                    SkewAlert::Cleared { skew } => (skew, false),
                };
                let host = Arc::clone(&host.name);
                table.note_other(moment, What::Skew { host, skew, raised });
            }
        }
        drop(hosts);
        if heard.added || heard.back || alert.is_some() {
            table.publish();
        }
        self.end_sessions_of_the_dead(death);
        self.tell_if(heard.earlier);
        Ok(Heartbeat { added: heard.added, back: heard.back, skew: alert })
    }
}
