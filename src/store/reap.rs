//! Ending what has expired, as the application drives it.

use std::time::Duration;

use super::handle::SessionStore;
use crate::end::{EndCounts, LimitKind};
use crate::limits::Limit;
use crate::session::Label;
use crate::sync::Arc;
use crate::table::{CHUNK, GroupKind, LiveSessions, Moment, Scope, Table, Visit};
use crate::tick::Tick;

/// What a run of the reaper did.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{ManualClock, NewSession, SessionStore};
///
/// let clock = ManualClock::new();
/// let store = SessionStore::builder().clock(clock.clone()).build()?;
/// for n in 0..3 {
///     store.create(NewSession::new(n)).unwrap();
/// }
/// clock.advance(Duration::from_secs(3_600));
/// let report = store.reap_at_most(2);
/// assert_eq!((report.ended.total(), report.more), (2, true));
/// assert_eq!(report.next_deadline, Some(Duration::ZERO)); // it is due
/// assert_eq!(store.reap().ended.total(), 1);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Ends every session that has expired, and drops the tombstones that are old enough.
    ///
    /// Cost grows with the sessions that expired, and with those touched or replaced since, if
    /// their old deadline has passed or they were next in line for eviction. With nothing due it
    /// reads the clock, takes two locks, and looks at the head of each index. The locks are
    /// released every 64 steps, so others get their turn.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{EndReason, ManualClock, NewSession, SessionStore};
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::builder()
    ///     .clock(clock.clone())
    ///     .idle_timeout(Duration::from_secs(60))
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
    /// tombstone, refreshing an index block of 8 sessions that were touched in the meantime, and
    /// giving back the memory of one part of the id map after most sessions have ended.
    ///
    /// Where the global limit evicts and at most an eighth of its places are free, the budget also
    /// pays for finding the oldest session, so that the next creation at the cap need not.
    #[must_use = "there may be more to reap"]
    pub fn reap_at_most(&self, steps: usize) -> ReapReport {
        let table = self.table();
        let now = table.context.now();
        let mut report = ReapReport::default();
        let next = table.nothing_to_do(now).unwrap_or_else(|Busy| {
            let moment = Moment { now, wall: table.context.wall() };
            table.reap_due(moment, steps, &mut report);
            table.next_deadline(moment)
        });
        let aged = table.sweep(now, steps - report.steps, &mut report);
        report.next_deadline = next.map(|at| at.since(now));
        report.more = aged || report.next_deadline.is_some_and(|wait| wait.is_zero());
        report
    }

    /// How long until a session may expire; `None` if none ever will, as things stand.
    ///
    /// Your program may sleep that long before it reaps. Waking early is allowed and may find
    /// nothing to do: it is a lower bound, since touches are not followed one by one. It becomes
    /// earlier only when a session with a shorter timeout is created, a deadline is
    /// [brought forward](Self::set_timeouts), or a long lease is dropped: a program that sleeps is
    /// told through [`on_earlier_deadline`](crate::StoreBuilder::on_earlier_deadline). It is zero
    /// where more long leases were dropped than one call takes account of: ask or reap again.
    ///
    /// Tombstones have no part in it: later ones push them out, and [`reap`](Self::reap) drops
    /// them.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let moment = self.table().moment();
        self.table().next_deadline(moment).map(|at| at.since(moment.now))
    }
}

/// There is work for a visit.
struct Busy;

impl<T> Visit<'_, T> {
    /// Takes steps and adds them to the report. Returns whether there are no more to take.
    fn reap(&mut self, budget: usize, report: &mut ReapReport) -> bool {
        let first = report.steps == 0;
        let mut taken = self.expire(budget);
        if taken.done {
            let ordinary = self.live.ordinary.clone();
            let crowded = self.table.crowded(&self.live, ordinary.as_ref());
            for scope in crowded.into_iter().flatten() {
                taken.refreshed += self.live.freshen(scope, budget - taken.taken());
            }
        }
        self.ended().for_each(|reason| report.ended.add(reason));
        report.steps += taken.taken();
        let reaper = &mut self.tally.reaper;
        reaper.runs += u64::from(first);
        reaper.ended += taken.ended as u64;
        reaper.refreshed += taken.refreshed as u64;
        taken.done && taken.taken() < budget
    }
}

impl<T> Table<T> {
    /// The next deadline, if that is all that there is to tell at `now`; which is the usual case,
    /// and takes one look behind the lock.
    fn nothing_to_do(&self, now: Tick) -> Result<Option<Tick>, Busy> {
        let (answer, earlier) = self.change(|ledger| {
            let live = &ledger.live;
            let next = live.next_deadline();
            let due = next.is_some_and(|at| at <= now);
            let ebbed = live.has_ebbed() || ledger.to_shrink > 0;
            let mut crowded = self.crowded(live, live.ordinary.as_ref()).into_iter().flatten();
            // Without subscribers nothing lowers the alarm.
            let alarm = ledger.alarm && self.events.recording();
            if due || ebbed || alarm || crowded.any(|scope| !live.is_fresh(scope)) {
                return (Err(Busy), false);
            }
            let earlier = self.context.deadline.announce(next);
            // As in `next_deadline`: a lease that was returned is dealt with before it is answered.
            if self.context.returns.is_filled() {
                return (Err(Busy), earlier);
            }
            ledger.tally.reaper.runs += 1;
            (Ok(next), earlier)
        });
        if earlier {
            self.context.tell_earlier();
        }
        answer
    }

    /// The scopes from which a session may soon be evicted because the store is full.
    fn crowded<'a>(
        &self,
        live: &LiveSessions<T>,
        ordinary: Option<&'a Arc<Label>>,
    ) -> [Option<Scope<'a>>; 2] {
        let limit = self.limits.of(LimitKind::Global, "").filter(|limit| limit.evicts());
        let max = limit.map(Limit::max);
        let crowded = |scope: &Scope<'_>, kept: usize| {
            let room = max.map(|max| max.saturating_sub(kept));
            room.is_some_and(|room| live.counted(*scope) >= room - room / 8)
        };
        let class = ordinary.map(|label| Scope::Group(GroupKind::Ordinary, label));
        let class = class.filter(|scope| crowded(scope, self.limits.reserved()));
        [class, Some(Scope::All).filter(|scope| crowded(scope, 0))]
    }

    /// Ends what has expired, takes what is left of the steps to look for the oldest, and gives
    /// memory back if most have gone.
    fn reap_due(&self, moment: Moment, steps: usize, report: &mut ReapReport) {
        loop {
            let budget = CHUNK.min(steps - report.steps);
            let done = self.visit(moment, |visit| visit.reap(budget, report));
            if done || report.steps == steps {
                break;
            }
        }
        let shards = self.change(|ledger| {
            if ledger.live.take_ebb() {
                ledger.to_shrink = self.directory.shards();
            }
            ledger.take_to_shrink(steps - report.steps)
        });
        for shard in shards {
            self.directory.shrink(shard);
            report.steps += 1;
        }
    }

    /// Drops at most this many tombstones that are old enough. Returns whether there are more.
    fn sweep(&self, now: Tick, at_most: usize, report: &mut ReapReport) -> bool {
        loop {
            let chunk = CHUNK.min(at_most - report.tombstones_dropped);
            let (dropped, more) = {
                let mut tombstones = self.tombstones.lock();
                (tombstones.sweep(now, chunk), tombstones.any_aged(now))
            };
            report.tombstones_dropped += dropped;
            report.steps += dropped;
            if !more || report.tombstones_dropped == at_most {
                return more;
            }
        }
    }

    fn next_deadline(&self, moment: Moment) -> Option<Tick> {
        // Leases may return faster than this deals with them.
        const ROUNDS: usize = 8;
        for _ in 0..ROUNDS {
            let (next, earlier, returned) = self.visit(moment, |visit| {
                let next = visit.live.next_deadline();
                // A lease that is returned after this sees what was announced; one that was
                // returned before it is seen here, where no other thread can empty the queue.
                (next, self.context.deadline.announce(next), self.context.returns.is_filled())
            });
            if earlier {
                self.context.tell_earlier();
            }
            if !returned {
                return next;
            }
        }
        Some(moment.now)
    }
}
