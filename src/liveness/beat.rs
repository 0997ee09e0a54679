//! Heartbeats, and the lack of them.

use time::OffsetDateTime;

use super::error::HostError;
use super::handle::HostLiveness;
use super::hosts::Host;
use super::report::{Heartbeat, SweepReport};
use super::skew::SkewAlert;
use crate::end::EndReason;
use crate::event_log::What;
use crate::session::{MAX_NAME, Record, let_go};
use crate::slot::{Emptied, Engine};
use crate::store::Moment;
use crate::sync::Arc;
use crate::time::Tick;

/// A host that has just died, and what is to be done about it once the lock is released.
#[must_use = "its sessions have to end"]
struct Death<T> {
    /// The sessions that belonged to it when it died.
    members: Vec<Arc<Record<T>>>,
    /// Its slot, and what that held.
    slot: Option<(Arc<Engine<T>>, Emptied<T>)>,
}

impl<T> HostLiveness<T> {
    /// Adds a host that has yet to call: it counts as heard from now. Nothing changes for one that
    /// is known.
    ///
    /// # Errors
    ///
    /// [`HostError::TooManyHosts`] or [`HostError::NameTooLong`].
    pub fn expect(&self, host: &str) -> Result<(), HostError> {
        let now = self.shared.store.now();
        self.add(host, now)
    }

    /// A host has called: it is live from now on. One that is not known is added.
    ///
    /// One that was silent for too long, and that no sweep came by, has died and is back: that
    /// does not depend on when the sweeps are.
    ///
    /// # Errors
    ///
    /// [`HostError::TooManyHosts`] or [`HostError::NameTooLong`].
    pub fn heartbeat(&self, host: &str) -> Result<Heartbeat, HostError> {
        self.hear(host, None)
    }

    /// As [`heartbeat`](Self::heartbeat), with the time of day that the host told. Watches how far
    /// it is from the local wall clock: one alert above 300 seconds, another only after it was under
    /// 150. It ends nothing.
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

    /// Takes the hosts for dead that were silent for too long, and ends their sessions. With nobody
    /// due it costs the same however many hosts there are.
    pub fn sweep(&self) -> SweepReport {
        let table = self.shared.store.table();
        let moment = table.moment();
        let mut deaths = Vec::new();
        let mut report = SweepReport::default();
        let mut hosts = self.shared.hosts.lock();
        for (name, slot) in hosts.die(moment.now) {
            deaths.push(self.bury(&name, slot, moment));
            report.dead.push(name.to_string());
        }
        let next = hosts.announce();
        drop(hosts);
        report.dead.sort_unstable();
        report.next_deadline = next.map(|at| at.since(moment.now));
        if !deaths.is_empty() {
            table.publish();
        }
        report.sessions_ended = self.settle(deaths);
        report
    }

    /// Adds a host if it is not known.
    fn add(&self, host: &str, now: Tick) -> Result<(), HostError> {
        if host.len() > MAX_NAME {
            return Err(HostError::NameTooLong { bytes: host.len(), max: MAX_NAME });
        }
        let mut hosts = self.shared.hosts.lock();
        if hosts.look(host, now).is_some() {
            return Ok(());
        }
        if hosts.len() >= hosts.max {
            return Err(HostError::TooManyHosts { max: hosts.max });
        }
        let earlier = hosts.add(host, now);
        drop(hosts);
        self.tell(earlier);
        Ok(())
    }

    fn hear(&self, host: &str, peer: Option<OffsetDateTime>) -> Result<Heartbeat, HostError> {
        let table = self.shared.store.table();
        let moment = table.moment();
        self.add(host, moment.now)?;
        let mut hosts = self.shared.hosts.lock();
        let heard = hosts.hear(host, moment.now);
        let (mut death, mut skew) = (None, None);
        // Somebody may have forgotten it in between.
        if let Some(Host { name, slot, skew: watched, .. }) = hosts.find(host) {
            if heard.died {
                death = Some(self.bury(name, slot.clone(), moment));
            }
            if heard.back {
                table.note_other(moment, What::Host(Arc::clone(name), true));
            }
            skew = peer.and_then(|peer| watched.observe(peer - moment.wall));
            if let Some(alert) = skew {
                let (skew, raised) = match alert {
                    SkewAlert::Raised { skew } => (skew, true),
                    SkewAlert::Cleared { skew } => (skew, false),
                };
                table.note_other(moment, What::Skew(Arc::clone(name), skew, raised));
            }
        }
        drop(hosts);
        if heard.back || skew.is_some() {
            table.publish();
        }
        self.settle(death);
        self.tell(heard.earlier);
        Ok(Heartbeat { back: heard.back, skew })
    }

    /// Notes that a host has died, and who goes with it. While the hosts are locked, so that nobody
    /// goes with it who logs in after it has come back.
    fn bury(&self, name: &Arc<str>, slot: Option<Arc<Engine<T>>>, moment: Moment) -> Death<T> {
        let table = self.shared.store.table();
        table.note_other(moment, What::Host(Arc::clone(name), false));
        let members = table.inspect(|ledger| ledger.roll.members([None, None, Some(name)]));
        let slot = slot.map(|slot| {
            let emptied = slot.empty();
            (slot, emptied)
        });
        Death { members, slot }
    }

    /// Ends the sessions of the dead. Answers how many. Hold no lock.
    fn settle(&self, deaths: impl IntoIterator<Item = Death<T>>) -> usize {
        let table = self.shared.store.table();
        let mut ended = 0;
        for Death { members, slot } in deaths {
            let records: Vec<_> = members.iter().collect();
            ended += table.end_all(&records, EndReason::HostDead, true).ended;
            if let Some((slot, emptied)) = slot {
                slot.settle(emptied);
            }
            members.into_iter().for_each(let_go);
        }
        ended
    }

    /// Tells the host program, if it has to come earlier. Hold no lock.
    fn tell(&self, earlier: bool) {
        if earlier {
            self.shared.store.table().context.tell_earlier();
        }
    }
}
