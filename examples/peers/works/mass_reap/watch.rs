//! Touching from a second thread, and timing each touch, while the first collects.

use std::hint::black_box;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tenure::SessionId;

use crate::common::table::Table;

/// What the second thread saw, in nanoseconds a touch; the clock reads around it are included.
pub(crate) struct Watched<R> {
    /// What the first thread did, and how long it took.
    pub(crate) answer: R,
    pub(crate) took: Duration,
    pub(crate) quiet: Histogram<u64>,
    pub(crate) during: Histogram<u64>,
    /// Sessions that should have been there and were not.
    pub(crate) missed: usize,
}

/// A minute in nanoseconds. Whatever takes longer counts as this.
const LONGEST: u64 = 60_000_000_000;

const QUIET: u8 = 0;
const PAUSE: u8 = 1;
const DURING: u8 = 2;
const DONE: u8 = 3;

/// Lets a second thread touch the ids for the time `quiet`, pauses it until `then`, and lets it go on
/// while `work` runs.
pub(crate) fn watch<T: Table, R>(
    table: &T,
    ids: &[SessionId],
    quiet: Duration,
    then: Instant,
    work: impl FnOnce() -> R,
) -> Watched<R> {
    let phase = AtomicU8::new(QUIET);
    let set = |next| phase.store(next, Ordering::SeqCst);
    thread::scope(|scope| {
        let toucher = scope.spawn(|| touch(table, ids, &phase));
        thread::sleep(quiet);
        set(PAUSE);
        thread::sleep(then.saturating_duration_since(Instant::now()));
        set(DURING);
        let start = Instant::now();
        let answer = work();
        let took = start.elapsed();
        set(DONE);
        let (quiet, during, missed) = toucher.join().expect("touching does not panic");
        Watched { answer, took, quiet, during, missed }
    })
}

/// A touch belongs to the collection if that ran when it began or when it ended: one that is held up
/// by it must not be counted among the quiet ones.
fn touch<T: Table>(
    table: &T,
    ids: &[SessionId],
    phase: &AtomicU8,
) -> (Histogram<u64>, Histogram<u64>, usize) {
    let now = || phase.load(Ordering::SeqCst);
    let histogram = || Histogram::new_with_max(LONGEST, 3).expect("the bounds are in order");
    let (mut quiet, mut during, mut missed) = (histogram(), histogram(), 0);
    for id in ids.iter().cycle() {
        while now() == PAUSE {
            thread::sleep(Duration::from_micros(100));
        }
        let before = now();
        if before == DONE {
            break;
        }
        let start = Instant::now();
        let session = black_box(table.touch(id));
        let took = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        missed += usize::from(session.is_none());
        let held_up = before == DURING || now() == DURING;
        let histogram = if held_up { &mut during } else { &mut quiet };
        histogram.saturating_record(took);
    }
    (quiet, during, missed)
}
