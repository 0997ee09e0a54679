//! Reaping on both sides, and the application's sleep in between.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tenure::ReapReport;

use crate::pair::{Outcome, Pair, same};
use crate::tombstones::micros;

impl Pair {
    pub(crate) fn reap(&mut self) -> Outcome {
        let report = self.store.reap();
        let expected = self.reference.reap();
        self.count(&report);
        same("reaped", report.ended.total(), expected as u64)?;
        same("more to reap", report.more, false)?;
        self.promise(report.next_deadline)
    }

    /// A budget may end any of those that are due, and no others. Returns whether there is more.
    pub(crate) fn reap_at_most(&mut self, steps: usize) -> Outcome<bool> {
        let report = self.store.reap_at_most(steps);
        self.count(&report);
        if report.steps > steps {
            return Err(format!("{} steps of a budget of {steps}", report.steps));
        }
        let mut ended = 0;
        for number in self.reference.live() {
            let Some(tombstone) = self.handles[number].tombstone() else {
                continue;
            };
            let due = self.reference.due(number);
            same("a reaped session is due", Some(tombstone.reason()), due)?;
            self.reference.end(number, tombstone.reason());
            ended += 1;
        }
        same("reaped by budget", report.ended.total(), ended)?;
        let left = self.reference.live().into_iter().any(|i| self.reference.due(i).is_some());
        if left && !report.more {
            return Err("sessions are due, and the report says that nothing is left".into());
        }
        self.promise(report.next_deadline)?;
        Ok(report.more)
    }

    /// Budget after budget must lead to where one full reap does.
    pub(crate) fn reap_in_steps(&mut self, steps: usize) -> Outcome {
        // A step ends a session, forgets a tombstone or looks at a few bounds. There are never
        // nearly 10,000 of those.
        for _ in 0..10_000 {
            if !self.reap_at_most(steps)? {
                return same("left after all steps", self.reference.reap(), 0);
            }
        }
        Err("a budget of steps never finishes".into())
    }

    fn count(&mut self, report: &ReapReport) {
        self.tally.reaps += 1;
        self.tally.reaped += report.ended.total();
    }

    /// The tick of the earliest deadline of all live sessions.
    fn earliest(&self) -> Option<u64> {
        let live = self.reference.live().into_iter();
        live.filter_map(|number| self.reference.deadline(number)).map(|(at, _)| at).min()
    }

    /// The store said how long the application may sleep. It must not miss a deadline.
    pub(crate) fn promise(&mut self, sleep: Option<Duration>) -> Outcome {
        let now = self.reference.now;
        let until = sleep.map(|span| now.saturating_add(micros(span)));
        self.wake = Some(until.unwrap_or(u64::MAX));
        self.earlier.store(0, Ordering::Relaxed);
        self.sleeper_is_safe()
    }

    /// The application sleeps as long as it was told, unless it was woken since.
    pub(crate) fn sleeper_is_safe(&self) -> Outcome {
        let Some(wake) = self.wake.filter(|_| self.earlier.load(Ordering::Relaxed) == 0) else {
            return Ok(());
        };
        let Some(earliest) = self.earliest() else {
            return Ok(());
        };
        // What is due already cannot be met any earlier than now.
        let earliest = earliest.max(self.reference.now);
        if wake.max(self.reference.now) > earliest {
            return Err(format!(
                "the application sleeps until {wake}, a session is due at {earliest}"
            ));
        }
        Ok(())
    }
}
