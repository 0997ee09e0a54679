//! Models of a slot at work in a store: one session or none, none lost, no thread stuck.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use super::super::engine::Engine;
use super::super::error::LoginError;
use super::super::login::get_or_login;
use super::super::options::Options;
use crate::end::EndReason;
use crate::session::{NewSession, Session};
use crate::store::models::setup;
use crate::store::{EndAs, SessionStore};
use crate::sync::checker::{by_seeds, chance, join_all, pause, spawn};
use crate::sync::{Arc, Ordering, QuietU64};

type Slot = Arc<Engine<u32>>;

/// One login at a time, or not: never, until it returns, and until the next one comes, which takes
/// it over.
const WAITS: [Option<Duration>; 3] = [None, Some(Duration::MAX), Some(Duration::ZERO)];

fn slot(single_flight: Option<Duration>) -> (SessionStore<u32>, Slot) {
    let store = setup().0.build().unwrap();
    let options = Options { single_flight, ..Options::default() };
    (store.clone(), Arc::new(Engine::new(store, options)))
}

/// Logs in, with `data` as it is when the login begins. `None` where it was not let in.
fn log_in(slot: &Slot, data: impl Fn() -> u32) -> Option<Session<u32>> {
    let mut login = || {
        let new = NewSession::new(data());
        pause();
        Ok::<_, ()>(new)
    };
    match get_or_login(|| Ok(&**slot), &mut login) {
        Ok(session) => Some(session),
        Err(LoginError::TimedOut { .. }) => None,
        Err(other) => panic!("{other:?}"),
    }
}

/// A login that fails, or panics.
fn fail(slot: &Slot) {
    let panics = chance(2) == 0;
    let mut login = || {
        pause();
        // Not by `panic!`, whose hook the checker takes for the end of the run.
        if panics { resume_unwind(Box::new("on purpose")) } else { Err("refused") }
    };
    let ask = || drop(get_or_login::<Session<u32>, _, _, _>(|| Ok(&**slot), &mut login));
    drop(catch_unwind(AssertUnwindSafe(ask)));
}

/// The session in the slot is the only one that is live, and goes with the slot.
fn one_or_none(store: &SessionStore<u32>, slot: Slot) {
    let (live, held) = (store.stats().live, slot.session());
    assert_eq!(live, usize::from(held.is_some()), "a session leaked");
    drop(slot);
    let stats = store.stats();
    assert_eq!((stats.live, stats.created), (0, stats.ended.total()));
}

#[test]
fn all_who_ask_get_the_one_session() {
    by_seeds(10_000, || {
        let (store, slot) = slot(WAITS[chance(2) as usize]);
        let threads = [0, 1, 2].map(|own| {
            let slot = Arc::clone(&slot);
            spawn(move || log_in(&slot, || own).expect("nobody is in the way"))
        });
        let sessions = threads.map(|thread| thread.join().unwrap());
        assert!(sessions.iter().all(|session| session.tombstone().is_none()));
        assert!(sessions.iter().all(|session| session.id() == sessions[0].id()));
        one_or_none(&store, slot);
    });
}

#[test]
fn a_login_that_began_before_an_invalidation_is_not_used_after_it() {
    by_seeds(20_000, || {
        let (store, slot) = slot(WAITS[chance(3) as usize]);
        let begun = Arc::new(QuietU64::new(0));
        let threads = [0, 1].map(|_| {
            let (slot, begun) = (Arc::clone(&slot), Arc::clone(&begun));
            spawn(move || {
                let session =
                    log_in(&slot, || u32::try_from(begun.load(Ordering::Relaxed)).unwrap());
                let reason =
                    session.and_then(|session| session.tombstone()).map(|end| end.reason());
                assert_ne!(reason, Some(EndReason::Replaced), "a loser was handed out");
            })
        });
        begun.store(1, Ordering::Relaxed);
        slot.invalidate();
        assert!(slot.session().is_none_or(|held| *held.data() == 1), "an invalidation was undone");
        join_all(threads);
        one_or_none(&store, slot);
    });
}

#[test]
fn nobody_is_lost_or_stuck_whatever_happens() {
    by_seeds(40_000, || {
        let (store, slot) = slot(WAITS[chance(3) as usize]);
        let threads = [0, 1, 2].map(|_| {
            let (store, slot) = (store.clone(), Arc::clone(&slot));
            let what = [chance(7), chance(7)];
            spawn(move || {
                for what in what {
                    match what {
                        0 | 1 => drop(log_in(&slot, || 0)),
                        2 => fail(&slot),
                        3 => drop(slot.invalidate()),
                        4 => drop(slot.put(&store.create(NewSession::new(0).pinned()).unwrap())),
                        5 => drop(slot.session().map(|session| {
                            store.end_as(&session.id(), EndAs::logged_out().pinned_too())
                        })),
                        _ => drop(slot.session()),
                    }
                }
            })
        });
        join_all(threads);
        one_or_none(&store, slot);
    });
}
