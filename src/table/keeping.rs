//! What a keeper asks of the table: to consider again what could not be unloaded, and to look at
//! every session.

use super::ledger::{CHUNK, Table};
use super::live_sessions::LiveSessions;
use super::members::Walk;
use crate::session::{Record, Seen};
use crate::sync::Arc;

/// How many sessions a sweep looks at in one visit to the lock.
const SWEEP: usize = 256;

impl<T> LiveSessions<T> {
    /// Puts at most this many of the held sessions back into the indexes, from this creation number
    /// on. Returns the number to go on from, if there may be more.
    fn reconsider(&mut self, from: u64, at_most: usize) -> Option<u64> {
        let some = self.held.some(from, at_most);
        for number in &some {
            self.unpark(*number);
        }
        some.last().filter(|_| some.len() == at_most).map(|last| last + 1)
    }
}

impl<T> Table<T> {
    /// Has every session that was held considered again by searches and by the reaper. An
    /// application that sleeps until the next deadline is told if that has become earlier. Hold no
    /// lock.
    pub(crate) fn reconsider(&self) {
        let mut next = Some(0);
        while let Some(from) = next {
            let deadline = self.change(|ledger| {
                next = ledger.live.reconsider(from, CHUNK);
                ledger.live.next_deadline()
            });
            self.context.tell_of_listed(deadline);
        }
    }

    /// Looks at the next of the live sessions, in one visit to the lock, with each as it is seen.
    /// Returns whether there are more. `look` is code of the crate, which locks leaves at most, and
    /// does not drop the last pointer to a session.
    ///
    /// A walk that begins with [`Walk::all`] and goes on until there are no more meets every
    /// session that is live throughout; it may meet one twice, and newer ones.
    pub(crate) fn each_kept(
        &self,
        walk: &mut Walk<'_>,
        look: impl FnMut(&Arc<Record<T>>, Seen),
    ) -> bool {
        self.inspect(|ledger| walk.each(&ledger.live, &self.context, SWEEP, look))
    }
}
