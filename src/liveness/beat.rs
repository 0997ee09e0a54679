//! Heartbeats, and the lack of them.

use time::OffsetDateTime;

use super::error::HostError;
use super::handle::HostLiveness;
use super::host::{Dead, Host};
use super::hosts::Hosts;
use super::report::{Heartbeat, SweepReport};
use super::skew::SkewAlert;
use crate::end::EndReason;
use crate::event_log::What;
use crate::session::{MAX_NAME, Names, Record, drop_record};
use crate::slot::{Engine, Retired};
use crate::sync::Arc;
use crate::table::Moment;
use crate::time::Tick;

/// A host that has just died, and what is to be done about it once the lock is released.
#[must_use = "its sessions have to end"]
struct Death<T> {
    /// The sessions that belong to it, and when it was due.
    members: Vec<Arc<Record<T>>>,
    due: Tick,
    slot: Option<(Arc<Engine<T>>, Retired<T>)>,
}

impl<T> HostLiveness<T> {
    /// Adds a host that has yet to call: it counts as heard from now. Nothing changes for one that
    /// is known.
    ///
    /// # Errors
    ///
    /// [`HostError::TooManyHosts`] or [`HostError::NameTooLong`].
    pub fn expect(&self, host: &str) -> Result<(), HostError> {
        let (Moment { now, .. }, mut hosts) = self.lock();
        let earlier = admit(&mut hosts, host, now)?;
        drop(hosts);
        self.tell(earlier);
        Ok(())
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
    /// it is from the local wall clock: one alert above 300 seconds, another only after it was
    /// under 150. It ends nothing.
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
        let mut deaths = Vec::new();
        let mut report = SweepReport::default();
        let (moment, mut hosts) = self.lock();
        for dead in hosts.die(moment.now) {
            report.dead.push(dead.name.to_string());
            deaths.push(self.bury(dead, moment));
        }
        let next = hosts.announce(moment.now);
        drop(hosts);
        report.dead.sort_unstable();
        report.next_deadline = next.map(|at| at.since(moment.now));
        if !deaths.is_empty() {
            table.publish();
        }
        report.sessions_ended = self.settle(moment, deaths);
        report
    }

    fn hear(&self, host: &str, peer: Option<OffsetDateTime>) -> Result<Heartbeat, HostError> {
        let table = self.shared.store.table();
        let (moment, mut hosts) = self.lock();
        let new = admit(&mut hosts, host, moment.now)?;
        let heard = hosts.hear(host, moment.now);
        let (mut death, mut skew) = (None, None);
        if let Some(Host { name, slot, skew: watched, .. }) = hosts.find(host) {
            if let Some(due) = heard.died {
                let dead = Dead { name: Arc::clone(name), slot: slot.take(), due };
                death = Some(self.bury(dead, moment));
            }
            if heard.back {
                table.note_other(moment, What::Host { host: Arc::clone(name), live: true });
            }
            skew = peer.and_then(|peer| watched.observe(peer - moment.wall));
            if let Some(alert) = skew {
                let (skew, raised) = match alert {
                    SkewAlert::Raised { skew } => (skew, true),
                    SkewAlert::Cleared { skew } => (skew, false),
                };
                table.note_other(moment, What::Skew { host: Arc::clone(name), skew, raised });
            }
        }
        drop(hosts);
        if heard.back || skew.is_some() {
            table.publish();
        }
        self.settle(moment, death);
        self.tell(new || heard.earlier);
        Ok(Heartbeat { back: heard.back, skew })
    }

    /// Forgets a host that has left the pool, and logs its [session](Self::session) out. Other
    /// sessions that belong to it go on; end them with
    /// [`end_where`](crate::SessionStore::end_where). One that was silent for too long dies first,
    /// which ends them. The local host stays. Answers whether the host was there.
    pub fn forget(&self, host: &str) -> bool {
        let table = self.shared.store.table();
        let (moment, mut hosts) = self.lock();
        let dead = hosts.die_alone(host, moment.now).map(|dead| self.bury(dead, moment));
        let gone = hosts.remove(host);
        drop(hosts);
        if dead.is_some() {
            table.publish();
        }
        self.settle(moment, dead);
        let Some(gone) = gone else { return false };
        if let Some(slot) = gone.slot {
            slot.retire(EndReason::LoggedOut);
        }
        true
    }

    /// Notes that a host has died, and who goes with it: those that belonged to it when it was due.
    /// While the hosts are locked, so that nobody goes with it who logs in after it has come back.
    fn bury(&self, Dead { name, slot, due }: Dead<Engine<T>>, moment: Moment) -> Death<T> {
        let table = self.shared.store.table();
        // No login that is under way will be installed any more, and one that has been goes with
        // the rest.
        let slot = slot.map(|slot| {
            let retired = slot.close();
            (slot, retired)
        });
        table.note_other(moment, What::Host { host: Arc::clone(&name), live: false });
        let members = table.inspect(|ledger| {
            ledger.live.members(Names { host: Some(&*name), ..Names::default() })
        });
        Death { members, due, slot }
    }

    /// Ends the sessions of the dead. Answers how many. Hold no lock.
    fn settle(&self, moment: Moment, deaths: impl IntoIterator<Item = Death<T>>) -> usize {
        let table = self.shared.store.table();
        let mut ended = 0;
        for Death { members, due, slot } in deaths {
            // Exact by the clock alone, however long ago this thread has read it: what was created
            // from `due` on was created after the death.
            let records: Vec<_> = members.iter().filter(|record| record.created < due).collect();
            ended += table.end_all(moment, &records, EndReason::HostDead, true).ended;
            let held = slot.is_some_and(|(slot, held)| slot.end_retired(held, EndReason::HostDead));
            ended += usize::from(held);
            members.into_iter().for_each(drop_record);
        }
        ended
    }

    /// Tells the application, if it has to come earlier. Hold no lock.
    fn tell(&self, earlier: bool) {
        if earlier {
            self.shared.store.table().context.tell_earlier();
        }
    }
}

/// Adds a host if it is not known. Answers whether the next deadline is earlier than was told.
fn admit<S>(hosts: &mut Hosts<S>, host: &str, now: Tick) -> Result<bool, HostError> {
    if host.len() > MAX_NAME {
        return Err(HostError::NameTooLong { bytes: host.len(), max: MAX_NAME });
    }
    if hosts.find(host).is_some() {
        return Ok(false);
    }
    if hosts.len() >= hosts.max {
        return Err(HostError::TooManyHosts { max: hosts.max });
    }
    Ok(hosts.add(host, now))
}
