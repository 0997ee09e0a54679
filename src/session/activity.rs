//! What requests do to a session. None takes the store's lock.

use super::context::Count;
use super::record::Record;
use super::word::{Changed, MAX_LEASES, Seen};
use crate::tick::Tick;
use crate::timeouts::Deadlines;

/// Why a record is no session any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// It has ended.
    Ended,
    /// It is past its deadline and has yet to be ended.
    Expired,
}

/// Why a record gives no lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Gone(Gone),
    /// It has none left to give.
    TooManyLeases,
}

impl From<Gone> for Refusal {
    fn from(gone: Gone) -> Self {
        Self::Gone(gone)
    }
}

impl<T> Record<T> {
    /// The session as of `now`, if it is neither ended nor expired.
    pub(crate) fn look(&self, now: Tick) -> Result<Seen, Gone> {
        // The word first: it says from when on the deadlines are to be seen.
        let seen = self.word.load();
        vet(seen, self.deadlines(), now)
    }

    /// Marks it active. Within the touch resolution of the last time, nothing is written.
    pub(crate) fn touch(&self, now: Tick) -> Result<(), Gone> {
        let (mut seen, deadlines) = (self.word.load(), self.deadlines());
        vet(seen, deadlines, now)?;
        // However coarse the store's resolution is, a session in steady use does not idle out.
        let resolution = self.context.touch_resolution.min(deadlines.idle / 2);
        while now.as_micros() >= seen.last_active().as_micros().saturating_add(resolution) {
            match self.word.touch(seen, now) {
                Ok(()) => break,
                Err(Changed(new)) => seen = vet(new, self.deadlines(), now)?,
            }
        }
        self.note_touched();
        Ok(())
    }

    /// Takes a lease, and marks it active.
    pub(crate) fn lease(&self, now: Tick) -> Result<(), Refusal> {
        self.lease_untouched(now)?;
        self.note_touched();
        Ok(())
    }

    /// As [`lease`](Record::lease), but does not count as a touch: the session is in use as it is
    /// created.
    pub(crate) fn lease_untouched(&self, now: Tick) -> Result<(), Refusal> {
        let mut seen = self.look(now)?;
        loop {
            if seen.leases() == MAX_LEASES {
                return Err(Refusal::TooManyLeases);
            }
            match self.word.lease(seen, now) {
                Ok(()) => break,
                Err(Changed(new)) => seen = vet(new, self.deadlines(), now)?,
            }
        }
        self.context.count(Count::Leased);
        Ok(())
    }

    /// Marks it active as of `at`, though it may have idled out before, and takes a lease if one is
    /// asked for. Returns whether that was to be had. Under the store's lock, in which it does not
    /// end.
    pub(crate) fn revive(&self, at: Tick, lease: bool) -> bool {
        let mut seen = self.word.load();
        loop {
            let taken = lease && seen.leases() < MAX_LEASES;
            let change = if taken { self.word.lease(seen, at) } else { self.word.touch(seen, at) };
            match change {
                Ok(()) => {
                    if taken {
                        self.context.count(Count::Leased);
                    }
                    self.note_touched();
                    return taken;
                }
                Err(Changed(new)) => seen = new,
            }
        }
    }

    /// Gives a lease back, and marks the session active. The session counts as in use until this
    /// has returned.
    pub(crate) fn release(&self) {
        // A clock that panics must not keep the lease.
        let now = self.context.run_application_code(|| self.context.now()).unwrap_or(Tick::ZERO);
        let mut seen = self.word.load();
        while let Err(Changed(new)) = self.word.release(seen, now) {
            seen = new;
        }
        self.context.count(Count::Released);
        if seen.leases() > 1 {
            return;
        }
        if seen.ended() {
            self.tell_drained();
        } else if seen.parked() {
            // After the change, so that what is taken from the queue was free; and before the
            // application is told, so that it finds the session when it comes. The deadlines after
            // the change too: see `LiveSessions::move_deadlines`.
            self.context.returns.put(self.number());
            let deadline = self.deadlines().next(now, false);
            self.context.tell_if_earlier(deadline.map(|(at, _)| at));
        }
    }
}

/// What was seen of a session with these deadlines, if it is neither ended nor expired.
#[inline]
fn vet(seen: Seen, deadlines: Deadlines, now: Tick) -> Result<Seen, Gone> {
    if seen.ended() {
        Err(Gone::Ended)
    } else if deadlines.expired(seen.last_active(), seen.in_use(), now).is_some() {
        Err(Gone::Expired)
    } else {
        Ok(seen)
    }
}
