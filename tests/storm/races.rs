//! Two or more calls on one session at once: one of them wins, and all agree on which.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tenure::{
    EndAs, EndOutcome, EndReason, Limit, Limits, LookupError, RotateError, Selector, SessionId,
    SessionStore, Timeouts, Tombstone,
};

use crate::common::{Store, add_one, factor, plain, secs, spin_until};

const ROUNDS: usize = 300;

fn store() -> Store {
    let limits = Limits::none().global(Limit::evict_oldest(1));
    SessionStore::builder().limits(limits).timeouts(Timeouts::none()).build().unwrap()
}

/// Runs these at the same moment.
fn at_once(store: &Store, calls: &[&(dyn Fn(&Store) + Sync)]) {
    let start = Barrier::new(calls.len());
    std::thread::scope(|scope| {
        for call in calls {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                call(store);
            });
        }
    });
}

#[test]
fn one_of_several_concurrent_ends_wins() {
    for round in 0..ROUNDS * factor() {
        let store = store();
        let session = store.create(plain()).unwrap();
        let (id, hooks) = (session.id(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&hooks);
        session.on_end(move |_, _| add_one(&count));
        let won = AtomicUsize::new(0);
        let tombstones: Mutex<Vec<Tombstone>> = Mutex::default();
        let end = |end: fn(&Store, &SessionId) -> EndOutcome| {
            let (won, tombstones) = (&won, &tombstones);
            move |store: &Store| match end(store, &id) {
                EndOutcome::Ended(tombstone) => {
                    won.fetch_add(1, Ordering::Relaxed);
                    tombstones.lock().unwrap().push(tombstone);
                }
                EndOutcome::AlreadyEnded(tombstone) => tombstones.lock().unwrap().push(tombstone),
                other => panic!("{other:?}"),
            }
        };
        let end_it = end(|store, id| store.end(id));
        let kill_it = end(|store, id| store.end_as(id, EndAs::killed()));
        let won_too = &won;
        let bulk = move |store: &Store| {
            won_too.fetch_add(
                store.end_where_as(&Selector::all(), EndAs::killed()).ended,
                Ordering::Relaxed,
            );
        };
        // The eviction counts as a win through its reason. Its newcomer may be killed in bulk.
        let evict = |store: &Store| drop(store.create(plain()));
        let calls: [&(dyn Fn(&Store) + Sync); 4] = [&end_it, &kill_it, &bulk, &evict];
        at_once(&store, &calls[..if round % 2 == 0 { 3 } else { 4 }]);

        let tombstone = session.tombstone().expect("it has ended");
        assert!(tombstones.lock().unwrap().iter().all(|other| *other == tombstone));
        assert_eq!(hooks.load(Ordering::Relaxed), 1, "hooks, round {round}");
        let stats = store.stats();
        assert_eq!(stats.ended.total(), stats.created - stats.live as u64);
        let evicted = u64::from(matches!(tombstone.reason(), EndReason::Evicted { .. }));
        assert_eq!(won.load(Ordering::Relaxed) as u64 + evicted, stats.ended.total());
    }
}

#[test]
fn one_of_two_concurrent_rotations_wins() {
    // An id in its grace still leads to the session, but not to another id.
    for grace in [secs(0), secs(60)] {
        for _ in 0..ROUNDS * factor() {
            let store: Store = SessionStore::builder().rotation_grace(grace).build().unwrap();
            let session = store.create(plain()).unwrap();
            let old = session.id();
            let won: Mutex<Vec<SessionId>> = Mutex::default();
            let rotate = |store: &Store| match store.rotate(old) {
                Ok(session) => won.lock().unwrap().push(session.id()),
                Err(RotateError::Lookup(LookupError::Ended(tombstone))) => {
                    assert_eq!(tombstone.reason(), EndReason::Replaced);
                }
                Err(other) => panic!("{other}"),
            };
            at_once(&store, &[&rotate, &rotate]);
            assert_eq!(*won.lock().unwrap(), [session.id()]);
            assert_eq!((store.stats().rotated, store.stats().live), (1, 1));
            assert!(store.peek(session.id()).is_ok());
            assert_eq!(store.peek(old).is_ok(), !grace.is_zero());
        }
    }
}

#[test]
fn concurrent_rotation_does_not_undo_an_end() {
    for _ in 0..ROUNDS * factor() {
        let store = store();
        let session = store.create(plain()).unwrap();
        let old = session.id();
        let ended = AtomicUsize::new(0);
        let end = |store: &Store| {
            let found = matches!(store.end(old), EndOutcome::Ended(_));
            ended.fetch_add(usize::from(found), Ordering::Relaxed);
        };
        let rotate = |store: &Store| drop(store.rotate(old));
        at_once(&store, &[&end, &rotate]);
        // Either the old id was replaced before the end came, or the session is over by any id.
        let over = ended.load(Ordering::Relaxed) == 1;
        assert_eq!(session.is_ended(), over);
        assert_eq!(store.peek(session.id()).is_err(), over);
        assert!(store.peek(old).is_err());
        assert_eq!(store.stats().live, usize::from(!over));
    }
}

#[test]
fn a_hook_registered_during_the_end_runs_once() {
    for _ in 0..ROUNDS * factor() {
        let store = store();
        let session = store.create(plain()).unwrap();
        let (id, runs) = (session.id(), Arc::new(AtomicUsize::new(0)));
        let register = |_: &Store| {
            let count = Arc::clone(&runs);
            session.on_end(move |_, _| add_one(&count));
        };
        let kill = |store: &Store| {
            let _ = store.end_as(id, EndAs::killed());
        };
        at_once(&store, &[&register, &kill, &register]);
        assert_eq!(runs.load(Ordering::Relaxed), 2);
    }
}

#[test]
fn id_read_from_a_handle_is_never_unknown() {
    let rotations = 300 * ROUNDS * factor();
    // Every rotated id is remembered: none is unknown because it is forgotten.
    let builder = SessionStore::builder().tombstones(rotations, secs(3_600));
    let store: Store = builder.build().unwrap();
    let session = store.create(plain()).unwrap();
    let done = AtomicBool::new(false);
    let rotate = |store: &Store| {
        for _ in 0..rotations {
            store.rotate(session.id()).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    };
    let look = |store: &Store| {
        while !done.load(Ordering::Relaxed) {
            // Between the two calls it may be rotated again, which is no reason not to know it.
            match store.peek(session.id()) {
                Ok(found) => assert_eq!(found.track_id(), session.track_id()),
                Err(LookupError::Ended(tombstone)) => {
                    assert_eq!(tombstone.reason(), EndReason::Replaced);
                }
                Err(other) => panic!("{other}"),
            }
        }
    };
    at_once(&store, &[&rotate, &look, &look]);
    assert_eq!(store.stats().rotated, rotations as u64);
}

#[test]
fn session_is_evictable_once_its_lease_is_given_back() {
    for _ in 0..3 * ROUNDS * factor() {
        let store = store();
        let session = store.create(plain()).unwrap();
        let lease = Mutex::new(Some(store.acquire(session.id()).unwrap()));
        // The store has met it in use, and must not go on believing that.
        assert!(store.create(plain()).is_err());
        let returned = AtomicBool::new(false);
        let give_back = |_: &Store| {
            drop(lease.lock().unwrap().take());
            returned.store(true, Ordering::Release);
        };
        let create = |store: &Store| {
            spin_until(|| returned.load(Ordering::Acquire));
            store.create(plain()).expect("nobody is in use");
        };
        at_once(&store, &[&give_back, &create]);
        assert!(session.is_ended());
    }
}

#[test]
fn session_is_never_unknown_while_it_ends() {
    let rounds = 20 * ROUNDS * factor();
    let builder = SessionStore::builder().tombstones(rounds, secs(3_600));
    let store: Store = builder.build().unwrap();
    let sessions: Vec<_> = (0..rounds).map(|_| store.create(plain()).unwrap().id()).collect();
    let (turn, unknown) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let end = |store: &Store| {
        for (round, id) in sessions.iter().enumerate() {
            spin_until(|| turn.load(Ordering::Acquire) > round);
            let _ = store.end_as(id, EndAs::killed());
        }
    };
    let look = |store: &Store| {
        for id in &sessions {
            turn.fetch_add(1, Ordering::Release);
            spin_until(|| match store.peek(id) {
                Ok(_) => false,
                Err(LookupError::Ended(_)) => true,
                Err(_) => {
                    add_one(&unknown);
                    true
                }
            });
        }
    };
    at_once(&store, &[&end, &look]);
    assert_eq!(unknown.into_inner(), 0);
}
