//! A full table in which sessions are created, each in the place of another, again and again.

use std::cell::RefCell;
use std::ops::Range;
use std::time::{Duration, Instant};

use tenure::SessionId;

use super::batch::Peer;
use super::random;

/// Creates the sessions of these numbers, counted from the last time that all were touched, and
/// appends their ids.
pub type Create<'a> = dyn Fn(&dyn Peer, Range<usize>, &mut Vec<SessionId>) + 'a;

/// A full table. All its sessions are touched, in random order, before the first creation, and once
/// more whenever as many were created as it holds. So each victim is one that was touched.
pub struct Churn<'a> {
    peer: Box<dyn Peer>,
    create: &'a Create<'a>,
    order: Vec<u32>,
    ids: RefCell<Ids>,
}

struct Ids {
    full: Vec<SessionId>,
    /// Those of the sessions that were created since.
    created: Vec<SessionId>,
}

impl<'a> Churn<'a> {
    /// Fills a table.
    pub fn new(peer: Box<dyn Peer>, sessions: usize, create: &'a Create<'a>) -> Self {
        let mut full = Vec::with_capacity(sessions);
        create(&*peer, 0..sessions, &mut full);
        peer.settle();
        let order = random::shuffled(full.len(), random::SEED);
        peer.touch_each(&full, &order);
        let ids = RefCell::new(Ids { full, created: Vec::with_capacity(sessions) });
        Self { peer, create, order, ids }
    }

    /// How long it takes to create `count` sessions. The time leaves out the touches, and
    /// includes what it then costs to find the oldest.
    pub fn time(&self, count: u64) -> Duration {
        let mut ids = self.ids.borrow_mut();
        let ids = &mut *ids;
        let (mut left, mut time) = (count, Duration::ZERO);
        while left > 0 {
            let from = ids.created.len();
            let ahead = self.order.len() - from;
            let some = usize::try_from(left).map_or(ahead, |left| ahead.min(left));
            let start = Instant::now();
            (self.create)(&*self.peer, from..from + some, &mut ids.created);
            time += start.elapsed();
            assert_eq!(ids.created.len(), from + some, "a table that evicts refuses nothing");
            if from + some == self.order.len() {
                std::mem::swap(&mut ids.full, &mut ids.created);
                ids.created.clear();
                self.peer.touch_each(&ids.full, &self.order);
            }
            left -= some as u64;
        }
        time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Kind;

    #[test]
    fn each_session_goes_once_a_turn() {
        let turns = RefCell::new(Vec::new());
        let create = |peer: &dyn Peer, which: Range<usize>, ids: &mut Vec<SessionId>| {
            turns.borrow_mut().push(which.clone());
            peer.create_each(which.len(), ids);
        };
        let full = Churn::new(Kind::Tenure.build(10), 10, &create);
        let first = full.ids.borrow().full.clone();
        full.time(14);
        assert_eq!(*turns.borrow(), [0..10, 0..10, 0..4]);
        assert!(!first.iter().any(|id| full.peer.touch_one(id)), "each made room");
        let ids = full.ids.borrow();
        let live = |ids: &[SessionId]| ids.iter().filter(|id| full.peer.touch_one(id)).count();
        assert_eq!((live(&ids.full), live(&ids.created)), (6, 4));
    }
}
