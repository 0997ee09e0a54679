//! How a program drives the reaper: one thread that sleeps until something may expire, reaps in
//! small budgets, and is woken when a shorter deadline turns up. Meanwhile other threads log in,
//! work and leave. After about three seconds all of it shuts down.
//!
//! Run it with `cargo run --release --example reaper_thread`.

#![allow(clippy::disallowed_methods)]

mod support;

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tenure::{NewSession, SessionStore};

/// How much the reaper may do before the thread looks at other things.
const BUDGET: usize = 256;
const RUN_FOR: Duration = Duration::from_secs(3);
const WORKERS: usize = 2;

/// What the reaper thread sleeps on. A nudge that comes while it is awake is not lost.
#[derive(Default)]
struct Alarm {
    nudged: Mutex<bool>,
    bell: Condvar,
}

impl Alarm {
    fn nudge(&self) {
        *self.nudged.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_one();
    }

    /// Sleeps for `at_most`, or until nudged; until nudged alone if there is nothing to wait for.
    fn sleep(&self, at_most: Option<Duration>) {
        let until = at_most.map(|span| Instant::now() + span);
        let mut nudged = self.nudged.lock().unwrap_or_else(PoisonError::into_inner);
        while !*nudged {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            nudged = match left {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let woken = self.bell.wait_timeout(nudged, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.bell.wait(nudged).unwrap_or_else(PoisonError::into_inner),
            };
        }
        *nudged = false;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    support::no_options("A thread that sleeps until a session may expire, and reaps in budgets.");
    println!("{WORKERS} workers log in for {RUN_FOR:?}; sessions idle out after 200ms");
    let alarm = Arc::new(Alarm::default());
    let bell = Arc::clone(&alarm);
    let store: SessionStore<usize> = SessionStore::builder()
        .max_sessions(10_000)
        .idle_timeout(Duration::from_millis(200))
        .absolute_timeout(Duration::from_secs(1))
        .on_earlier_deadline(move || bell.nudge())
        .build()?;
    let stopping = AtomicBool::new(false);

    thread::scope(|scope| {
        scope.spawn(|| reap_until(&stopping, &store, &alarm));
        for worker in 0..WORKERS {
            let (store, stopping) = (&store, &stopping);
            scope.spawn(move || work_until(stopping, store, worker));
        }
        thread::sleep(RUN_FOR);
        // Release pairs with the loops' Acquire. The nudge gets the reaper out of its sleep.
        stopping.store(true, Ordering::Release);
        alarm.nudge();
    });

    println!("the threads are done; closing the store ends what is left");
    let closed = store.close();
    let stats = store.stats();
    println!("  {} sessions ended with the store", closed.ended);
    for (reason, count) in stats.ended.iter().filter(|(_, count)| *count > 0) {
        println!("  {count:>9} in all: {reason}");
    }
    println!("  {:>9} created, at most {} at once", stats.created, stats.peak);
    assert_eq!(stats.created, stats.ended.total());
    assert_eq!((stats.live, stats.leases), (0, 0));
    Ok(())
}

/// The reaper thread. Between two budgets it could do other chores.
fn reap_until(stopping: &AtomicBool, store: &SessionStore<usize>, alarm: &Alarm) {
    let (mut wake_ups, mut ended) = (0, 0);
    while !stopping.load(Ordering::Acquire) {
        wake_ups += 1;
        let next = loop {
            let report = store.reap_at_most(BUDGET);
            ended += report.ended.total();
            if !report.more {
                break report.next_deadline;
            }
        };
        alarm.sleep(next);
    }
    println!("reaper: woke up {wake_ups} times, ended {ended} sessions");
}

/// A client: logs in, uses its session a few times, and mostly forgets to log out.
fn work_until(stopping: &AtomicBool, store: &SessionStore<usize>, worker: usize) {
    let (mut logins, mut requests) = (0, 0);
    while !stopping.load(Ordering::Acquire) {
        let new = NewSession::new(worker).originator(format!("worker-{worker}"));
        let Ok(session) = store.create(new) else {
            continue;
        };
        logins += 1;
        for _ in 0..5 {
            if let Ok(lease) = store.acquire(session.id()) {
                requests += 1;
                assert_eq!(*lease.data(), worker);
            }
        }
        if logins % 10 == 0 {
            store.end(session.id());
        }
        if logins % 20 == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
    println!("worker {worker}: {logins} logins, {requests} requests");
}
