//! Counters for many threads.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How many cells a [`StripedCounter`] has.
const STRIPES: usize = 16;

/// Counters that many threads raise at once, `N` of them side by side.
///
/// Each thread adds to a cache line of its own, as far as there are lines; reading adds them up.
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
    pub(crate) fn add(&self, which: usize) {
        // Relaxed: a count orders nothing.
        self.0[stripe()].0[which].fetch_add(1, Ordering::Relaxed);
    }

    /// The sum of the counter numbered `which`, exact when nobody is adding.
    pub(crate) fn sum(&self, which: usize) -> u64 {
        self.0.iter().map(|stripe| stripe.0[which].load(Ordering::Relaxed)).sum()
    }
}

/// The stripe of this thread: threads take turns at the stripes as they first count something.
#[inline]
fn stripe() -> usize {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    thread_local! {
        static MINE: Cell<usize> = const { Cell::new(STRIPES) };
    }
    // A thread that is being torn down has no locals any more; any stripe will do.
    MINE.try_with(|mine| {
        if mine.get() == STRIPES {
            mine.set(NEXT.fetch_add(1, Ordering::Relaxed) as usize % STRIPES);
        }
        mine.get()
    })
    .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_count_across_threads() {
        let counters = StripedCounters::<2>::new();
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| (0..100).for_each(|_| counters.add(1)));
            }
        });
        assert_eq!((counters.sum(0), counters.sum(1)), (0, 2_000));
    }
}
