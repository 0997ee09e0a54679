//! Models of the whole store, by many seeds. The directory's own locks are not the checker's, so
//! they are never held where it changes threads: see `QuietU64`.

use std::time::Duration;

use super::super::end::{EndAs, EndOutcome};
use super::super::handle::SessionStore;
use super::setup::{id, limited};
use crate::end::EndReason;
use crate::error::{CreateError, LookupError, RotateError, Shortage};
use crate::limits::{Limit, Limits};
use crate::session::{NewSession, Session};
use crate::sync::checker::{by_seeds, chance, join_all, spawn};
use crate::sync::{Arc, Ordering, QuietU64};

const CAP: usize = 2;

fn two() -> SessionStore<u32> {
    limited(Limits::none().global(Limit::evict_oldest(CAP))).0
}

/// What one thread does: sessions come, are used and go.
fn one_of_the_crowd(store: &SessionStore<u32>, shared: &Session<u32>, ends: &Arc<QuietU64>) {
    for _ in 0..3 {
        match chance(7) {
            0 | 1 => match store.create(NewSession::new(0)) {
                Ok(session) => {
                    let ends = Arc::clone(ends);
                    session.on_end(move |_, _| {
                        ends.fetch_add(1, Ordering::Relaxed);
                    });
                }
                Err(CreateError::Full { why: Shortage::AllInUse, .. }) => {}
                Err(other) => panic!("{other}"),
            },
            2 | 3 => {
                if let Ok(lease) = store.acquire(&shared.id()) {
                    assert!(store.stats().live <= CAP, "the cap was exceeded");
                    let tombstone = lease.tombstone().map(|known| known.reason());
                    let evicted = matches!(tombstone, Some(EndReason::Evicted { .. }));
                    assert!(!evicted, "it was evicted while it was in use");
                }
            }
            4 => drop(store.rotate(&shared.id())),
            // At once, or never: time stands still.
            5 => {
                let span = Duration::from_micros(u64::from(chance(2)));
                drop(store.expire_in(&shared.id(), span));
            }
            _ => drop(store.end_as(&shared.id(), EndAs::killed())),
        }
        assert!(store.stats().live <= CAP, "the cap was exceeded");
    }
}

#[test]
fn the_cap_holds_and_the_counts_balance() {
    by_seeds(15_000, || {
        let (store, ends) = (two(), Arc::new(QuietU64::new(0)));
        let shared = store.create(NewSession::new(0)).unwrap();
        let threads = [0, 1, 2].map(|_| {
            let (store, shared, ends) = (store.clone(), shared.clone(), Arc::clone(&ends));
            spawn(move || one_of_the_crowd(&store, &shared, &ends))
        });
        join_all(threads);
        let stats = store.stats();
        assert!(stats.peak <= CAP && stats.leases == 0);
        assert_eq!(stats.created, stats.live as u64 + stats.ended.total());
        // The hooks of all but the one that all threads knew.
        let others = stats.ended.total() - u64::from(shared.is_ended());
        assert_eq!(ends.load(Ordering::Relaxed), others, "a hook ran twice, or not at all");
        // Those that are left are not in use, and make room.
        for _ in 0..=CAP {
            store.create(NewSession::new(0)).expect("nobody is in use");
        }
    });
}

#[test]
fn of_two_rotations_one_wins_and_nobody_loses_the_session() {
    by_seeds(10_000, || {
        let store = two();
        let session = store.create(NewSession::new(7)).unwrap();
        let old = session.id();
        let threads = [0, 1].map(|_| {
            let store = store.clone();
            spawn(move || store.rotate(&old).is_ok())
        });
        // Either may have been replaced by the time that it is looked up, but both are known.
        for id in [old, session.id()] {
            let unknown = matches!(store.peek(&id), Err(LookupError::Unknown));
            assert!(!unknown, "neither id leads to the session");
        }
        let won = threads.into_iter().filter_map(|thread| thread.join().unwrap().then_some(()));
        assert_eq!(won.count(), 1);
        assert!(store.peek(&old).is_err() && store.peek(&session.id()).is_ok());
    });
}

#[test]
fn an_id_has_one_life_whoever_gives_it() {
    by_seeds(10_000, || {
        let (store, id) = (two(), id(99));
        let other = store.create(NewSession::new(0)).unwrap();
        let threads = [0, 1, 2].map(|thread| {
            let (store, other) = (store.clone(), other.clone());
            spawn(move || match thread {
                // A loser comes while it is live, or after it.
                0 | 1 => match store.create(NewSession::new(0).id(id)) {
                    Ok(_) => matches!(store.end(&id), EndOutcome::Ended(_)),
                    Err(CreateError::IdInUse | CreateError::IdEnded(_)) => false,
                    Err(refused) => panic!("{refused}"),
                },
                _ => match store.rotate_to(&other.id(), id) {
                    Ok(_) => matches!(store.end(&id), EndOutcome::Ended(_)),
                    Err(RotateError::IdInUse | RotateError::IdEnded(_)) => false,
                    Err(refused) => panic!("{refused}"),
                },
            })
        });
        let lives = threads.into_iter().map(|thread| thread.join().unwrap());
        assert_eq!(lives.filter(|lived| *lived).count(), 1);
        assert!(matches!(store.peek(&id), Err(LookupError::Ended(_))));
    });
}
