//! What is compared after every step, without changing anything.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tenure::{Selector, Tick};

use crate::op::Choice;
use crate::pair::{Outcome, Pair, same};
use crate::tombstones::End;

impl Pair {
    pub(crate) fn check(&mut self) -> Outcome {
        self.check_sessions()?;
        self.check_hooks()?;
        self.check_counters()?;
        self.sleeper_is_safe()?;
        self.listing(&self.store.list(&Selector::all()), &self.visible(&Choice::ALL))?;
        self.check_events()
    }

    /// Every session ever created, by its handle.
    fn check_sessions(&self) -> Outcome {
        for (number, (handle, record)) in
            self.handles.iter().zip(&self.reference.sessions).enumerate()
        {
            let what = |what: &str| format!("{what} of session {number}");
            let end = handle.tombstone().map(End::from);
            same(&what("the end"), end, record.end)?;
            let ended = record.end.is_some() || self.reference.due(number).is_some();
            same(&what("is_ended"), handle.is_ended(), ended)?;
            let expires_at = handle.expires_at().map(Tick::as_micros);
            same(&what("expiry"), expires_at, self.reference.expires_at(number))?;
            same(&what("last active"), handle.last_active().as_micros(), record.last_active)?;
            same(&what("leases"), handle.leases(), record.leases)?;
            same(&what("id"), handle.id(), record.id)?;
        }
        Ok(())
    }

    /// Each hook of an ended session ran once, with its tombstone, and no other did.
    fn check_hooks(&self) -> Outcome {
        let mut ran = self.ran.lock().expect("no hook panics").clone();
        ran.sort_by_key(|(hook, ..)| *hook);
        let hooks = self.hooks.iter().enumerate();
        let expected: Vec<_> = hooks
            .filter_map(|(hook, &number)| {
                Some((hook, number, self.reference.sessions[number].end?))
            })
            .collect();
        same("the hooks that ran", ran, expected)
    }

    fn check_counters(&self) -> Outcome {
        let stats = self.store.stats();
        let live = self.reference.live();
        let records = &self.reference.sessions;
        let count = |test: &dyn Fn(usize) -> bool| live.iter().filter(|&&i| test(i)).count();
        same("created", stats.created, records.len() as u64)?;
        same("live", stats.live, live.len())?;
        same("pinned", stats.pinned, count(&|i| records[i].wanted.pinned))?;
        same("leases", stats.leases, self.leases.len() as u64)?;
        same("peak", stats.peak, self.reference.peak)?;
        same("rotated", stats.rotated, self.reference.rotated)?;
        for (reason, ended) in stats.ended.iter() {
            let reference = records.iter().filter(|r| r.end.is_some_and(|e| e.reason == reason));
            same(&format!("ended: {reason}"), ended, reference.count() as u64)?;
        }
        same("the balance", stats.created, live.len() as u64 + stats.ended.total())?;
        let rejected = stats.rejected;
        let rejected = [rejected.principal, rejected.originator, rejected.global];
        same("rejected", rejected, self.tally.rejected)?;
        same("hit", stats.lookups.hit, self.tally.hit)?;
        same("unknown", stats.lookups.unknown, self.tally.unknown)?;
        same("lookups of ended ones", stats.lookups.ended, self.tally.ended)?;
        same("reaper runs", stats.reaper.runs, self.tally.reaps)?;
        same("reaped", stats.reaper.ended, self.tally.reaped)?;
        same("application panics", stats.application_panics, 0)?;
        let ends = records.iter().filter_map(|record| Some((record.created, record.end?)));
        let lives = ends.map(|(created, end)| end.at.saturating_sub(created));
        let lives: Vec<u64> = lives.collect();
        let average = lives.iter().sum::<u64>().checked_div(lives.len() as u64);
        let longest = lives.into_iter().max();
        let span = |span: Option<u64>| Duration::from_micros(span.unwrap_or(0));
        same("longest life", stats.longest_life, span(longest))?;
        same("average life", stats.average_life, span(average))?;
        self.check_memory(stats.tombstones, stats.tombstones_forgotten_early)
    }

    fn check_memory(&self, tombstones: usize, early: u64) -> Outcome {
        let max = self.reference.setup.rest.tombstones;
        let least = self.reference.tombstones.count(self.reference.now);
        if tombstones > max || tombstones < least {
            return Err(format!("{tombstones} tombstones, from {least} to {max} expected"));
        }
        // Which tombstone is pushed out is another one when the clock was set back.
        if self.reference.setup.rest.hostile {
            return Ok(());
        }
        same("forgotten early", early, self.reference.tombstones.forgotten_early())
    }

    /// Lets everything go; the application's data must go with it.
    pub(crate) fn finish(self) -> Outcome {
        let (made, dropped) = (self.made, self.dropped);
        let (live, mut events) = (self.reference.live().len(), self.events);
        drop((self.leases, self.handles, self.store));
        same("values dropped at the end", dropped.load(Ordering::Relaxed), made)?;
        let last = std::iter::from_fn(|| events.try_recv().ok().flatten());
        same("events at the end", last.filter(|event| event.reason().is_some()).count(), live)
    }
}
