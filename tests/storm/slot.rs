//! Many threads on one slot.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tenure::slot::{LoginError, ReusableSession};
use tenure::{
    EndAs, EndReason, ManualClock, NewSession, Session, SessionStore, Tick, Timeouts, Tombstone,
};

use crate::common::{Random, factor, meet, secs, seed};

/// How long a session of a slot lives, and how far the clock goes at a time.
pub(crate) const LIFE: Duration = Duration::from_millis(20);
const STEP: Duration = Duration::from_micros(500);

/// The order of what happened, over all threads. Every moment is another number.
static ORDER: AtomicU64 = AtomicU64::new(1);

fn moment() -> u64 {
    ORDER.fetch_add(1, Ordering::SeqCst)
}

/// What is known of a session: the moment at which it had ended, 0 before.
#[derive(Default)]
pub(crate) struct Mark {
    ended: AtomicU64,
    pub(crate) lent: AtomicBool,
}

pub(crate) fn new() -> NewSession<Mark> {
    NewSession::new(Mark::default())
}

pub(crate) fn note_end(session: &Session<Mark>, _: &Tombstone) {
    session.data().ended.store(moment(), Ordering::SeqCst);
}

/// A session that a call returns must not have ended or expired before the call began.
pub(crate) struct Call<'a> {
    clock: &'a ManualClock,
    began: u64,
    time: Tick,
}

impl<'a> Call<'a> {
    pub(crate) fn begin(clock: &'a ManualClock) -> Self {
        Self { clock, began: moment(), time: tenure::Clock::now(clock) }
    }

    pub(crate) fn answers(&self, session: &Session<Mark>) {
        let ended = session.data().ended.load(Ordering::SeqCst);
        assert!(ended == 0 || ended > self.began, "it ended at {ended}, before {}", self.began);
        let deadline = session.created_at().saturating_add(LIFE);
        assert!(deadline > self.time, "it expired at {deadline:?}, before {:?}", self.time);
        assert!(tenure::Clock::now(self.clock) >= self.time);
    }
}

pub(crate) fn store(clock: &ManualClock) -> SessionStore<Mark> {
    let builder = SessionStore::builder().timeouts(Timeouts::none().absolute(LIFE));
    builder.clock(clock.clone()).build().unwrap()
}

/// All is quiet: nothing is counted twice, and the slots hold all that is pinned.
pub(crate) fn settle(store: &SessionStore<Mark>, held: usize) {
    let _ = store.reap();
    let stats = store.stats();
    assert_eq!(stats.created, stats.live as u64 + stats.ended.total());
    assert_eq!((stats.pinned, stats.live, stats.application_panics), (held, held, 0), "{stats:?}");
    assert!(stats.leases == 0);
}

/// Runs `work` in several threads, and moves time in another until they are done.
pub(crate) fn storm(clock: &ManualClock, seed: u64, threads: u64, work: impl Fn(Random) + Sync) {
    let done = AtomicBool::new(false);
    let start = Barrier::new(usize::try_from(threads).expect("a few"));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                let (work, start) = (&work, &start);
                scope.spawn(move || {
                    start.wait();
                    work(Random::new(seed ^ (number << 32)));
                })
            })
            .collect();
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                clock.advance(STEP);
                std::thread::yield_now();
            }
        });
        let ended: Vec<_> = workers.into_iter().map(|worker| worker.join().is_ok()).collect();
        done.store(true, Ordering::Relaxed);
        assert!(ended.into_iter().all(|ended| ended), "a thread panicked");
    });
}

/// 64 threads do everything there is to do with one slot.
fn one_slot(name: &str, single_flight: bool) {
    const THREADS: u64 = 64;
    let seed = seed(name);
    let clock = ManualClock::new();
    let store = store(&clock);
    let mut slot = ReusableSession::new(&store).on_end(note_end);
    if single_flight {
        slot = slot.single_flight(secs(600));
    }
    let (logins, contended) = (AtomicU64::new(0), AtomicU64::new(0));
    storm(&clock, seed, THREADS, |mut random| {
        let mut known = None;
        for _ in 0..400 * factor() {
            let call = Call::begin(&clock);
            match random.below(100) {
                0..40 => {
                    known = slot.get();
                    if let Some(session) = &known {
                        call.answers(session);
                    }
                }
                40..80 => {
                    let login = || {
                        logins.fetch_add(1, Ordering::Relaxed);
                        std::thread::yield_now();
                        new()
                    };
                    match slot.get_or_login(login) {
                        Ok(session) => {
                            call.answers(&session);
                            known = Some(session);
                        }
                        // Logins that came too late, and sessions that were gone when they were
                        // looked at: it ends at eight of either.
                        Err(LoginError::Contended { tries: 8..=16 }) => {
                            contended.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                80..84 => drop(slot.try_get_or_login(|| Err("refused"))),
                84..88 => drop(slot.replace(new()).unwrap()),
                88..91 => _ = slot.invalidate(),
                91..94 => _ = known.take().map(|session| slot.invalidate_session(&session)),
                94..97 => {
                    _ = known.take().map(|session| {
                        store.end_as(session.id(), EndAs::logged_out().pinned_too())
                    });
                }
                97 => drop(known.take().map(|session| store.rotate(session.id()))),
                98 => _ = known.take().map(|session| store.end_as(session.id(), EndAs::killed())),
                _ => _ = store.reap(),
            }
            let pinned = store.stats().pinned;
            assert!(pinned <= 1 + 64, "{pinned} live at once");
        }
    });
    let stats = store.stats();
    println!("{name}: {logins:?} logins, {contended:?} gave up, {:?}", stats.ended);
    settle(&store, usize::from(slot.get().is_some()));
    slot.get_or_login(new).unwrap();
    settle(&store, 1);
    drop(slot);
    settle(&store, 0);
}

#[test]
fn slot_ends_every_session_once_under_concurrency() {
    one_slot("slot", false);
}

#[test]
fn single_flight_ends_every_session_once_under_concurrency() {
    one_slot("single flight", true);
}

/// Invalidating one session does not take its successor out of the slot.
#[test]
fn invalidating_a_session_spares_its_successor() {
    let store = store(&ManualClock::new());
    let slot = ReusableSession::new(&store);
    for _ in 0..5_000 * factor() {
        let old = slot.replace(new()).unwrap();
        let ready = AtomicUsize::new(0);
        let (mut replaced, mut given_up) = (None, false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                meet(&ready, 2);
                replaced = Some(slot.replace(new()).unwrap());
            });
            meet(&ready, 2);
            given_up = slot.invalidate_session(&old);
        });
        let why = old.tombstone().unwrap().reason();
        assert_eq!(why, if given_up { EndReason::Killed } else { EndReason::Replaced });
        let held = slot.get().expect("the replacement is in it");
        assert!(std::ptr::eq(held.data(), replaced.unwrap().data()));
    }
    settle(&store, 1);
}
