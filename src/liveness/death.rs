//! Deaths of hosts, and what they end.

use super::handle::HostLiveness;
use super::host::Dead;
use super::report::SweepReport;
use crate::end::EndReason;
use crate::event_log::EventKind;
use crate::session::{Names, Record, drop_record};
use crate::slot::{Engine, Retired};
use crate::sync::Arc;
use crate::table::Moment;

/// A death that was noted. Its sessions have yet to end.
#[must_use = "its sessions have to end"]
pub(super) struct Death<T> {
    dead: Dead<Engine<T>>,
    /// What the host's slot held.
    held: Option<Retired<T>>,
    /// The sessions that belong to the host, those created after its death among them.
    members: Vec<Arc<Record<T>>>,
}

impl<T> HostLiveness<T> {
    /// Notices the deaths of the hosts that were silent for too long, and ends their sessions.
    /// Constant time, however many hosts there are, while none is due.
    pub fn sweep(&self) -> SweepReport {
        let (moment, mut hosts) = self.lock();
        let dead = hosts.die(moment.now);
        let deaths: Vec<_> = dead.into_iter().map(|dead| self.note_death(dead, moment)).collect();
        let next = hosts.announce();
        drop(hosts);
        let mut dead: Vec<_> = deaths.iter().map(|death| death.dead.name.to_string()).collect();
        dead.sort_unstable();
        let next_deadline = next.map(|at| at.since(moment.now));
        if !deaths.is_empty() {
            self.shared.store.table().publish();
        }
        let sessions_ended = self.end_sessions_of_the_dead(deaths);
        SweepReport { dead, sessions_ended, next_deadline }
    }

    /// Forgets a host that has left the pool, and logs its [session](Self::get_or_login) out. Other
    /// sessions that belong to it go on; end them with
    /// [`end_where`](crate::SessionStore::end_where). A host that was silent for too long dies
    /// first, which ends them. The local host stays. Returns whether the host was known and
    /// removed.
    pub fn forget(&self, host: &str) -> bool {
        let (moment, mut hosts) = self.lock();
        let removed = hosts.remove(host, moment.now);
        let Some((gone, dead)) = removed else { return false };
        let death = dead.map(|dead| self.note_death(dead, moment));
        self.note(EventKind::HostForgotten, &gone.name, moment);
        drop(hosts);
        self.shared.store.table().publish();
        self.end_sessions_of_the_dead(death);
        if let Some(slot) = gone.slot {
            slot.retire(EndReason::LoggedOut);
        }
        true
    }

    /// Notes that a host has died. Done while the hosts are locked: so the events are in order, no
    /// login that began before the death is installed in its slot from now on, and no session that
    /// appears after the host came back is among the members.
    pub(super) fn note_death(&self, dead: Dead<Engine<T>>, moment: Moment) -> Death<T> {
        let held = dead.slot.as_ref().map(|slot| slot.close(EndReason::HostDead));
        self.note(EventKind::HostDead, &dead.name, moment);
        let names = Names { host: Some(&*dead.name), ..Names::default() };
        let members = self.shared.store.table().inspect(|ledger| ledger.live.members(names));
        Death { dead, held, members }
    }

    /// Ends the sessions of hosts that have died, and returns how many. Hold no lock.
    pub(super) fn end_sessions_of_the_dead(
        &self,
        deaths: impl IntoIterator<Item = Death<T>>,
    ) -> usize {
        let table = self.shared.store.table();
        let mut ended = 0;
        for Death { dead: Dead { slot, due, .. }, held, members } in deaths {
            // Exact by the clock alone, however long ago this thread has read it: what was created
            // from `due` on was created after the death.
            let records: Vec<_> = members.iter().filter(|record| record.created() < due).collect();
            // Hooks may have taken their time since the last death.
            let moment = table.moment_or_origin();
            ended += table.end_all(moment, &records, EndReason::HostDead, true).ended;
            if let (Some(slot), Some(held)) = (slot, held) {
                ended += usize::from(slot.end_retired(held));
            }
            members.into_iter().for_each(drop_record);
        }
        ended
    }
}
