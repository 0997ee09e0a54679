//! Bounded memory of the sessions that have ended.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::end::Tombstone;
use crate::id::SessionId;
use crate::time::Tick;

/// Tombstones by id, at most `max` of them, each kept for `keep`.
pub(crate) struct Graves {
    max: usize,
    keep: Duration,
    by_id: HashMap<SessionId, (u64, Grave)>,
    /// In the order of burial, which is that of time unless the clock ran backwards. A number tells
    /// two burials of one id apart: a host may repeat an id that is forgotten.
    order: VecDeque<(u64, SessionId)>,
    next_number: u64,
    forgotten_early: u64,
}

/// What is remembered under an id that no longer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grave {
    pub(crate) tombstone: Tombstone,
    /// The id that took over, if the session was given another, and how long this one may lead to it.
    pub(crate) successor: Option<(SessionId, Duration)>,
}

impl Graves {
    pub(crate) fn new(max: usize, keep: Duration) -> Self {
        let (by_id, order) = (HashMap::new(), VecDeque::new());
        Self { max, keep, by_id, order, next_number: 0, forgotten_early: 0 }
    }

    /// Remembers `grave`, and forgets the oldest if there are too many.
    pub(crate) fn bury(&mut self, id: SessionId, grave: Grave) {
        let now = grave.tombstone.at();
        if self.max == 0 {
            self.forgotten_early += 1;
            return;
        }
        // Two go for one that comes: the old go away in time, and a burial does not pay for many.
        self.sweep(now, 2);
        while self.order.len() >= self.max {
            self.dig_up_first(now);
        }
        self.order.push_back((self.next_number, id));
        self.by_id.insert(id, (self.next_number, grave));
        self.next_number += 1;
    }

    /// Forgets the first burial, and counts it if it has not come to its age. Answers whether it was
    /// still needed: the id may have been buried again since.
    fn dig_up_first(&mut self, now: Tick) -> bool {
        let Some((number, id)) = self.order.pop_front() else { return false };
        let needed = self.by_id.get(&id).is_some_and(|(known, _)| *known == number);
        if needed && let Some((_, grave)) = self.by_id.remove(&id) {
            self.forgotten_early += u64::from(!self.aged(&grave, now));
        }
        needed
    }

    /// What is remembered of this id at `now`. While there is something, nobody may use the id again.
    ///
    /// A successor is named in its grace only. Once it was too late for that it stays too late, even
    /// if the clock runs back.
    pub(crate) fn find(&mut self, id: &SessionId, now: Tick) -> Option<Grave> {
        let (_, grave) = self.by_id.get_mut(id)?;
        let since = now.since(grave.tombstone.at());
        grave.successor = grave.successor.filter(|(_, grace)| since < *grace);
        let grave = *grave;
        (!self.aged(&grave, now)).then_some(grave)
    }

    /// Forgets what is old enough at `now`, at most so many. Answers how many.
    pub(crate) fn sweep(&mut self, now: Tick, at_most: usize) -> usize {
        let mut dropped = 0;
        while dropped < at_most && self.any_aged(now) {
            dropped += usize::from(self.dig_up_first(now));
        }
        if self.order.capacity() > 64 && self.order.len() < self.order.capacity() / 8 {
            self.order.shrink_to(self.order.len() * 2);
            self.by_id.shrink_to(self.order.len() * 2);
        }
        dropped
    }

    /// Whether the first burial has come to its age, or is not needed any more.
    pub(crate) fn any_aged(&self, now: Tick) -> bool {
        self.order.front().is_some_and(|(number, id)| {
            let first = self.by_id.get(id).filter(|(known, _)| known == number);
            first.is_none_or(|(_, grave)| self.aged(grave, now))
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// How many had to go before their time, since there were too many.
    pub(crate) fn forgotten_early(&self) -> u64 {
        self.forgotten_early
    }

    fn aged(&self, grave: &Grave, now: Tick) -> bool {
        now.since(grave.tombstone.at()) >= self.keep
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

    fn grave(at: u64) -> Grave {
        let (at, wall) = (Tick::from_micros(at), OffsetDateTime::UNIX_EPOCH);
        Grave { tombstone: Tombstone::new(EndReason::Killed, at, wall, at), successor: None }
    }

    #[test]
    fn the_oldest_is_forgotten_when_there_are_too_many() {
        let mut graves = Graves::new(2, Duration::from_micros(100));
        for n in 1..=3 {
            graves.bury(id(n), grave(n.into()));
        }
        let now = Tick::from_micros(3);
        let known = [1, 2, 3].map(|n| graves.find(&id(n), now).is_some());
        assert_eq!((known, graves.forgotten_early()), ([false, true, true], 1));
    }

    #[test]
    fn what_is_old_is_forgotten_in_time() {
        let mut graves = Graves::new(10, Duration::from_micros(100));
        graves.bury(id(1), grave(0));
        graves.bury(id(2), grave(50));
        assert!(graves.find(&id(1), Tick::from_micros(99)).is_some());
        assert!(graves.find(&id(1), Tick::from_micros(100)).is_none());
        assert_eq!(graves.sweep(Tick::from_micros(100), 9), 1);
        assert_eq!((graves.len(), graves.forgotten_early()), (1, 0));
    }

    #[test]
    fn an_id_that_is_buried_twice_has_its_second_grave() {
        let mut graves = Graves::new(10, Duration::from_micros(100));
        // The second is the younger by the clock, which ran backwards: it is swept late.
        graves.bury(id(1), grave(500));
        graves.bury(id(2), grave(0));
        graves.bury(id(2), grave(300));
        assert_eq!(graves.sweep(Tick::from_micros(610), 1), 1);
        assert_eq!(graves.sweep(Tick::from_micros(610), 9), 1);
        assert_eq!((graves.len(), graves.order.len()), (0, 0));
    }

    #[test]
    fn none_at_all_is_a_choice() {
        let mut graves = Graves::new(0, Duration::MAX);
        graves.bury(id(1), grave(0));
        assert_eq!((graves.len(), graves.forgotten_early()), (0, 1));
    }
}
