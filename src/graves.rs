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
    by_id: HashMap<SessionId, Grave>,
    /// In the order of burial, which is that of time unless the clock ran backwards.
    order: VecDeque<SessionId>,
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
        Self {
            max,
            keep,
            by_id,
            order,
            forgotten_early: 0,
        }
    }

    /// Remembers `grave`, and forgets the oldest if there are too many.
    pub(crate) fn bury(&mut self, id: SessionId, grave: Grave) {
        self.sweep(grave.tombstone.at());
        if self.by_id.len() >= self.max {
            self.forgotten_early += 1;
            let Some(oldest) = self.order.pop_front() else {
                return;
            };
            self.by_id.remove(&oldest);
        }
        self.order.push_back(id);
        self.by_id.insert(id, grave);
    }

    /// What is remembered of this id at `now`.
    pub(crate) fn find(&self, id: &SessionId, now: Tick) -> Option<Grave> {
        self.by_id
            .get(id)
            .filter(|grave| !self.aged(grave, now))
            .copied()
    }

    /// Whether this id must not be given out again.
    pub(crate) fn holds(&mut self, id: &SessionId, now: Tick) -> bool {
        self.sweep(now);
        self.by_id.contains_key(id)
    }

    /// Forgets what is old enough at `now`. Answers how many.
    pub(crate) fn sweep(&mut self, now: Tick) -> usize {
        let before = self.by_id.len();
        while let Some(oldest) = self.order.front() {
            match self.by_id.get(oldest) {
                Some(grave) if !self.aged(grave, now) => break,
                _ => self.by_id.remove(oldest),
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
        Grave {
            tombstone: Tombstone::new(EndReason::Killed, at, wall, at),
            successor: None,
        }
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
    fn none_at_all_is_a_choice() {
        let mut graves = Graves::new(0, Duration::MAX);
        graves.bury(id(1), grave(0));
        assert_eq!((graves.len(), graves.forgotten_early()), (0, 1));
    }
}
