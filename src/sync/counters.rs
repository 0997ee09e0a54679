//! Counters for many threads.
//!
//! # Orderings
//!
//! The counts are relaxed: they order nothing, and a sum is exact only when no thread is adding. A
//! thread that has a stripe to itself is the only one that writes there, so it loads and stores
//! without a read-modify-write. In the set of taken stripes, giving one back releases and taking it
//! acquires, so that the next thread goes on from the last count of the one before.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many stripes a [`StripedCounters`] has: each of 15 threads has one to itself, and all others
/// share the last.
const STRIPES: usize = 16;

/// Counters that many threads raise at once, `N` of them side by side.
///
/// Each thread adds to a cache line of its own, as far as there are lines, and so without a locked
/// instruction; reading adds them up.
#[derive(Debug)]
pub(crate) struct StripedCounters<const N: usize>([Stripe<N>; STRIPES]);

/// Two cache lines, since processors fetch them in pairs.
#[repr(align(128))]
#[derive(Debug)]
struct Stripe<const N: usize>([AtomicU64; N]);

impl<const N: usize> StripedCounters<N> {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Stripe(std::array::from_fn(|_| AtomicU64::new(0)))))
    }

    /// Adds one to the counter numbered `which`.
    #[inline]
    pub(crate) fn add(&self, which: usize) {
        let stripe = mine();
        let counter = &self.0[stripe].0[which];
        if stripe == SHARED {
            counter.fetch_add(1, Ordering::Relaxed);
        } else {
            counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        }
    }

    /// The sum of the counter numbered `which`, exact when no thread is adding.
    pub(crate) fn sum(&self, which: usize) -> u64 {
        self.0.iter().map(|stripe| stripe.0[which].load(Ordering::Relaxed)).sum()
    }
}

/// The stripe of the threads that have none of their own.
const SHARED: usize = STRIPES - 1;

/// Which stripes are taken, a bit each.
static TAKEN: AtomicU64 = AtomicU64::new(0);

/// A stripe of a thread, which gives it back when it ends.
struct Taken(usize);

impl Taken {
    fn take() -> Self {
        let mut taken = TAKEN.load(Ordering::Relaxed);
        loop {
            let free = taken.trailing_ones() as usize;
            if free >= SHARED {
                return Self(SHARED);
            }
            let with = taken | 1 << free;
            match TAKEN.compare_exchange_weak(taken, with, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Self(free),
                Err(now) => taken = now,
            }
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.0 != SHARED {
            TAKEN.fetch_and(!(1 << self.0), Ordering::Release);
        }
    }
}

/// The stripe of this thread.
#[inline]
fn mine() -> usize {
    thread_local! {
        static MINE: Taken = Taken::take();
    }
    // A thread that is being torn down has given its stripe back.
    MINE.try_with(|mine| mine.0).unwrap_or(SHARED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_count_across_threads() {
        let counters = StripedCounters::<2>::new();
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| (0..1_000).for_each(|_| counters.add(1)));
            }
        });
        assert_eq!((counters.sum(0), counters.sum(1)), (0, 40_000));
    }

    #[test]
    fn a_stripe_is_taken_over_where_it_was_left() {
        let counters = StripedCounters::<1>::new();
        for _ in 0..100 {
            std::thread::scope(|scope| {
                scope.spawn(|| counters.add(0));
            });
        }
        assert_eq!(counters.sum(0), 100);
    }
}
