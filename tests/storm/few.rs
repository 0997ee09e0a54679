//! A few sessions between leases, eviction and their deadlines, while time moves.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use tenure::{
    Clock, EndAs, EndReason, Limit, Limits, ManualClock, Selector, Session, SessionId,
    SessionStore, Timeouts,
};

use crate::common::{Random, Store, factor, meet, plain, seed};

const CAP: usize = 3;
const IDLE: Duration = Duration::from_micros(20);
const ABSOLUTE: Duration = Duration::from_micros(150);
const STEPS: usize = 300;

struct Few {
    store: Store,
    clock: ManualClock,
    ids: Mutex<Vec<SessionId>>,
    /// Every session, with the number of times that its hook ran.
    all: Mutex<Vec<(Session<u32>, Arc<AtomicUsize>)>>,
    earlier: Arc<AtomicBool>,
    /// How much the workers have done.
    steps: AtomicU64,
}

impl Few {
    fn new() -> Self {
        let (clock, earlier) = (ManualClock::new(), Arc::new(AtomicBool::new(false)));
        let called = Arc::clone(&earlier);
        let store = SessionStore::builder()
            .limits(Limits::none().global(Limit::evict_oldest(CAP)))
            .timeouts(Timeouts::none().idle(IDLE).absolute(ABSOLUTE))
            .clock(clock.clone())
            .on_earlier_deadline(move || called.store(true, Ordering::SeqCst))
            .touch_resolution(Duration::ZERO)
            .build()
            .unwrap();
        let (ids, all) = (Mutex::default(), Mutex::default());
        Self { store, clock, ids, all, earlier, steps: AtomicU64::new(0) }
    }

    fn id(&self, random: &mut Random) -> Option<SessionId> {
        let ids = self.ids.lock().unwrap();
        (!ids.is_empty()).then(|| ids[random.below(ids.len())])
    }

    fn create(&self) {
        let Ok(session) = self.store.create(plain()) else {
            return;
        };
        let ran = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&ran);
        session.on_end(move |session, tombstone| {
            count.fetch_add(1, Ordering::Relaxed);
            let idle = tombstone.at().since(tombstone.last_active());
            match tombstone.reason() {
                EndReason::IdleTimeout => assert!(session.leases() == 0 && idle >= IDLE),
                EndReason::Evicted { .. } => assert_eq!(session.leases(), 0),
                _ => {}
            }
        });
        let mut ids = self.ids.lock().unwrap();
        ids.push(session.id());
        if ids.len() > 2 * CAP {
            ids.remove(0);
        }
        drop(ids);
        self.all.lock().unwrap().push((session, ran));
    }

    fn worker(&self, mut random: Random) {
        let mut leases = Vec::new();
        for _ in 0..STEPS {
            self.steps.fetch_add(1, Ordering::Relaxed);
            let Some(id) = self.id(&mut random) else {
                self.create();
                continue;
            };
            match random.below(24) {
                0 => self.create(),
                1..8 => leases.extend(self.store.acquire(id)),
                8..16 if !leases.is_empty() => {
                    let lease = leases.swap_remove(random.below(leases.len()));
                    let end = lease.tombstone().map(|tombstone| tombstone.reason());
                    let fair = matches!(
                        end,
                        None | Some(EndReason::AbsoluteTimeout | EndReason::LoggedOut)
                    );
                    assert!(fair, "{end:?} while in use");
                }
                16..18 => drop(self.store.touch(id)),
                18..20 => drop(self.store.reap()),
                20 => drop(self.store.next_deadline()),
                21 if random.below(8) == 0 => drop(self.store.end(id)),
                _ => drop(self.store.list(&Selector::all())),
            }
        }
        drop(leases);
    }

    /// Lets workers loose, and moves time until they are done.
    fn run(&self, seed: u64) {
        const WORKERS: u64 = 3;
        let start = &Barrier::new(4);
        let mut random = Random::new(!seed);
        std::thread::scope(|scope| {
            let work = |worker| {
                scope.spawn(move || {
                    start.wait();
                    self.worker(Random::new(seed ^ worker));
                })
            };
            let workers: Vec<_> = (0..WORKERS).map(work).collect();
            start.wait();
            // Time moves with the work, or every session would be over before it is used.
            let mut done = 0;
            while workers.iter().any(|worker| !worker.is_finished()) {
                let steps = self.steps.load(Ordering::Relaxed);
                let pace = random.below(6) as u64;
                self.clock.advance(Duration::from_micros(pace * (steps - done)));
                done = steps;
                std::thread::yield_now();
            }
        });
    }

    /// Sleeping as long as the store says, and reaping, ends every session.
    fn settle(&self) {
        let stats = self.store.stats();
        assert_eq!((stats.leases, stats.application_panics), (0, 0));
        for _ in 0..1_000 {
            let Some(sleep) = self.store.next_deadline() else {
                break;
            };
            self.clock.advance(sleep);
            let _ = self.store.reap();
        }
        let stats = self.store.stats();
        assert_eq!((stats.live, stats.ended.total()), (0, stats.created));
        let all = std::mem::take(&mut *self.all.lock().unwrap());
        assert_eq!(stats.created, all.len() as u64);
        for (session, ran) in all {
            assert_eq!(ran.load(Ordering::Relaxed), 1, "hooks of {session:?}");
            assert!(session.tombstone().is_some() && session.leases() == 0);
        }
        // All permits are back.
        for _ in 0..CAP {
            self.create();
        }
        let again = self.store.stats();
        assert_eq!((again.live, again.ended.total()), (CAP, stats.created));
        assert!(again.peak <= CAP);
    }
}

#[test]
fn counts_balance_when_leases_evictions_and_deadlines_meet() {
    let seed = seed("few");
    let (mut evicted, mut idle, mut absolute) = (0, 0, 0);
    for round in 0..(500 * factor()) as u64 {
        let few = Few::new();
        few.run(seed.wrapping_add(round * 16));
        let ended = few.store.stats().ended;
        evicted += ended.evicted();
        idle += ended.count(EndReason::IdleTimeout);
        absolute += ended.count(EndReason::AbsoluteTimeout);
        few.settle();
    }
    println!("few: {evicted} evicted, {idle} idle, {absolute} at their absolute timeout");
    assert!(evicted > 0 && idle > 0 && absolute > 0, "they did not meet");
}

/// An application that sleeps until the deadline that it was told, while leases are given back.
#[test]
fn application_is_told_of_a_deadline_that_a_returned_lease_brings() {
    let rounds = 3_000 * factor();
    for round in 0..rounds {
        let few = Few::new();
        let session = few.store.create(plain().absolute_timeout(None)).unwrap();
        let lease = few.store.acquire(session.id()).unwrap();
        // The reaper meets it in use, and from then on knows of no deadline.
        few.clock.advance(IDLE);
        assert_eq!(few.store.reap().next_deadline, None);
        // What it heard of last came sooner than the lease will make it, and is over by now.
        let short = few.store.create(plain().idle_timeout(IDLE / 4)).unwrap();
        let _ = few.store.end_as(short.id(), EndAs::killed());
        let ready = AtomicUsize::new(0);
        // The lease is given back while the application asks how long it may sleep.
        let sleep = std::thread::scope(|scope| {
            scope.spawn(|| {
                meet(&ready, 2);
                (0..round % 50).for_each(|_| std::hint::spin_loop());
                drop(lease);
            });
            few.earlier.store(false, Ordering::SeqCst);
            meet(&ready, 2);
            (0..20).for_each(|_| std::hint::spin_loop());
            few.store.next_deadline()
        });
        let told = few.earlier.load(Ordering::SeqCst);
        let due = few.clock.now().saturating_add(IDLE);
        let in_time = sleep.is_some_and(|sleep| few.clock.now().saturating_add(sleep) <= due);
        assert!(told || in_time, "round {round}: told to sleep {sleep:?}, and never woken");
    }
}
