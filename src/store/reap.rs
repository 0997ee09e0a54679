//! Ending what has expired, as the host drives it.

use std::time::Duration;

use super::handle::SessionStore;
use super::ledger::{CHUNK, Moment, Table, Visit};
use crate::end::EndCounts;
use crate::time::Tick;

/// What a run of the reaper did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReapReport {
    /// The sessions that it ended, by reason.
    pub ended: EndCounts,
    /// The tombstones that were old enough to be dropped.
    pub tombstones_dropped: usize,
    /// The steps that it took: see [`SessionStore::reap_at_most`].
    pub steps: usize,
    /// Whether the budget ran out while there may be more that is due. Call again.
    pub more: bool,
    /// As [`SessionStore::next_deadline`].
    pub next_deadline: Option<Duration>,
}

impl<T> SessionStore<T> {
    /// Ends every session that has expired by now, and drops the tombstones that are old enough.
    ///
    /// The cost grows with what has expired since the last time. With nothing due it is that of
    /// reading the clock, a few locks and the head of the index, however many sessions there are.
    /// The locks are released every 64 steps, so others get their turn.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{EndReason, ManualClock, NewSession, SessionStore, Timeouts};
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::builder()
    ///     .clock(clock.clone())
    ///     .timeouts(Timeouts::none().idle(Duration::from_secs(60)))
    ///     .build()?;
    /// store.create(NewSession::new(())).unwrap();
    ///
    /// clock.advance(Duration::from_secs(60));
    /// let report = store.reap();
    /// assert_eq!(report.ended.count(EndReason::IdleTimeout), 1);
    /// assert_eq!((report.more, report.next_deadline), (false, None));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn reap(&self) -> ReapReport {
        self.reap_at_most(usize::MAX)
    }

    /// As [`reap`](Self::reap), within a budget. Ending one session is a step, and so is dropping a
    /// tombstone, and putting right what the index knows of a block of sessions that were touched in
    /// the meantime.
    #[must_use = "there may be more to reap"]
    pub fn reap_at_most(&self, steps: usize) -> ReapReport {
        let table = self.table();
        let moment = table.moment();
        let mut report = ReapReport::default();
        loop {
            let budget = CHUNK.min(steps - report.steps);
            let done = table.visit(moment, |visit| visit.reap(budget, &mut report));
            if done || report.steps == steps {
                break;
            }
        }
        if report.ended.total() > 0 {
            table.directory.shrink(table.inspect(|ledger| ledger.roll.len()));
        }
        let aged = table.sweep(moment.now, steps - report.steps, &mut report);
        report.next_deadline = table.next_deadline(moment);
        report.more = aged || report.next_deadline.is_some_and(|wait| wait.is_zero());
        report
    }

    /// How long until a session may expire; `None` if none ever will, as things stand.
    ///
    /// The host may sleep that long before it reaps. Waking early is allowed and may find nothing
    /// to do: the answer is a lower bound, since touches are not followed one by one. It becomes
    /// earlier only when a session with a shorter timeout is created, or a long lease is dropped:
    /// a host that sleeps gets word through
    /// [`on_earlier_deadline`](crate::StoreBuilder::on_earlier_deadline).
    ///
    /// Tombstones have no part in it: later ones push them out, and [`reap`](Self::reap) drops them.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        self.table().next_deadline(self.table().moment())
    }
}

impl<T> Visit<'_, T> {
    /// Takes steps and adds them to the report. Answers whether nobody is due any more.
    fn reap(&mut self, budget: usize, report: &mut ReapReport) -> bool {
        let first = report.steps == 0;
        let taken = self.expire(budget);
        self.ended().for_each(|reason| report.ended.add(reason));
        report.steps += taken.taken();
        let reaper = &mut self.tally.reaper;
        reaper.runs += u64::from(first);
        reaper.ended += taken.ended as u64;
        reaper.refreshed += taken.refreshed as u64;
        taken.done
    }
}

impl<T> Table<T> {
    /// Drops at most so many tombstones that are old enough. Answers whether there are more.
    fn sweep(&self, now: Tick, at_most: usize, report: &mut ReapReport) -> bool {
        loop {
            let chunk = CHUNK.min(at_most - report.tombstones_dropped);
            let (dropped, more) = {
                let mut graves = self.graves.lock();
                (graves.sweep(now, chunk), graves.any_aged(now))
            };
            report.tombstones_dropped += dropped;
            report.steps += dropped;
            if !more || report.tombstones_dropped == at_most {
                return more;
            }
        }
    }

    fn next_deadline(&self, moment: Moment) -> Option<Duration> {
        loop {
            let (next, earlier, returned) = self.visit(moment, |visit| {
                let next = visit.roll.next_deadline();
                // A lease that is returned after this sees what was announced; one that was returned
                // before it is seen here, where nobody else can take its word.
                (next, self.context.announce(next), self.context.any_returned())
            });
            if earlier {
                self.context.tell_earlier();
            }
            if !returned {
                return next.map(|at| at.since(moment.now));
            }
        }
    }
}
