//! Who is next to go: the oldest session of a limit, and the one that expires first.

use super::entry::{Scope, age_bound, deadline_bound, label, number, number_of_member};
use super::roll::Roll;
use crate::age::NEVER;
use crate::end::EndReason;
use crate::session::Record;
use crate::sync::Arc;
use crate::time::Tick;
use crate::word::{Changed, Seen};

/// A session, as it was when it was found.
pub(crate) struct Found<T> {
    pub(crate) record: Arc<Record<T>>,
    pub(crate) seen: Seen,
}

/// What is known about who expires next.
pub(crate) enum Due<T> {
    /// This one has expired.
    Expired(Found<T>, EndReason),
    /// A bound was out of date and has been put right. Look again.
    Refreshed,
    /// Nobody has.
    Nobody,
}

impl<T> Roll<T> {
    /// The session of this scope that was last active the longest ago, among those that are neither
    /// pinned nor in use; the first created of equals.
    pub(crate) fn oldest(&mut self, scope: Scope<'_>) -> Option<Found<T>> {
        loop {
            let (slot, bound) = self.least_age(scope)?;
            let record = Arc::clone(&self.entries[slot].record);
            let seen = record.word.load();
            if seen.in_use() {
                self.park(&record, seen);
            } else if seen.last_active().as_micros() == bound {
                // Every other is at least as old as its bound says, and no bound is less.
                return Some(Found { record, seen });
            } else {
                self.refresh_ages(scope, slot);
            }
        }
    }

    /// Whether somebody has expired by `now`, and who.
    pub(crate) fn due(&mut self, now: Tick) -> Due<T> {
        let due = self.deadlines.least().filter(|(_, bound)| *bound <= now.as_micros());
        let Some((slot, _)) = due else {
            return Due::Nobody;
        };
        let record = Arc::clone(&self.entries[slot].record);
        let seen = record.word.load();
        if let Some(reason) = record.expired(seen, now) {
            return Due::Expired(Found { record, seen }, reason);
        }
        if seen.in_use() && !seen.parked() {
            self.park(&record, seen);
        } else {
            self.refresh_deadlines(slot);
        }
        Due::Refreshed
    }

    /// Nobody expires before this.
    pub(crate) fn next_deadline(&self) -> Option<Tick> {
        self.deadlines.least().map(|(_, bound)| Tick::from_micros(bound))
    }

    /// Sets a session aside that is in use, unless its word has changed. From then on the last
    /// lease to go leaves word, and [`unpark`](Roll::unpark) puts the session back.
    fn park(&mut self, record: &Arc<Record<T>>, seen: Seen) {
        if record.word.park(seen).is_ok() {
            self.parked.insert(record.number, Arc::clone(record));
            self.rebound(record);
        }
    }

    /// Puts the session with this creation number back into the indexes, if it is set aside.
    pub(crate) fn unpark(&mut self, number: u64) {
        let Some(record) = self.parked.remove(&number) else {
            return;
        };
        let mut seen = record.word.load();
        while let Err(Changed(new)) = record.word.unpark(seen) {
            seen = new;
        }
        self.rebound(&record);
    }

    /// Works out the bounds of one session in every index.
    fn rebound(&mut self, record: &Arc<Record<T>>) {
        let Self { entries, ages, deadlines, groups, .. } = self;
        let (slot, seen) = (record.slot(), record.word.load());
        let age = age_bound(record, seen);
        if let Some(ages) = ages {
            ages.set(slot, age, |slot| number(entries, slot));
        }
        deadlines.set(slot, deadline_bound(record, seen), |slot| number(entries, slot));
        for (kind, groups) in groups.iter_mut().enumerate() {
            let group = label(record, kind).and_then(|name| groups.get_mut(name));
            if let Some(group) = group
                && let Some(ages) = &mut group.ages
            {
                let (seat, members) = (entries[slot].seats[kind] as usize, &group.members);
                ages.set(seat, age, |seat| number_of_member(entries, members, seat));
            }
        }
    }

    /// The slot with the least bound of last activity in this scope, and the bound.
    fn least_age(&self, scope: Scope<'_>) -> Option<(usize, u64)> {
        match scope {
            Scope::All => self.ages.as_ref()?.least(),
            Scope::Group(kind, name) => {
                let group = self.groups[kind].get(name)?;
                let (seat, bound) = group.ages.as_ref()?.least()?;
                Some((group.members[seat] as usize, bound))
            }
        }
    }

    fn refresh_ages(&mut self, scope: Scope<'_>, slot: usize) {
        let Self { entries, ages, groups, .. } = self;
        let bound = |slot: usize, old: u64| {
            let record = &entries[slot].record;
            if old == NEVER { NEVER } else { age_bound(record, record.word.load()) }
        };
        match scope {
            Scope::All => {
                if let Some(ages) = ages {
                    ages.refresh_block(slot, bound, |slot| number(entries, slot));
                }
            }
            Scope::Group(kind, name) => {
                if let Some(group) = groups[kind].get_mut(name)
                    && let Some(ages) = &mut group.ages
                {
                    let (seat, members) = (entries[slot].seats[kind] as usize, &group.members);
                    ages.refresh_block(
                        seat,
                        |seat, old| bound(members[seat] as usize, old),
                        |seat| number_of_member(entries, members, seat),
                    );
                }
            }
        }
    }

    fn refresh_deadlines(&mut self, slot: usize) {
        let Self { entries, deadlines, .. } = self;
        let bound = |slot: usize, _| {
            let record = &entries[slot].record;
            deadline_bound(record, record.word.load())
        };
        deadlines.refresh_block(slot, bound, |slot| number(entries, slot));
    }
}
