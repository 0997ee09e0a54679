//! The file and the memory in accord, whatever fails.
//!
//! What decides is changed first, and then the file. If the file cannot be changed, or it is not
//! known whether it was, both are given up and made anew of what the file has: redb wants the file
//! opened again after a failure in any case.

use std::time::Duration;

use redb::{Database, Durability};

use super::fault::Fault;
use super::options::{RedbDurability, RedbOptions};
use super::source::Source;
use super::tables::Tables;
use super::timeline::Timeline;
use crate::collection::error::CollectionError;
use crate::collection::policy::Policy;
use crate::collection::records::Records;
use crate::collection::stamp::CollectionTime;
use crate::tick::Tick;

/// What is behind the lock.
pub(super) struct State {
    source: Source,
    policy: Policy,
    durability: RedbDurability,
    quick_repair: bool,
    timeline: Timeline,
    open: Option<Open>,
    /// How many commits were acknowledged.
    acknowledged: u64,
    trouble: Trouble,
}

/// The file, and what decides.
pub(super) struct Open {
    pub(super) db: Database,
    pub(super) records: Records,
    /// The number of the last commit.
    commits: u64,
    /// Whether there are commits that may not be on the disk.
    unsynced: bool,
}

/// Failures that come soon after each other, as on a full disk: then nothing is tried for a while,
/// since each failure takes as long as opening the file.
#[derive(Default)]
struct Trouble {
    /// Until when a failure comes soon after the last.
    recent: Option<Tick>,
    paused: Option<(Tick, CollectionError)>,
}

/// How a transaction failed.
struct Failure {
    at_commit: bool,
    fault: Fault,
}

impl State {
    /// Opens the file, and sets it up if there is nothing in it.
    pub(super) fn new(
        source: Source,
        options: &RedbOptions,
        (tick, wall): (Tick, time::OffsetDateTime),
    ) -> Result<Self, CollectionError> {
        let (db, records, about) = source.load(options.policy, 0)?;
        let stored = about.map(|about| about.time);
        let commits = about.map_or(0, |about| about.commits);
        let open = Open { db, records, commits, unsynced: false };
        let mut state = Self {
            source,
            policy: options.policy,
            durability: options.durability,
            quick_repair: options.quick_repair,
            timeline: Timeline::new(stored, wall, options.most_downtime, tick),
            open: Some(open),
            acknowledged: commits,
            trouble: Trouble::default(),
        };
        if about.is_none() {
            state.transact(tick, RedbDurability::Immediate, |_, _, _| Ok(((), true)))?;
        }
        Ok(state)
    }

    /// The file and the memory, opened again if they had to be given up.
    pub(super) fn ready(
        &mut self,
        tick: Tick,
    ) -> Result<(CollectionTime, &mut Open), CollectionError> {
        if let Some((until, error)) = &self.trouble.paused
            && tick < *until
        {
            return Err(error.clone());
        }
        if self.open.is_none() {
            self.reopen(tick)?;
        }
        let now = self.timeline.now(tick);
        let open = self.open.as_mut();
        open.map(|open| (now, open)).ok_or_else(closed)
    }

    /// Changes the memory, and the file with it; says whether there was anything to write, too.
    /// Where that fails, both are as before, unless the error leaves that open.
    pub(super) fn transact<R>(
        &mut self,
        tick: Tick,
        durability: RedbDurability,
        act: impl FnOnce(CollectionTime, &mut Records, &mut Tables<'_>) -> Result<(R, bool), Fault>,
    ) -> Result<R, CollectionError> {
        let now = self.ready(tick)?.0;
        // If anything panics, it is not put back, but made anew.
        let Some(mut open) = self.open.take() else { return Err(closed()) };
        let done = open.attempt(now, durability, self.quick_repair, act);
        let live = open.records.live();
        if done.is_ok() {
            self.acknowledged = open.commits;
            self.open = Some(open);
        } else {
            drop(open);
        }
        done.map_err(|failure| self.fail(tick, live, failure))
    }

    /// By the durability that was chosen.
    pub(super) fn durability(&self) -> RedbDurability {
        self.durability
    }

    /// Whether all is on the disk.
    #[cfg(test)]
    pub(super) fn is_synced(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !open.unsynced)
    }

    /// Puts on the disk what may not be there yet.
    pub(super) fn sync(&mut self, tick: Tick) -> Result<(), CollectionError> {
        if self.ready(tick)?.1.unsynced {
            self.transact(tick, RedbDurability::Immediate, |_, _, _| Ok(((), true)))?;
        }
        Ok(())
    }

    /// Makes the file as small as it can be. Whether that was smaller.
    pub(super) fn compact(&mut self, tick: Tick) -> Result<bool, CollectionError> {
        self.sync(tick)?;
        let Some(mut open) = self.open.take() else { return Err(closed()) };
        let compacted = open.db.compact();
        if let Err(error @ redb::CompactionError::Storage(_)) = compacted {
            let live = open.records.live();
            drop(open);
            return Err(self.fail(tick, live, Failure { at_commit: false, fault: error.into() }));
        }
        self.open = Some(open);
        Ok(compacted.map_err(Fault::from)?)
    }

    /// Makes the memory anew of what is in the file, both of which were given up.
    fn fail(&mut self, tick: Tick, live: usize, failure: Failure) -> CollectionError {
        let reason = failure.fault.0;
        let refused = CollectionError::not_applied(reason.as_str());
        // Some ten times as long as opening takes.
        let opening = u64::try_from(live).unwrap_or(u64::MAX).saturating_mul(20);
        let pause = Duration::from_secs(1).saturating_add(Duration::from_micros(opening));
        let again = tick.saturating_add(pause);
        if self.trouble.recent.is_some_and(|until| tick < until) {
            self.trouble.paused = Some((again, refused.clone()));
        }
        self.trouble.recent = Some(again);
        let expected = self.acknowledged + 1;
        match self.reopen(tick) {
            // The commit is not in the file, and nothing will put it there.
            Ok(found) if found < expected => refused,
            _ if failure.at_commit => CollectionError::in_doubt(reason),
            _ => refused,
        }
    }

    /// Returns the number of the last commit that is in the file.
    fn reopen(&mut self, tick: Tick) -> Result<u64, CollectionError> {
        match self.source.load(self.policy, self.acknowledged) {
            Ok((db, records, about)) => {
                let found = about.map_or(0, |about| about.commits);
                // Where some are lost, their numbers are not given out again.
                self.acknowledged = self.acknowledged.max(found);
                let commits = self.acknowledged;
                // Where some are lost, the file has another epoch yet.
                let unsynced = found < commits;
                self.open = Some(Open { db, records, commits, unsynced });
                Ok(found)
            }
            Err(error) => {
                let again = tick.saturating_add(Duration::from_secs(1));
                self.trouble.paused = Some((again, error.clone()));
                Err(error)
            }
        }
    }
}

fn closed() -> CollectionError {
    CollectionError::not_applied("the file is not open")
}

impl Open {
    fn attempt<R>(
        &mut self,
        now: CollectionTime,
        durability: RedbDurability,
        quick_repair: bool,
        act: impl FnOnce(CollectionTime, &mut Records, &mut Tables<'_>) -> Result<(R, bool), Fault>,
    ) -> Result<R, Failure> {
        let before = |fault| Failure { at_commit: false, fault };
        let mut transaction = self.db.begin_write().map_err(|error| before(error.into()))?;
        let immediate = durability == RedbDurability::Immediate;
        let chosen = if immediate { Durability::Immediate } else { Durability::None };
        transaction.set_durability(chosen).map_err(|error| before(error.into()))?;
        transaction.set_quick_repair(quick_repair);
        let commits = self.commits + 1;
        let mut tables = Tables::open(&transaction).map_err(before)?;
        let (done, wrote) = act(now, &mut self.records, &mut tables).map_err(before)?;
        if wrote {
            tables.write_meta(self.records.meta(), now, commits).map_err(before)?;
        }
        drop(tables);
        if !wrote {
            transaction.abort().map_err(|error| before(error.into()))?;
            return Ok(done);
        }
        let after = |error: redb::CommitError| Failure { at_commit: true, fault: error.into() };
        transaction.commit().map_err(after)?;
        self.commits = commits;
        self.unsynced = !immediate;
        Ok(done)
    }
}
