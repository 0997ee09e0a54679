//! Models of parking: a session that was in use is found again from the moment that it is free, and
//! a host that sleeps is told.

use std::time::Duration;

use super::super::handle::SessionStore;
use super::setup::{id, setup};
use crate::clock::{Clock, StillClock};
use crate::error::{CreateError, Shortage};
use crate::limits::{Limit, Limits};
use crate::session::NewSession;
use crate::sync::checker::{exhaustively, join_all, spawn};
use crate::sync::{Arc, Ordering, QuietU64};
use crate::timeouts::Timeouts;

const IDLE: Duration = Duration::from_micros(10);

/// A visit to the store's lock that changes nothing, but empties the letter box.
fn visit(store: &SessionStore<u32>) {
    let _ = store.end(&id(u64::MAX));
}

/// Whether there was room for a newcomer. If not, the one session was in use.
fn room(store: &SessionStore<u32>) -> bool {
    match store.create(NewSession::new(0)) {
        Ok(_) => true,
        Err(CreateError::Full { why: Shortage::AllInUse, .. }) => false,
        Err(other) => panic!("{other}"),
    }
}

/// A session is free again while others look for a victim: in a store with place for one.
fn a_freed_session_is_found(with_a_visitor: bool) {
    let (builder, _clock) = setup();
    let limits = Limits::none().global(Limit::evict_oldest(1));
    let store = builder.limits(limits).build().unwrap();
    let session = store.create(NewSession::new(0)).unwrap();
    let lease = store.acquire(&session.id()).unwrap();
    let user = spawn(move || drop(lease));
    let visitor = with_a_visitor.then(|| {
        let store = store.clone();
        spawn(move || visit(&store))
    });
    if !room(&store) && session.leases() == 0 {
        assert!(room(&store), "it is free, and nobody finds it");
    }
    user.join().unwrap();
    join_all(visitor);
    assert!(session.tombstone().is_some() || room(&store), "it is free, and nobody finds it");
}

#[test]
fn a_session_is_found_from_the_moment_that_it_is_free() {
    exhaustively(|| a_freed_session_is_found(false));
}

#[test]
fn a_session_is_found_whoever_empties_the_letter_box() {
    exhaustively(|| a_freed_session_is_found(true));
}

/// A host that sleeps as long as it was told, unless it is told otherwise.
struct Host {
    store: SessionStore<u32>,
    clock: StillClock,
    told: Arc<QuietU64>,
}

impl Host {
    fn new() -> Self {
        let (builder, clock) = setup();
        let told = Arc::new(QuietU64::new(0));
        let tell = Arc::clone(&told);
        let tell = move || {
            tell.fetch_add(1, Ordering::Relaxed);
        };
        let builder = builder.timeouts(Timeouts::none().idle(IDLE)).on_earlier_deadline(tell);
        Self { store: builder.build().unwrap(), clock, told }
    }

    /// A long lease is given back while the host asks, or has asked, how long it may sleep. What it
    /// heard of last may come `sooner` than the end of that session, and be over before.
    fn oversleeps_nothing(&self, sooner: bool, asks_before: bool, visits: bool) {
        let session = self.store.create(NewSession::new(0)).unwrap();
        let lease = self.store.acquire(&session.id()).unwrap();
        self.clock.set(10);
        assert_eq!(self.store.reap().next_deadline, None, "a session in use does not expire");
        if sooner {
            let short = NewSession::new(0).idle_timeout(Some(IDLE / 2));
            let short = self.store.create(short).unwrap();
            assert_eq!(self.store.next_deadline(), Some(IDLE / 2));
            let _ = self.store.kill(&short.id());
        }
        self.told.store(0, Ordering::Relaxed);
        let asked = asks_before.then(|| self.store.next_deadline());
        let user = spawn(move || drop(lease));
        if visits {
            visit(&self.store);
        }
        let sleep = asked.unwrap_or_else(|| self.store.next_deadline());
        user.join().unwrap();
        let deadline = session.last_active().saturating_add(IDLE);
        let wakes = sleep.map(|sleep| self.clock.now().saturating_add(sleep));
        let told = self.told.load(Ordering::Relaxed) > 0;
        assert!(told || wakes.is_some_and(|wakes| wakes <= deadline), "it sleeps for {sleep:?}");
        // And then it finds the session.
        self.clock.set(20);
        assert_eq!(self.store.reap().ended.total(), 1);
    }
}

#[test]
fn a_host_that_asks_meanwhile_oversleeps_nothing() {
    exhaustively(|| Host::new().oversleeps_nothing(false, false, false));
}

#[test]
fn a_host_that_heard_of_something_sooner_oversleeps_nothing() {
    exhaustively(|| Host::new().oversleeps_nothing(true, false, false));
}

#[test]
fn a_host_that_has_asked_before_oversleeps_nothing() {
    exhaustively(|| Host::new().oversleeps_nothing(false, true, true));
}

#[test]
fn a_host_that_asks_after_a_visit_oversleeps_nothing() {
    exhaustively(|| Host::new().oversleeps_nothing(true, false, true));
}
