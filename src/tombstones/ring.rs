//! Tombstones in the order of insertion, and by id.

use std::collections::VecDeque;

use hashbrown::HashTable;
use hashbrown::hash_table::{Entry, OccupiedEntry};

use crate::end::Tombstone;
use crate::id::{IdFold, SessionId};

/// A queue of at most `max` tombstones, and a table that finds the last one of each id.
pub(super) struct Ring {
    max: usize,
    fold: IdFold,
    /// The number of the insertion of an id, its last if there were several: an application may
    /// repeat an id that is forgotten. Hashed by the id, which is in the queue.
    by_id: HashTable<u32>,
    /// In the order of insertion, which is that of time unless the clock ran backwards.
    queue: VecDeque<(SessionId, Tombstone)>,
    /// The number of the first insertion in the queue. Numbers wrap around: fewer than 2^32 are in
    /// use at once.
    first: u32,
}

impl Ring {
    pub(super) fn new(max: usize, fold: IdFold) -> Self {
        let max = max.min(u32::MAX as usize);
        Self { max, fold, by_id: HashTable::new(), queue: VecDeque::new(), first: 0 }
    }

    /// How many ids have a tombstone.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.queue.len() >= self.max
    }

    pub(super) fn first(&self) -> Option<&Tombstone> {
        self.queue.front().map(|(_, tombstone)| tombstone)
    }

    /// Whether the first is the last of its id.
    pub(super) fn first_is_last(&self) -> bool {
        // Only where an id ended again is there one that is not.
        let is_last = |id| self.by_id.find(self.fold.hash(id), |number| *number == self.first);
        self.queue.len() == self.by_id.len()
            || self.queue.front().is_some_and(|(id, _)| is_last(id).is_some())
    }

    /// The last of this id.
    pub(super) fn find(&self, id: &SessionId) -> Option<Tombstone> {
        let at = |number: &u32| &self.queue[place(*number, self.first)];
        let number = self.by_id.find(self.fold.hash(id), |number| at(number).0 == *id)?;
        Some(at(number).1)
    }

    /// Adds one behind the others. There must be room.
    pub(super) fn push(&mut self, id: SessionId, tombstone: Tombstone) {
        let (len, capacity) = (self.queue.len(), self.queue.capacity());
        if len == capacity {
            // No more room than there is use for: then the newest goes where the oldest was, which
            // memory is gone through in order.
            self.queue.reserve_exact((capacity * 2).clamp(16, self.max.max(16)) - len);
        }
        self.queue.push_back((id, tombstone));
        let number = self.first.wrapping_add(u32::try_from(len).unwrap_or(u32::MAX));
        let id_of = |number: &u32| &self.queue[place(*number, self.first)].0;
        let entry = self.by_id.entry(
            self.fold.hash(&id),
            |number| *id_of(number) == id,
            |number| self.fold.hash(id_of(number)),
        );
        match entry {
            Entry::Occupied(mut known) => *known.get_mut() = number,
            Entry::Vacant(free) => {
                free.insert(number);
            }
        }
    }

    /// Removes the first, and says whether it was the last of its id.
    pub(super) fn pop(&mut self) -> Option<(SessionId, Tombstone, bool)> {
        let (id, tombstone) = self.queue.pop_front()?;
        let number = self.first;
        self.first = number.wrapping_add(1);
        let known = self.by_id.find_entry(self.fold.hash(&id), |known| *known == number);
        Some((id, tombstone, known.map(OccupiedEntry::remove).is_ok()))
    }

    /// Gives memory back if most of it is not used, and says whether it did.
    pub(super) fn shrink(&mut self) -> bool {
        let shrinks = self.queue.capacity() > 64 && self.queue.len() < self.queue.capacity() / 8;
        if shrinks {
            self.queue.shrink_to(self.queue.len() * 2);
            let id_of = |number: &u32| &self.queue[place(*number, self.first)].0;
            self.by_id.shrink_to(self.queue.len() * 2, |number| self.fold.hash(id_of(number)));
        }
        shrinks
    }
}

/// Where the queue has the insertion of this number, if its first is that of number `first`.
fn place(number: u32, first: u32) -> usize {
    number.wrapping_sub(first) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::end::EndReason;
    use crate::tick::Tick;
    use time::OffsetDateTime;

    fn id(n: u32) -> SessionId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_ne_bytes());
        SessionId::from_bytes(bytes)
    }

    fn tombstone(at: u64) -> Tombstone {
        let (at, wall) = (Tick::from_micros(at), OffsetDateTime::UNIX_EPOCH);
        Tombstone::new(EndReason::Killed, at, wall, at)
    }

    #[test]
    fn the_last_of_an_id_is_found_and_numbers_wrap_around() {
        let mut ring = Ring::new(100, IdFold::random().unwrap());
        ring.first = u32::MAX - 150;
        let mut twin: VecDeque<u32> = VecDeque::new();
        for at in 0..1_000 {
            // Some come once more while they are there, some after they are forgotten.
            let n = at * 7 % 90 + at % 3 * 40;
            if ring.is_full() {
                let first = twin.pop_front().unwrap();
                let (popped, _, was_last) = ring.pop().unwrap();
                assert_eq!((popped, was_last), (id(first), !twin.contains(&first)));
            }
            ring.push(id(n), tombstone(at.into()));
            twin.push_back(n);
            assert_eq!(ring.find(&id(n)).map(|it| it.at()), Some(Tick::from_micros(at.into())));
            let first = twin[0];
            assert_eq!(ring.first_is_last(), !twin.iter().skip(1).any(|n| *n == first));
            for n in 0..130 {
                assert_eq!(ring.find(&id(n)).is_some(), twin.contains(&n));
            }
        }
        assert!(ring.first < 1_000, "they did not wrap around");
    }

    #[test]
    fn room_follows_what_there_is() {
        let mut ring = Ring::new(10_000, IdFold::random().unwrap());
        for n in 0..30_000 {
            if ring.is_full() {
                ring.pop();
            }
            ring.push(id(n), tombstone(n.into()));
        }
        assert_eq!((ring.len(), ring.queue.capacity()), (10_000, 10_000));
        while ring.pop().is_some() {
            ring.shrink();
        }
        assert!(ring.queue.capacity() <= 64 && ring.by_id.capacity() <= 64, "memory is kept");
    }
}
