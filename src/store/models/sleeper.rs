//! Models of an application that sleeps until the next deadline.

use std::time::Duration;

use super::super::end::EndAs;
use super::super::handle::SessionStore;
use super::setup::{id, setup, telling};
use crate::clock::{Clock, StillClock};
use crate::session::NewSession;
use crate::sync::checker::{exhaustively, spawn};
use crate::sync::{Arc, Ordering, QuietU64};
use crate::timeouts::Timeouts;

const IDLE: Duration = Duration::from_micros(10);

/// An application that sleeps as long as it was told, unless it is told otherwise.
struct Sleeper {
    store: SessionStore<u32>,
    clock: StillClock,
    told: Arc<QuietU64>,
}

impl Sleeper {
    fn new() -> Self {
        let (builder, clock) = setup();
        let (store, told) = telling(builder.timeouts(Timeouts::none().idle(IDLE)));
        Self { store, clock, told }
    }

    /// A long lease is given back while the application asks how long it may sleep, and perhaps
    /// changes something first. It may sleep by what it heard before, and another of its threads
    /// asks. What it heard of last may come `sooner` than the end of that session, and be over
    /// before.
    fn oversleeps_nothing(&self, ask: Ask, sooner: bool, asked_before: bool, visits: bool) {
        let session = self.store.create(NewSession::new(0)).unwrap();
        let lease = self.store.acquire(&session.id()).unwrap();
        self.clock.set(10);
        assert_eq!(self.store.reap().next_deadline, None, "a session in use does not expire");
        if sooner {
            let short = NewSession::new(0).idle_timeout(IDLE / 2);
            let short = self.store.create(short).unwrap();
            assert_eq!(self.store.next_deadline(), Some(IDLE / 2));
            let _ = self.store.end_as(&short.id(), EndAs::killed());
        }
        self.told.store(0, Ordering::Relaxed);
        let before = asked_before.then(|| ask(&self.store));
        // It only loads what tells of returned leases, so it has the spawned thread.
        let asker = spawn({
            let store = self.store.clone();
            move || {
                if visits {
                    // Changes nothing but empties the return queue.
                    let _ = store.end(&id(u64::MAX));
                }
                ask(&store)
            }
        });
        drop(lease);
        let meanwhile = asker.join().unwrap();
        let sleep = before.unwrap_or(meanwhile);
        let deadline = session.last_active().saturating_add(IDLE);
        let wakes = sleep.map(|sleep| self.clock.now().saturating_add(sleep));
        let told = self.told.load(Ordering::Relaxed) > 0;
        assert!(told || wakes.is_some_and(|wakes| wakes <= deadline), "it sleeps for {sleep:?}");
        // And then it finds the session.
        self.clock.set(20);
        assert_eq!(self.store.reap().ended.total(), 1);
    }
}

/// How the application asks how long it may sleep.
type Ask = fn(&SessionStore<u32>) -> Option<Duration>;

const ASKING: Ask = SessionStore::next_deadline;
const REAPING: Ask = |store| store.reap().next_deadline;

#[test]
fn an_application_that_asks_while_a_session_is_created_oversleeps_nothing() {
    exhaustively(4, || {
        let Sleeper { store, clock, told } = Sleeper::new();
        let _long = store.create(NewSession::new(0)).unwrap();
        // Nothing is announced yet, so that the creation has nothing to tell if it comes first.
        let its = store.clone();
        let creator = spawn(move || {
            let _ = its.create(NewSession::new(0).idle_timeout(IDLE / 2)).unwrap();
        });
        let sleep = store.next_deadline();
        creator.join().unwrap();
        let told = told.load(Ordering::Relaxed) > 0;
        assert!(told || sleep == Some(IDLE / 2), "at {:?} it sleeps for {sleep:?}", clock.now());
    });
}

#[test]
fn an_application_that_asks_meanwhile_oversleeps_nothing() {
    exhaustively(29, || Sleeper::new().oversleeps_nothing(ASKING, false, false, false));
}

#[test]
fn an_application_that_reaps_meanwhile_oversleeps_nothing() {
    exhaustively(17, || Sleeper::new().oversleeps_nothing(REAPING, false, false, false));
}

#[test]
fn an_application_that_heard_of_something_sooner_oversleeps_nothing() {
    for ask in [ASKING, REAPING] {
        exhaustively(17, move || Sleeper::new().oversleeps_nothing(ask, true, false, false));
    }
}

#[test]
fn an_application_that_has_asked_before_oversleeps_nothing() {
    for ask in [ASKING, REAPING] {
        exhaustively(17, move || Sleeper::new().oversleeps_nothing(ask, false, true, false));
    }
}

#[test]
fn an_application_that_asks_after_a_visit_oversleeps_nothing() {
    for ask in [ASKING, REAPING] {
        exhaustively(29, move || Sleeper::new().oversleeps_nothing(ask, true, false, true));
    }
}
