//! A position in a table of places, which starts over at its end.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::random;

/// The most places in a table. It is more than fits a cache along with what the places stand for.
const MOST: usize = 1 << 20;

/// A table of places, and a position in it. Each run continues where the last one stopped, so that
/// short runs do not visit the same places each time, which would then be in the cache.
pub struct Cursor {
    places: Vec<u32>,
    at: Cell<usize>,
}

impl Cursor {
    pub fn new(places: Vec<u32>) -> Self {
        assert!(!places.is_empty(), "there is a place to go to");
        Self { places, at: Cell::new(0) }
    }

    /// Through places below `len`, each as likely as the next.
    pub fn uniform(len: usize) -> Self {
        Self::new(random::uniform(len, MOST.min(16 * len), random::SEED))
    }

    /// The next places, at most `most`.
    pub fn next(&self, most: u64) -> &[u32] {
        let from = self.at.get();
        let ahead = self.places.len() - from;
        let count = usize::try_from(most).map_or(ahead, |most| ahead.min(most));
        self.at.set((from + count) % self.places.len());
        &self.places[from..from + count]
    }

    /// How long `visit` takes for `steps` places. It returns how many of them it did not find,
    /// which must be none.
    pub fn time(&self, steps: u64, mut visit: impl FnMut(&[u32]) -> usize) -> Duration {
        let (mut left, mut missed) = (steps, 0);
        let start = Instant::now();
        while left > 0 {
            let places = self.next(left);
            missed += visit(places);
            left -= places.len() as u64;
        }
        let time = start.elapsed();
        assert_eq!(missed, 0, "sessions that nobody ended are gone");
        time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_continues_where_it_stopped_and_starts_over_at_the_end() {
        let cursor = Cursor::new(vec![7, 8, 9]);
        assert_eq!(cursor.next(2), [7, 8]);
        assert_eq!(cursor.next(2), [9]);
        let mut seen = Vec::new();
        cursor.time(4, |places| {
            seen.extend_from_slice(places);
            0
        });
        assert_eq!(seen, [7, 8, 9, 7]);
        assert_eq!(cursor.next(1), [8]);
    }

    #[test]
    #[should_panic(expected = "sessions that nobody ended are gone")]
    fn lookups_that_miss_are_not_timed_as_if_they_had_hit() {
        Cursor::new(vec![0]).time(1, <[u32]>::len);
    }
}
