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
    /// The id that took over, if the session was given another.
    pub(crate) successor: Option<SessionId>,
}

impl Graves {
    pub(crate) fn new(max: usize, keep: Duration) -> Self {
        let (by_id, order) = (HashMap::new(), VecDeque::new());
        Self { max, keep, by_id, order, next_number: 0, forgotten_early: 0 }
    }

    /// Remembers `grave`, and forgets the oldest if there are too many.
    pub(crate) fn bury(&mut self, id: SessionId, grave: Grave) {
        self.sweep(grave.tombstone.at());
        while self.by_id.len() >= self.max {
            let Some((number, oldest)) = self.order.pop_front() else {
                self.forgotten_early += 1;
                return;
            };
            self.forgotten_early += u64::from(self.dig_up(number, &oldest));
        }
        self.order.push_back((self.next_number, id));
        self.by_id.insert(id, (self.next_number, grave));
        self.next_number += 1;
    }

    /// Forgets the burial with this number, unless the id was buried again since.
    fn dig_up(&mut self, number: u64, id: &SessionId) -> bool {
        let is_it = self.by_id.get(id).is_some_and(|(known, _)| *known == number);
        is_it && self.by_id.remove(id).is_some()
    }

    /// What is remembered of this id at `now`. While there is something, nobody may use the id again.
    pub(crate) fn find(&self, id: &SessionId, now: Tick) -> Option<Grave> {
        self.by_id.get(id).map(|(_, grave)| *grave).filter(|grave| !self.aged(grave, now))
    }

    /// Forgets what is old enough at `now`. Answers how many.
    pub(crate) fn sweep(&mut self, now: Tick) -> usize {
        let before = self.by_id.len();
        while let Some((number, oldest)) = self.order.front().copied() {
            match self.by_id.get(&oldest) {
                Some((known, grave)) if *known == number && !self.aged(grave, now) => break,
                _ => self.dig_up(number, &oldest),
            };
            self.order.pop_front();
        }
        before - self.by_id.len()
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
        assert_eq!(graves.sweep(Tick::from_micros(100)), 1);
        assert_eq!((graves.len(), graves.forgotten_early()), (1, 0));
    }

    #[test]
    fn an_id_that_is_buried_twice_has_its_second_grave() {
        let mut graves = Graves::new(10, Duration::from_micros(100));
        // The second is the younger by the clock, which ran backwards: it is swept late.
        graves.bury(id(1), grave(500));
        graves.bury(id(2), grave(0));
        graves.bury(id(2), grave(300));
        assert_eq!(graves.sweep(Tick::from_micros(610)), 2);
        assert_eq!((graves.len(), graves.order.len()), (0, 0));
    }

    #[test]
    fn none_at_all_is_a_choice() {
        let mut graves = Graves::new(0, Duration::MAX);
        graves.bury(id(1), grave(0));
        assert_eq!((graves.len(), graves.forgotten_early()), (0, 1));
    }
}
