//! The loops over a table. A batch is one virtual call; what runs inside knows the table's type.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tenure::SessionId;

use super::random::Step;
use super::table::{Abilities, LOGIN, Login, Table};

/// A table whose type is forgotten, for loops over tables.
pub trait Peer: Send + Sync {
    fn abilities(&self) -> Abilities;

    fn len(&self) -> usize;

    fn settle(&self);

    fn create_one(&self, login: Login<'_>) -> Option<SessionId>;

    /// Whether it was there.
    fn touch_one(&self, id: &SessionId) -> bool;

    /// Touches the ids at these places; returns how many were not there.
    fn touch_each(&self, ids: &[SessionId], places: &[u32]) -> usize;

    /// Leases the ids at these places, one after the other; returns how many were not there.
    fn lease_each(&self, ids: &[SessionId], places: &[u32]) -> usize;

    /// Creates `count` sessions and appends the ids of those that were not refused. Reserve room
    /// for them beforehand.
    fn create_each(&self, count: usize, created: &mut Vec<SessionId>);

    /// Does the same, and returns the longest time that one took.
    fn worst_create(&self, count: usize, created: &mut Vec<SessionId>) -> Duration;

    /// Runs the steps of one thread on the ids that it owns.
    fn mix(&self, ids: &mut [SessionId], steps: &[Step]) -> Missed;

    /// A full table: `sessions` were created, and all the ids returned are live. Where the
    /// table ended some, others are twice in the list.
    fn fill(&self, sessions: usize) -> Vec<SessionId> {
        let mut ids = Vec::with_capacity(sessions);
        self.create_each(sessions, &mut ids);
        self.settle();
        ids.retain(|id| self.touch_one(id));
        let live = ids.len();
        assert!(live > 0 || sessions == 0, "a table of {sessions} sessions kept none");
        for at in 0..sessions.saturating_sub(live) {
            ids.push(ids[at % live]);
        }
        ids
    }
}

/// What went amiss in a mixed workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Lookups of sessions that were gone.
    pub lookups: usize,
    /// Sessions that were refused.
    pub creates: usize,
}

impl std::ops::AddAssign for Missed {
    fn add_assign(&mut self, other: Self) {
        self.lookups += other.lookups;
        self.creates += other.creates;
    }
}

impl<T: Table> Peer for T {
    fn abilities(&self) -> Abilities {
        T::ABILITIES
    }

    fn len(&self) -> usize {
        Table::len(self)
    }

    fn settle(&self) {
        Table::settle(self);
    }

    fn create_one(&self, login: Login<'_>) -> Option<SessionId> {
        self.create(login)
    }

    fn touch_one(&self, id: &SessionId) -> bool {
        self.touch(id).is_some()
    }

    fn touch_each(&self, ids: &[SessionId], places: &[u32]) -> usize {
        let missed = |place: &&u32| black_box(self.touch(&ids[**place as usize])).is_none();
        places.iter().filter(missed).count()
    }

    fn lease_each(&self, ids: &[SessionId], places: &[u32]) -> usize {
        places.iter().filter(|place| !black_box(self.lease(&ids[**place as usize]))).count()
    }

    fn create_each(&self, count: usize, created: &mut Vec<SessionId>) {
        created.extend((0..count).filter_map(|_| black_box(self.create(LOGIN))));
    }

    fn worst_create(&self, count: usize, created: &mut Vec<SessionId>) -> Duration {
        let mut timed = |_| {
            let start = Instant::now();
            let id = black_box(self.create(LOGIN));
            let took = start.elapsed();
            created.extend(id);
            took
        };
        (0..count).map(&mut timed).max().unwrap_or_default()
    }

    fn mix(&self, ids: &mut [SessionId], steps: &[Step]) -> Missed {
        let mut missed = Missed::default();
        for step in steps {
            match *step {
                Step::Touch(at) => {
                    let found = black_box(self.touch(&ids[at as usize])).is_some();
                    missed.lookups += usize::from(!found);
                }
                Step::Lease(at) => missed.lookups += usize::from(!self.lease(&ids[at as usize])),
                Step::Create(at) => match self.create(LOGIN) {
                    Some(id) => ids[at as usize] = id,
                    None => missed.creates += 1,
                },
            }
        }
        missed
    }
}
