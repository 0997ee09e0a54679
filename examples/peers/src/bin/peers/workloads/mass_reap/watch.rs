//! Touching from a second thread, and timing each touch, while the first collects.
//!
//! The touches come at a fixed rate, like requests, and each is timed from when it was due. A
//! thread that waited for one touch to end before it thought of the next would see a lock that is
//! held for a second as a single slow touch, and not as the many that came in vain meanwhile.

use std::hint::{black_box, spin_loop};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tenure::SessionId;

use peers::table::Table;

/// The time from one touch to the next: 200,000 a second.
const EVERY: Duration = Duration::from_micros(5);

/// A minute in nanoseconds. Whatever takes longer counts as this.
const LONGEST: u64 = 60_000_000_000;

/// What the threads did.
pub(crate) struct Watched<R> {
    /// What the first thread's work returned, and how long it took.
    pub(crate) answer: R,
    pub(crate) took: Duration,
    pub(crate) seen: Seen,
}

/// What the second thread saw, in nanoseconds a touch.
pub(crate) struct Seen {
    pub(crate) quiet: Histogram<u64>,
    pub(crate) during: Histogram<u64>,
    /// Sessions that should have been there and were not.
    pub(crate) missed: usize,
}

/// What the first thread tells the second.
#[derive(Default)]
struct Phases {
    paused: AtomicBool,
    begun: OnceLock<Instant>,
    done: OnceLock<Instant>,
}

/// Lets a second thread touch the ids for the time `quiet`, pauses it until `then`, and lets it go
/// on while `work` runs.
pub(crate) fn watch<T: Table, R>(
    table: &T,
    ids: &[SessionId],
    quiet: Duration,
    then: Instant,
    work: impl FnOnce() -> R,
) -> Watched<R> {
    let phases = Phases::default();
    thread::scope(|scope| {
        let toucher = scope.spawn(|| touch(table, ids, &phases));
        spin(quiet);
        phases.paused.store(true, Ordering::SeqCst);
        thread::sleep(then.saturating_duration_since(Instant::now()));
        let start = *phases.begun.get_or_init(Instant::now);
        phases.paused.store(false, Ordering::SeqCst);
        let answer = work();
        let took = phases.done.get_or_init(Instant::now).duration_since(start);
        let seen = toucher.join().expect("touching does not panic");
        Watched { answer, took, seen }
    })
}

/// Keeps a processor busy, as the work does later: whatever else the machine has to do then
/// disturbs both alike.
fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        spin_loop();
    }
}

/// Goes on until all touches that were due before the work was done are made.
fn touch<T: Table>(table: &T, ids: &[SessionId], phases: &Phases) -> Seen {
    let histogram = || Histogram::new_with_max(LONGEST, 3).expect("the bounds are in order");
    let mut seen = Seen { quiet: histogram(), during: histogram(), missed: 0 };
    let paused = || phases.paused.load(Ordering::SeqCst);
    let mut due = Instant::now();
    for id in ids.iter().cycle() {
        if paused() {
            while paused() {
                thread::sleep(Duration::from_micros(100));
            }
            due = Instant::now();
        }
        while Instant::now() < due {
            spin_loop();
        }
        if phases.done.get().is_some_and(|done| due > *done) {
            break;
        }
        let session = black_box(table.touch(id));
        let took = u64::try_from(due.elapsed().as_nanos()).unwrap_or(u64::MAX);
        seen.missed += usize::from(session.is_none());
        // One that began before the work and was held up by it is not a quiet one.
        let during = phases.begun.get().is_some();
        let histogram = if during { &mut seen.during } else { &mut seen.quiet };
        histogram.saturating_record(took);
        due += EVERY;
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use peers::batch::Peer;
    use peers::tables::Tenure;

    #[test]
    fn touches_that_were_due_while_a_lock_was_held_all_count() {
        /// Its lock is held by the work.
        struct Locked(std::sync::Mutex<()>);
        impl Table for Locked {
            const ABILITIES: peers::table::Abilities = Tenure::ABILITIES;
            type Handle = ();
            fn create(&self, _: peers::table::Login<'_>) -> Option<SessionId> {
                Some(SessionId::from_bytes([0; 16]))
            }
            fn touch(&self, _: &SessionId) -> Option<()> {
                drop(self.0.lock().unwrap());
                Some(())
            }
            fn lease(&self, id: &SessionId) -> bool {
                self.touch(id).is_some()
            }
            fn len(&self) -> usize {
                1
            }
        }
        let table = Locked(std::sync::Mutex::new(()));
        let mut ids = Vec::new();
        table.create_each(1, &mut ids);
        let held = Duration::from_millis(100);
        let watched = watch(&table, &ids, Duration::from_millis(5), Instant::now(), || {
            let _lock = table.0.lock().unwrap();
            thread::sleep(held);
        });
        assert!(watched.took >= held);
        assert!(watched.seen.during.len() > 10_000, "{} touches", watched.seen.during.len());
        let median = Duration::from_nanos(watched.seen.during.value_at_quantile(0.5));
        assert!(median > held / 4, "half of them waited for {median:?} and less");
    }
}
