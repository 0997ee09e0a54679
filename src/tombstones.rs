//! Bounded memory of the sessions that have ended.

mod ring;

use std::collections::HashMap;
use std::time::Duration;

use crate::end::Tombstone;
use crate::id::{IdFold, SessionId};
use crate::tick::Tick;
use ring::Ring;

/// Tombstones by id, at most `max` of them, each kept for `keep`.
pub(crate) struct Tombstones {
    max: usize,
    keep: Duration,
    ring: Ring,
    /// What took over from an id that is in the ring, where something did: few have that.
    successors: HashMap<SessionId, Successor>,
    forgotten_early: u64,
}

/// What is remembered under an id that no longer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) tombstone: Tombstone,
    /// What took over, if the session was given another id and this one may lead to it.
    pub(crate) successor: Option<Successor>,
}

/// What took over from an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Successor {
    pub(crate) id: SessionId,
    /// The creation number of the session, which another session with that id does not have.
    pub(crate) number: u64,
    /// How long the old id leads to it.
    pub(crate) grace: Duration,
}

impl Tombstones {
    pub(crate) fn new(max: usize, keep: Duration, fold: IdFold) -> Self {
        let (ring, successors) = (Ring::new(max, fold), HashMap::new());
        Self { max, keep, ring, successors, forgotten_early: 0 }
    }

    /// As [`insert`](Tombstones::insert), of an id that another has taken over from, which it leads
    /// to in its grace.
    pub(crate) fn insert_rotated(&mut self, id: SessionId, tombstone: Tombstone, to: Successor) {
        self.insert(id, tombstone);
        if self.max > 0 && !to.grace.is_zero() {
            self.successors.insert(id, to);
        }
    }

    /// Remembers how the session ended that had this id, and forgets the oldest if there are too
    /// many.
    pub(crate) fn insert(&mut self, id: SessionId, tombstone: Tombstone) {
        let now = tombstone.at();
        if self.max == 0 {
            self.forgotten_early += 1;
            return;
        }
        // Two go for one that comes: the old go away in time, and an insertion does not pay for
        // many.
        self.sweep(now, 2);
        while self.ring.is_full() {
            self.pop_oldest(now);
        }
        self.ring.push(id, tombstone);
        self.forget_successor(&id);
    }

    /// Forgets the first insertion, and counts it if it has not come to its age. Returns whether it
    /// was needed still: another of the same id takes its place.
    fn pop_oldest(&mut self, now: Tick) -> bool {
        let Some((id, tombstone, needed)) = self.ring.pop() else { return false };
        if needed {
            self.forget_successor(&id);
            self.forgotten_early += u64::from(!self.aged(&tombstone, now));
        }
        needed
    }

    /// What is remembered of this id at `now`. While there is something, no session may use the id
    /// again.
    ///
    /// A successor is named in its grace only. Once it was too late for that it stays too late,
    /// even if the clock runs back.
    pub(crate) fn find(&mut self, id: &SessionId, now: Tick) -> Option<Remembered> {
        let tombstone = self.ring.find(id)?;
        let mut successor = self.successors.get(id).copied();
        if successor.is_some_and(|successor| now.since(tombstone.at()) >= successor.grace) {
            self.forget_successor(id);
            successor = None;
        }
        (!self.aged(&tombstone, now)).then_some(Remembered { tombstone, successor })
    }

    fn forget_successor(&mut self, id: &SessionId) {
        // A look at the length spares the hash of the id where no id was rotated.
        if !self.successors.is_empty() {
            self.successors.remove(id);
        }
    }

    /// Forgets what is old enough at `now`, at most this many. Returns how many.
    pub(crate) fn sweep(&mut self, now: Tick, at_most: usize) -> usize {
        let mut dropped = 0;
        for _ in 0..at_most {
            if !self.any_aged(now) {
                break;
            }
            dropped += usize::from(self.pop_oldest(now));
        }
        if self.ring.shrink() {
            self.successors.shrink_to_fit();
        }
        dropped
    }

    /// Whether the first insertion has come to its age, or is not needed any more.
    pub(crate) fn any_aged(&self, now: Tick) -> bool {
        let first = self.ring.first();
        first.is_some_and(|first| self.aged(first, now) || !self.ring.first_is_last())
    }

    pub(crate) fn len(&self) -> usize {
        self.ring.len()
    }

    /// How many had to go before their time, since there were too many.
    pub(crate) fn forgotten_early(&self) -> u64 {
        self.forgotten_early
    }

    fn aged(&self, tombstone: &Tombstone, now: Tick) -> bool {
        now.since(tombstone.at()) >= self.keep
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::end::EndReason;
    use time::OffsetDateTime;

    fn id(n: u8) -> SessionId {
        SessionId::from_bytes([n; 16])
    }

    fn tombstones(max: usize) -> Tombstones {
        Tombstones::new(max, Duration::from_micros(100), IdFold::random().unwrap())
    }

    fn tombstone(at: u64) -> Tombstone {
        let (at, wall) = (Tick::from_micros(at), OffsetDateTime::UNIX_EPOCH);
        Tombstone::new(EndReason::Killed, at, wall, at)
    }

    #[test]
    fn the_oldest_is_forgotten_when_there_are_too_many() {
        let mut tombstones = tombstones(2);
        for n in 1..=3 {
            tombstones.insert(id(n), tombstone(n.into()));
        }
        let now = Tick::from_micros(3);
        let known = [1, 2, 3].map(|n| tombstones.find(&id(n), now).is_some());
        assert_eq!((known, tombstones.forgotten_early()), ([false, true, true], 1));
    }

    #[test]
    fn what_is_old_is_forgotten_in_time() {
        let mut tombstones = tombstones(10);
        tombstones.insert(id(1), tombstone(0));
        tombstones.insert(id(2), tombstone(50));
        assert!(tombstones.find(&id(1), Tick::from_micros(99)).is_some());
        assert!(tombstones.find(&id(1), Tick::from_micros(100)).is_none());
        assert_eq!(tombstones.sweep(Tick::from_micros(100), 9), 1);
        assert_eq!((tombstones.len(), tombstones.forgotten_early()), (1, 0));
    }

    #[test]
    fn an_id_that_ends_twice_has_its_second_tombstone() {
        let mut tombstones = tombstones(10);
        // The second is the younger by the clock, which ran backwards: it is swept late.
        tombstones.insert(id(1), tombstone(500));
        tombstones.insert(id(2), tombstone(0));
        tombstones.insert(id(2), tombstone(300));
        assert_eq!(tombstones.sweep(Tick::from_micros(610), 1), 1);
        assert_eq!(tombstones.sweep(Tick::from_micros(610), 9), 1);
        assert!(tombstones.len() == 0 && tombstones.ring.first().is_none());
    }

    #[test]
    fn none_at_all_is_a_choice() {
        let mut tombstones = tombstones(0);
        tombstones.insert(id(1), tombstone(0));
        assert_eq!((tombstones.len(), tombstones.forgotten_early()), (0, 1));
    }

    #[test]
    fn a_successor_is_forgotten_with_its_grace_and_with_its_tombstone() {
        let mut tombstones = tombstones(10);
        let lead = |tombstones: &mut Tombstones, at: u64| {
            let found = tombstones.find(&id(1), Tick::from_micros(at));
            found.and_then(|remembered| remembered.successor).map(|to| to.id)
        };
        let to = |n| Successor { id: id(n), number: 0, grace: Duration::from_micros(50) };
        tombstones.insert_rotated(id(1), tombstone(0), to(2));
        assert_eq!(lead(&mut tombstones, 49), Some(id(2)));
        assert_eq!(lead(&mut tombstones, 50), None);
        assert_eq!(lead(&mut tombstones, 0), None, "too late is too late");
        tombstones.insert_rotated(id(1), tombstone(60), to(3));
        assert_eq!(lead(&mut tombstones, 60), Some(id(3)));
        // The id was forgotten, came back and ended: it leads nowhere.
        tombstones.insert(id(1), tombstone(70));
        assert_eq!(lead(&mut tombstones, 70), None);
        tombstones.insert_rotated(id(4), tombstone(70), to(5));
        tombstones.sweep(Tick::from_micros(200), 9);
        assert_eq!((tombstones.len(), tombstones.successors.len()), (0, 0));
    }
}
