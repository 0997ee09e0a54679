//! What the store can say about itself.

use super::bulk::BulkEnd;
use super::handle::SessionStore;
use crate::groups::Groups;
use crate::session::Count;
use crate::stats::{Hitters, Lookups, Pressure, Stats, Top, rank};

impl<T> SessionStore<T> {
    /// The counters, all of one moment but for those that are sums over threads. Costs the same
    /// however many sessions there are.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let table = self.table();
        let context = &table.context;
        let released = context.counted(Count::Released);
        let leases = context.counted(Count::Leased).saturating_sub(released);
        let lookups = Lookups {
            hit: context.counted(Count::Hit),
            unknown: context.counted(Count::Unknown),
            ended: context.counted(Count::Ended),
        };
        let application_panics = context.counted(Count::ApplicationPanic);
        table.inspect(|ledger| {
            let (tally, tombstones) = (&ledger.tally, table.tombstones.lock());
            Stats {
                created: tally.created,
                loaded: tally.loaded,
                unloaded: tally.unloaded,
                live: ledger.live.len(),
                pinned: tally.pinned,
                leases,
                peak: tally.peak,
                ended: tally.ended.clone(),
                rejected: tally.rejected,
                lookups,
                reaper: tally.reaper,
                rotated: tally.rotated,
                tombstones: tombstones.len(),
                tombstones_forgotten_early: tombstones.forgotten_early(),
                application_panics,
                average_life: tally.average_life(),
                longest_life: tally.longest_life(),
            }
        })
    }

    /// How many sessions are live, the pinned and the expired but not yet reaped among them: as
    /// [`Stats::live`]. Takes the store's lock for a moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// assert!(store.is_empty());
    /// store.create(NewSession::new(())).unwrap();
    /// assert_eq!(store.len(), 1);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.table().inspect(|ledger| ledger.live.len())
    }

    /// Whether no session is live. Takes the store's lock for a moment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the store evicts more than it should, and the first `top` names behind it. Reading
    /// it changes nothing.
    ///
    /// It reads the number of sessions of every principal and originator while it holds the store's
    /// lock: ask it once a minute, not once a request.
    #[must_use]
    pub fn pressure(&self, top: usize) -> Pressure {
        let table = self.table();
        let now = table.context.now();
        table.inspect(|ledger| {
            let evictions_last_hour = ledger.evictions.sum(now);
            let attributed: usize = ledger.live.originators().iter().map(|(_, live)| live).sum();
            Pressure {
                evictions_last_hour,
                threshold: table.alarm_above,
                alarm: evictions_last_hour > u64::from(table.alarm_above),
                principals: rank_groups(top, ledger.live.principals(), &ledger.evicted_principals),
                originators: rank_groups(
                    top,
                    ledger.live.originators(),
                    &ledger.evicted_originators,
                ),
                unattributed: ledger.live.len() - attributed,
            }
        })
    }

    /// Ends every session as [`StoreClosed`](crate::EndReason::StoreClosed), the pinned too, and
    /// creates no more. Lookups still find the tombstones.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{CreateError, NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(()).pinned()).unwrap();
    /// assert_eq!(store.close().ended, 1);
    /// assert!(session.is_ended() && store.is_closed());
    /// assert_eq!(store.create(NewSession::new(())).unwrap_err(), CreateError::Closed);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn close(&self) -> BulkEnd {
        let table = self.table();
        BulkEnd { ended: table.close(table.moment()), kept: 0 }
    }

    /// Whether the store was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.table().inspect(|ledger| ledger.closed)
    }
}

fn rank_groups(top: usize, groups: &Groups, evicted: &Hitters) -> Top {
    let live = groups.iter().map(|(label, live)| (label.name(), live as u64));
    let untouched = groups.iter().map(|(label, live)| {
        let touched = u64::from(label.touched());
        (label.name(), (live as u64).saturating_sub(touched))
    });
    Top {
        by_live: rank(top, live),
        by_evictions: rank(top, evicted.iter()),
        by_untouched: rank(top, untouched),
    }
}
