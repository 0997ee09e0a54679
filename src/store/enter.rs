//! Letting a session in, in as many visits to the lock as that takes.

use super::handle::SessionStore;
use super::newcomer::{Asked, Loaded, Progress, Step};
use crate::error::CreateError;
use crate::session::{FreshRecord, NewRecord, NewSession, Session};
use crate::sync::Arc;
use crate::table::Effort;
use crate::timeouts::Timeouts;

/// How often a creation that waited for the lock reads the clock again.
const MORE_READINGS: u32 = 3;

/// A session that has entered the store, or was there.
#[cfg_attr(
    not(any(feature = "shared", test)),
    allow(dead_code, reason = "what else there is to know concerns sessions that are loaded")
)]
pub(super) struct Entered<T> {
    pub(super) session: Session<T>,
    /// Whether it was there: then it was revived.
    pub(super) revived: bool,
    /// Whether it gave the lease that was asked for; a new one always does.
    pub(super) leased: bool,
}

impl<T> SessionStore<T> {
    /// Lets a new session in, or one that was loaded. Of a loaded one that is live here, the new
    /// record is dropped and the live one revived.
    pub(super) fn enter(
        &self,
        new: NewSession<T>,
        loaded: Option<Loaded>,
    ) -> Result<Entered<T>, CreateError> {
        let table = self.table();
        new.check_names()?;
        let timeouts = new.timeouts(table.timeouts)?;
        let mut moment = table.moment();
        let past = if loaded.is_some() { new.past.elsewhere(new.leased) } else { new.past };
        // The collection has decided that a loaded session has not idled out.
        let idle = timeouts.idle.filter(|_| loaded.is_none());
        past.check(Timeouts { idle, ..timeouts }, moment.now)?;
        let id = table.new_id(new.id).map_err(CreateError::IdSource)?;
        let mut progress =
            Progress { expiring: false, effort: Effort::new(), readings: MORE_READINGS };
        let asked = Asked { names: new.names, timeouts, past, leased: new.leased, id, loaded };
        // The record is made, and dropped if it is refused, outside the lock.
        let mut fresh = FreshRecord::new(NewRecord {
            id: asked.id.id,
            pinned: new.pinned,
            privileged: new.privileged,
            context: Arc::clone(&table.context),
            data: new.data,
        });
        loop {
            let step = table.visit(moment, |visit| visit.enter(fresh, &asked, &mut progress));
            let (record, revived, leased) = match step {
                Step::Again(record) => {
                    fresh = record;
                    continue;
                }
                Step::Late(record) => {
                    fresh = record;
                    let later = table.moment();
                    // Another reading does not help where the clock ran back.
                    let helps = later.now > moment.now;
                    progress.readings = if helps { progress.readings - 1 } else { 0 };
                    moment = later;
                    continue;
                }
                Step::Refused(_record, why) => return Err(why),
                Step::Done(record) => (record, false, asked.leased),
                Step::Revived { unused, live, leased } => {
                    // A panic in it must not keep the lease.
                    table.context.run_application_code(|| drop(unused));
                    (live, true, leased)
                }
            };
            let seen = record.word.load();
            let deadline = record.deadlines().next(seen.last_active(), false);
            table.context.tell_of_listed(deadline.map(|(at, _)| at));
            return Ok(Entered { session: Session::new(record), revived, leased });
        }
    }
}
