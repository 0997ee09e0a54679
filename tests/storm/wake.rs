//! An application that sleeps exactly as long as it was told, while others use the store.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tenure::{Clock, EndAs, ManualClock, Selector, Session, SessionStore, Tick, Timeouts};

use crate::common::{Random, Store, factor, id, meet, plain, seed, spin_until};

const IDLE: Duration = Duration::from_micros(100);
const SHORT: Duration = Duration::from_micros(25);
const ROUNDS: usize = 5_000;

/// One round: sessions that are in use, and an application that is about to ask how long it may
/// sleep.
struct Round {
    store: Store,
    clock: ManualClock,
    told: Arc<AtomicUsize>,
    /// Each with its idle timeout.
    sessions: Mutex<Vec<(Session<u32>, Duration)>>,
}

impl Round {
    fn new() -> Self {
        let (clock, told) = (ManualClock::new(), Arc::new(AtomicUsize::new(0)));
        let tell = Arc::clone(&told);
        let store: Store = SessionStore::builder()
            .clock(clock.clone())
            .timeouts(Timeouts::none().idle(IDLE))
            .touch_resolution(Duration::ZERO)
            .on_earlier_deadline(move || {
                tell.fetch_add(1, Ordering::SeqCst);
            })
            .build()
            .unwrap();
        let sessions = (0..3).map(|_| (store.create(plain()).unwrap(), IDLE)).collect();
        Self { store, clock, told, sessions: Mutex::new(sessions) }
    }

    /// What another thread does to the store at the same time.
    fn meddle(&self, what: usize) {
        let chosen = self.sessions.lock().unwrap()[what % 3].0.id();
        match what % 11 {
            0 | 1 => drop(self.store.acquire(chosen)),
            2 => drop(self.store.touch(chosen)),
            3 => drop(self.store.rotate(chosen)),
            4 => {
                let short = self.store.create(plain().idle_timeout(SHORT)).unwrap();
                self.sessions.lock().unwrap().push((short, SHORT));
            }
            _ => {}
        }
        // Into the store's lock and out again, in the hope of the worst moment.
        let stranger = id(u128::MAX);
        for _ in 0..4 {
            let _ = self.store.end(stranger);
        }
    }

    /// The earliest tick at which a session is due now.
    fn earliest(&self) -> Option<Tick> {
        let sessions = self.sessions.lock().unwrap();
        let free = sessions.iter().filter(|(session, _)| session.leases() == 0);
        free.map(|(session, idle)| session.last_active().saturating_add(*idle)).min()
    }
}

#[test]
fn a_sleeping_application_misses_no_deadline() {
    let mut random = Random::new(seed("wake"));
    for number in 0..ROUNDS * factor() {
        let round = Round::new();
        let lease = |(session, _): &(Session<u32>, _)| round.store.acquire(session.id()).unwrap();
        let mut leases: Vec<_> = round.sessions.lock().unwrap().iter().map(lease).collect();
        if random.below(3) > 0 {
            // The reaper meets them in use, and knows of no deadline from then on.
            round.clock.advance(IDLE);
            assert_eq!(round.store.reap().next_deadline, None);
        }
        if random.below(2) == 0 {
            // What it heard of last comes sooner than any of the rest, and is over before.
            let short = round.store.create(plain().idle_timeout(SHORT)).unwrap();
            let _ = round.store.end_as(short.id(), EndAs::killed());
        }
        let kept = leases.split_off(1 + random.below(3));
        let (ready, pauses) = (AtomicUsize::new(0), [random.below(64), random.below(64)]);
        // Two at a time, since a machine may have no more processors.
        let start = |pause: usize| {
            meet(&ready, 2);
            (0..pause).for_each(|_| spin_loop());
        };
        let what = random.below(1_000);
        round.told.store(0, Ordering::SeqCst);
        // The application asks before all of it, or in the middle.
        let asked = (random.below(2) == 0).then(|| round.store.next_deadline());
        let sleep = std::thread::scope(|scope| {
            scope.spawn(|| {
                start(pauses[0]);
                drop(leases);
            });
            start(pauses[1]);
            if asked.is_some() {
                round.meddle(what);
            }
            asked.unwrap_or_else(|| round.store.next_deadline())
        });
        let until = sleep.map_or(Tick::MAX, |sleep| round.clock.now().saturating_add(sleep));
        let in_time = round.earliest().is_none_or(|earliest| until <= earliest);
        let told = round.told.load(Ordering::SeqCst) > 0;
        assert!(in_time || told, "round {number}: sleeps {sleep:?}, {:?}", round.earliest());
        drop(kept);
    }
}

/// The only session is in use, so the application sleeps without end. While its lease is given
/// back another thread is in and out of the store's lock.
#[test]
fn application_is_told_of_every_lease_that_returns_after_a_reap() {
    let rounds = 3_000 * factor();
    let (turn, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let Round { store, clock, told, sessions } = Round::new();
    store.end_where_as(&Selector::all(), EndAs::killed());
    drop(sessions);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=rounds {
                spin_until(|| turn.load(Ordering::Acquire) >= round);
                for _ in 0..3 {
                    store.end(id(u128::MAX));
                }
                done.store(round, Ordering::Release);
            }
        });
        for round in 1..=rounds {
            let session = store.create(plain()).unwrap();
            let lease = store.acquire(session.id()).unwrap();
            clock.advance(2 * IDLE);
            assert_eq!(store.reap().next_deadline, None);
            let before = told.load(Ordering::SeqCst);
            turn.store(round, Ordering::Release);
            (0..round % 64).for_each(|_| spin_loop());
            drop(lease);
            spin_until(|| done.load(Ordering::Acquire) >= round);
            assert!(told.load(Ordering::SeqCst) > before, "round {round}: the application sleeps");
            let _ = store.end_as(session.id(), EndAs::killed());
        }
    });
}
