//! Connections of threads that block: a bounded number, kept for the next calls.

use std::collections::VecDeque;
use std::fmt;
use std::task::Wake;
use std::time::Duration;

use crate::clock::{Clock, SystemClock, Tick};
use crate::sync::{Arc, Mutex, Parker};

/// At most `most` connections at a time.
pub(super) struct Pool<C> {
    most: usize,
    keep: Duration,
    clock: SystemClock,
    state: Mutex<State<C>>,
}

struct State<C> {
    /// How many threads have a turn.
    busy: usize,
    /// Those that wait for one, in order.
    waiting: VecDeque<Arc<Parker>>,
    /// Since when they were not used, the longest first.
    idle: Vec<(Tick, C)>,
}

/// The right to one connection.
pub(super) struct Turn<'a, C>(&'a Pool<C>);

impl<C> Pool<C> {
    /// Those that are idle for longer than `keep` are closed.
    pub(super) fn new(most: usize, keep: Duration) -> Self {
        let state = State { busy: 0, waiting: VecDeque::new(), idle: Vec::new() };
        Self { most, keep, clock: SystemClock::new(), state: Mutex::new(state) }
    }

    /// Waits for a turn, at most so long.
    pub(super) fn turn(&self, at_most: Duration) -> Option<Turn<'_, C>> {
        let mut state = self.state.lock();
        if state.busy < self.most {
            state.busy += 1;
            return Some(Turn(self));
        }
        let parker = Arc::new(Parker::default());
        state.waiting.push_back(Arc::clone(&parker));
        drop(state);
        if parker.park(at_most) {
            return Some(Turn(self));
        }
        let mut state = self.state.lock();
        let at = state.waiting.iter().position(|other| Arc::ptr_eq(other, &parker));
        let gave_up = at.and_then(|at| state.waiting.remove(at)).is_some();
        drop(state);
        // It was given one meanwhile, if it waits no longer.
        (!gave_up).then(|| Turn(self))
    }

    /// Closes all that are idle.
    pub(super) fn clear(&self) {
        let closed = std::mem::take(&mut self.state.lock().idle);
        drop(closed);
    }

    /// How many are idle.
    fn len(&self) -> usize {
        self.state.lock().idle.len()
    }
}

impl<C> Turn<'_, C> {
    /// The connection that was used last, if one is left.
    pub(super) fn take(&self) -> Option<C> {
        self.0.state.lock().idle.pop().map(|(_, connection)| connection)
    }

    /// Keeps a connection for the next call.
    pub(super) fn keep(&self, connection: C) {
        let now = self.0.clock.now();
        let mut state = self.0.state.lock();
        let old = state.idle.partition_point(|(since, _)| now.since(*since) > self.0.keep);
        let closed: Vec<_> = state.idle.drain(..old).collect();
        state.idle.push((now, connection));
        drop(state);
        drop(closed);
    }
}

impl<C> Drop for Turn<'_, C> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        let next = state.waiting.pop_front();
        if next.is_none() {
            state.busy -= 1;
        }
        drop(state);
        if let Some(next) = next {
            next.wake();
        }
    }
}

impl<C> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} idle connections", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_have_a_turn_than_may() {
        let pool = Pool::<()>::new(2, Duration::MAX);
        let (first, second) = (pool.turn(Duration::ZERO).unwrap(), pool.turn(Duration::ZERO));
        assert!(second.is_some() && pool.turn(Duration::ZERO).is_none());
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| pool.turn(Duration::MAX).is_some());
            while pool.state.lock().waiting.is_empty() {
                std::thread::yield_now();
            }
            drop(first);
            assert!(waiter.join().unwrap());
        });
        assert!(pool.turn(Duration::ZERO).is_some(), "one that gave up or is done has none");
    }

    #[test]
    fn what_is_idle_for_long_is_closed_and_what_was_used_last_is_used_next() {
        for (keep, left) in [(Duration::MAX, 3), (Duration::ZERO, 1)] {
            let pool = Pool::new(3, keep);
            let turn = pool.turn(Duration::ZERO).unwrap();
            for number in 0..3 {
                let before = pool.clock.now();
                while pool.clock.now() == before {}
                turn.keep(number);
            }
            assert_eq!((pool.len(), turn.take()), (left, Some(2)));
            pool.clear();
            assert_eq!(turn.take(), None);
        }
    }
}
