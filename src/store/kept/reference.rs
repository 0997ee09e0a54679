//! What a store with a keeper does, said naively: every operation looks at every session.

use std::collections::BTreeMap;
use std::time::Duration;

use super::setup::{IDLE, Told};
use crate::end::EndReason;
use crate::id::SessionId;
use crate::tick::Tick;

/// How many sessions there may be, and of one principal.
pub(super) const CAP: usize = 5;
pub(super) const EACH: usize = 3;

pub(super) const ABSOLUTE: Duration = Duration::from_secs(300);

/// A session, by the number of its arrival in the store.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is one thing that a store goes by")]
pub(super) struct Known {
    pub(super) id: SessionId,
    pub(super) data: u32,
    pub(super) alice: bool,
    pub(super) created: Tick,
    pub(super) last_active: Tick,
    pub(super) leases: usize,
    pub(super) handles: usize,
    pub(super) hooked: bool,
    pub(super) refused: bool,
    /// Whether it was met by a search that could not unload it, and has not been considered since.
    pub(super) held: bool,
}

impl Known {
    pub(super) fn over(&self, now: Tick) -> bool {
        now.since(self.created) >= ABSOLUTE
    }

    fn idle(&self, now: Tick) -> bool {
        self.leases == 0 && now.since(self.last_active) >= IDLE
    }

    fn may_go(&self) -> bool {
        self.leases == 0 && self.handles == 0 && !self.hooked && !self.refused
    }
}

/// A limit, by whom it is for.
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    Alice,
    Bob,
    All,
}

/// The sessions of a store, and what its keeper is to be told.
#[derive(Default)]
pub(super) struct Reference {
    pub(super) live: BTreeMap<u64, Known>,
    pub(super) next: u64,
    pub(super) told: Vec<Told>,
    /// Sessions that are elsewhere alone.
    pub(super) elsewhere: Vec<Known>,
    pub(super) created: u64,
    pub(super) loaded: u64,
    pub(super) unloaded: u64,
    pub(super) ended: u64,
    pub(super) hooks: u64,
}

impl Reference {
    pub(super) fn end(&mut self, number: u64, reason: EndReason) {
        let known = self.live.remove(&number).unwrap();
        self.told.push(Told::Ended(known.id, known.data, reason));
        self.ended += 1;
        self.hooks += u64::from(known.hooked);
    }

    /// Unloads a session if nothing holds it, and notes that it is held if something does.
    fn try_unload(&mut self, number: u64) -> bool {
        let known = self.live.get_mut(&number).unwrap();
        if !known.may_go() {
            known.held = true;
            return false;
        }
        let known = self.live.remove(&number).unwrap();
        self.told.push(Told::Unloaded(known.id, known.data, known.last_active));
        self.unloaded += 1;
        self.elsewhere.push(known);
        true
    }

    /// Ends or unloads what has expired, as far as the reaper meets it.
    pub(super) fn reap(&mut self, now: Tick) {
        for number in self.live.keys().copied().collect::<Vec<_>>() {
            let known = &self.live[&number];
            if known.over(now) {
                self.end(number, EndReason::AbsoluteTimeout);
            } else if known.idle(now) && !known.held {
                self.try_unload(number);
            }
        }
    }

    /// Looks a session up by its id. Whether it is to be had.
    pub(super) fn look_up(&mut self, number: u64, now: Tick) -> bool {
        let known = &self.live[&number];
        if known.over(now) {
            self.end(number, EndReason::AbsoluteTimeout);
            return false;
        }
        if known.idle(now) {
            self.try_unload(number);
            return false;
        }
        true
    }

    pub(super) fn release(&mut self, number: u64, now: Tick) {
        // It may have ended while it was in use.
        if let Some(known) = self.live.get_mut(&number) {
            known.leases -= 1;
            known.last_active = known.last_active.max(now);
            known.held &= known.leases > 0;
        }
    }

    pub(super) fn reconsider(&mut self) {
        self.live.values_mut().for_each(|known| known.held = false);
    }

    /// Makes room for a session. Whether there is any.
    pub(super) fn admit(&mut self, alice: bool, now: Tick) -> bool {
        let scopes = [if alice { Scope::Alice } else { Scope::Bob }, Scope::All];
        if scopes.iter().any(|scope| self.is_full(*scope)) {
            self.reap(now);
        }
        let mut second_look = true;
        loop {
            let mut first = None;
            for scope in scopes {
                // The first victim makes room under every limit that it counts under.
                let made = first.is_some_and(|number| self.counts(number, scope));
                if made || !self.is_full(scope) {
                    continue;
                }
                let Some(victim) = self.candidate(scope).or_else(|| {
                    if std::mem::take(&mut second_look) {
                        self.reconsider();
                    }
                    self.candidate(scope)
                }) else {
                    return false;
                };
                first = first.or(Some(victim));
            }
            match first {
                None => return true,
                Some(first) => {
                    self.try_unload(first);
                }
            }
        }
    }

    pub(super) fn insert(&mut self, known: Known) -> u64 {
        let number = self.next;
        self.next += 1;
        self.live.insert(number, known);
        number
    }

    fn limit(scope: Scope) -> usize {
        if scope == Scope::All { CAP } else { EACH }
    }

    fn counts(&self, number: u64, scope: Scope) -> bool {
        let alice = self.live[&number].alice;
        scope == Scope::All || alice == (scope == Scope::Alice)
    }

    fn is_full(&self, scope: Scope) -> bool {
        let counted = self.live.keys().filter(|number| self.counts(**number, scope)).count();
        counted >= Self::limit(scope)
    }

    /// The oldest that a search finds.
    fn candidate(&self, scope: Scope) -> Option<u64> {
        let free = self.live.iter().filter(|(number, known)| {
            self.counts(**number, scope) && known.leases == 0 && !known.held
        });
        free.min_by_key(|(number, known)| (known.last_active, **number)).map(|(number, _)| *number)
    }
}
