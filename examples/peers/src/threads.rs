//! Running a batch on several threads at once, and timing it.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// Runs the jobs, each in a thread of its own, and returns their results and the time from when
/// the first began to when the last was done. They begin together.
pub fn run<J, R>(jobs: Vec<J>) -> (Duration, Vec<R>)
where
    J: FnOnce() -> R + Send,
    R: Send,
{
    let barrier = Barrier::new(jobs.len());
    let timed = |job: J| {
        barrier.wait();
        let begun = Instant::now();
        let answer = job();
        (begun, Instant::now(), answer)
    };
    let laps: Vec<(Instant, Instant, R)> = thread::scope(|scope| {
        let handles: Vec<_> = jobs.into_iter().map(|job| scope.spawn(|| timed(job))).collect();
        handles.into_iter().map(|handle| handle.join().expect("no job panics")).collect()
    });
    let begun = laps.iter().map(|lap| lap.0).min();
    let done = laps.iter().map(|lap| lap.1).max();
    let took = begun.zip(done).map(|(begun, done)| done - begun).unwrap_or_default();
    (took, laps.into_iter().map(|lap| lap.2).collect())
}

/// What one operation took in its thread, in nanoseconds: with more threads than cores, waiting for
/// a core is in it.
pub fn per_operation(took: Duration, threads: usize, operations: usize) -> f64 {
    took.as_secs_f64() * 1e9 * threads as f64 / operations.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_jobs() {
        let (_, answers) = run((0..4).map(|n| move || n * n).collect());
        assert_eq!(answers, [0, 1, 4, 9]);
    }

    #[test]
    fn two_threads_that_share_the_work_take_half_the_time_for_the_same_operation() {
        let alone = per_operation(Duration::from_secs(2), 1, 1_000);
        let together = per_operation(Duration::from_secs(1), 2, 1_000);
        assert!((alone - together).abs() < 1e-6);
    }
}
