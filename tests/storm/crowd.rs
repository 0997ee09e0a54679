//! Many threads, many sessions: the cap holds at every instant.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::ScopedJoinHandle;

use tenure::{
    CreateError, EndAs, EndReason, Limit, Limits, NewSession, Selector, Session, SessionId,
    SessionStore, Timeouts,
};

use crate::common::{Random, factor, seed};

const CAP: usize = 400;
const CREATORS: u64 = 8;
const USERS: u64 = 3;
const CREATES: usize = 2_000;

/// What the hooks of all sessions found.
#[derive(Default)]
struct Seen {
    ended: AtomicUsize,
    twice: AtomicBool,
    evicted_in_use: AtomicBool,
}

/// Whether a session's hook has run.
type Ran = AtomicBool;

struct Storm {
    store: SessionStore<Ran>,
    seen: Arc<Seen>,
    created: AtomicUsize,
    /// The latest ids, for others to use.
    ids: Mutex<Vec<SessionId>>,
    done: AtomicBool,
    start: Barrier,
}

impl Storm {
    fn new(limits: Limits) -> Self {
        let threads = usize::try_from(CREATORS + USERS + 1).expect("a few");
        let builder = SessionStore::builder().limits(limits).timeouts(Timeouts::none());
        Self {
            store: builder.build().unwrap(),
            seen: Arc::default(),
            created: AtomicUsize::new(0),
            ids: Mutex::default(),
            done: AtomicBool::new(false),
            start: Barrier::new(threads),
        }
    }

    fn create(&self, principal: &str) -> Result<Session<Ran>, CreateError> {
        let new = NewSession::new(Ran::new(false)).principal(principal).originator("storm");
        let session = self.store.create(new)?;
        self.created.fetch_add(1, Ordering::Relaxed);
        let seen = Arc::clone(&self.seen);
        session.on_end(move |session, tombstone| {
            seen.ended.fetch_add(1, Ordering::Relaxed);
            seen.twice.fetch_or(session.data().swap(true, Ordering::Relaxed), Ordering::Relaxed);
            // An ended session gives no more leases, so one that has any now was evicted with it.
            let evicted = matches!(tombstone.reason(), EndReason::Evicted { .. });
            seen.evicted_in_use.fetch_or(evicted && session.leases() > 0, Ordering::Relaxed);
        });
        Ok(session)
    }

    fn creator(&self, number: u64) {
        self.start.wait();
        for _ in 0..CREATES {
            let Ok(session) = self.create(&format!("p{number}")) else {
                continue;
            };
            let mut ids = self.ids.lock().unwrap();
            let at = self.created.load(Ordering::Relaxed) % (2 * CAP);
            match ids.get_mut(at) {
                Some(old) => *old = session.id(),
                None => ids.push(session.id()),
            }
        }
    }

    /// Uses sessions in every way, and holds leases for a while.
    fn user(&self, mut random: Random) {
        let mut leases = Vec::new();
        self.start.wait();
        while !self.done.load(Ordering::Relaxed) {
            let id = {
                let ids = self.ids.lock().unwrap();
                if ids.is_empty() {
                    continue;
                }
                ids[random.below(ids.len())]
            };
            match random.below(20) {
                0..6 => drop(self.store.touch(id)),
                6..12 => leases.extend(self.store.acquire(id)),
                12..14 => drop(self.store.peek(id)),
                14 => drop(self.store.end(id)),
                15 => drop(self.store.rotate(id)),
                16 => drop(self.store.reap()),
                17 => drop(self.store.list(&Selector::principal("p1"))),
                18 => drop(self.store.pressure(3)),
                _ => drop(self.store.end_as(id, EndAs::killed())),
            }
            if leases.len() > 40 {
                drop(leases.swap_remove(random.below(leases.len())));
            }
            for lease in &leases {
                let end = lease.tombstone().map(|tombstone| tombstone.reason());
                assert!(!matches!(end, Some(EndReason::Evicted { .. })), "evicted while in use");
            }
        }
    }

    /// Looks at the count, by both ways there are, again and again.
    fn watch(&self, looks: &AtomicUsize) {
        self.start.wait();
        let mut more = true;
        while more {
            // One more look after the end.
            more = !self.done.load(Ordering::Relaxed);
            let stats = self.store.stats();
            assert!(stats.live <= CAP, "{} by the counter", stats.live);
            assert_eq!(stats.created, stats.live as u64 + stats.ended.total());
            let listed = self.store.list(&Selector::all()).len();
            assert!(listed <= CAP, "{listed} sessions by the list");
            looks.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn run(&self, seed: u64) -> usize {
        let looks = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let creators: Vec<_> =
                (0..CREATORS).map(|number| scope.spawn(move || self.creator(number))).collect();
            for user in 0..USERS {
                scope.spawn(move || self.user(Random::new(seed ^ user)));
            }
            scope.spawn(|| self.watch(&looks));
            let ended: Vec<_> = creators.into_iter().map(ScopedJoinHandle::join).collect();
            self.done.store(true, Ordering::Relaxed);
            assert!(ended.iter().all(Result::is_ok), "a creator panicked");
        });
        looks.into_inner()
    }

    /// All is quiet: every count must balance, and every permit be back.
    fn settle(&self) {
        let balance = |live: usize| {
            let stats = self.store.stats();
            let created = self.created.load(Ordering::Relaxed);
            assert_eq!((stats.created, stats.live), (created as u64, live));
            assert_eq!(stats.created, stats.live as u64 + stats.ended.total());
            assert_eq!(stats.ended.total(), self.seen.ended.load(Ordering::Relaxed) as u64);
            assert_eq!((stats.leases, stats.peak, stats.application_panics), (0, CAP, 0));
            assert_eq!(self.store.list(&Selector::all()).len(), live);
        };
        balance(self.store.stats().live);
        assert!(!self.seen.twice.load(Ordering::Relaxed), "a hook ran twice");
        assert!(!self.seen.evicted_in_use.load(Ordering::Relaxed), "a victim was in use");
        let _ = self.store.end_where_as(&Selector::all(), EndAs::killed());
        balance(0);
        assert!(self.store.pressure(9).principals.by_live.is_empty());

        // Exactly as many fit as before: none of the permits was lost, and none was made up.
        let mut leases = Vec::new();
        let full = loop {
            match self.create(&format!("p{}", leases.len() % 4)) {
                Ok(session) => leases.push(self.store.acquire(session.id()).unwrap()),
                Err(full) => break full,
            }
        };
        assert_eq!(leases.len(), CAP, "{full}");
        drop(leases);
        balance(CAP);
    }
}

fn storm(name: &str, limits: impl Fn() -> Limits) {
    let seed = seed(name);
    for round in 0..factor() as u64 {
        let storm = Storm::new(limits());
        let looks = storm.run(seed.wrapping_add(round));
        println!("{name}: the watcher looked {looks} times");
        storm.settle();
    }
}

#[test]
fn a_global_cap_that_evicts_holds() {
    storm("evicting", || Limits::none().global(Limit::evict_oldest(CAP)));
}

#[test]
fn a_global_cap_that_rejects_holds() {
    storm("rejecting", || Limits::none().global(Limit::reject(CAP)));
}

#[test]
fn an_originators_cap_holds() {
    storm("originator", || {
        Limits::none()
            .per_originator(Limit::evict_oldest(CAP))
            .per_principal(Limit::evict_oldest(CAP / 2))
    });
}
