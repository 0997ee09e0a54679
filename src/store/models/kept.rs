//! Models of a store with a keeper at work, by many seeds.

use super::super::end::EndOutcome;
use super::super::handle::SessionStore;
use super::super::load::LoadError;
use super::super::newcomer::Loaded;
use super::setup::{id, setup};
use crate::end::Tombstone;
use crate::error::{CreateError, LookupError, Shortage};
use crate::id::SessionId;
use crate::limits::{Limit, Limits};
use crate::session::{NewSession, Session};
use crate::sync::checker::{by_seeds, chance, join_all, spawn};
use crate::sync::{Arc, Mutex};
use crate::table::Keeper;
use crate::tick::Tick;

const CAP: usize = 2;

/// The sessions that are elsewhere alone.
#[derive(Default)]
struct Elsewhere(Mutex<Vec<SessionId>>);

impl Keeper<u32> for Elsewhere {
    fn unload(&self, id: SessionId, _: &u32, _: Tick) -> bool {
        let agrees = chance(4) > 0;
        if agrees {
            self.0.lock().push(id);
        }
        agrees
    }

    fn ended(&self, _: SessionId, _: &u32, _: &Tombstone) {}

    fn rotated(&self, _: SessionId, _: SessionId, _: &u32) {}
}

/// Whether it was refused because nothing can be unloaded.
fn crowded(error: &CreateError) -> bool {
    matches!(error, CreateError::Full { why: Shortage::AllInUse, .. })
}

/// It is in hand, so it is live, or has ended with a tombstone.
fn goes_on_or_has_ended(session: &Session<u32>) {
    let gone = session.record.word.load().ended() && session.tombstone().is_none();
    assert!(!gone, "it was unloaded while it was in hand");
}

/// What one thread does with the session of this id, and with others.
fn one_of_the_crowd(store: &SessionStore<u32>, shared: SessionId) {
    for _ in 0..3 {
        match chance(8) {
            0 | 1 => match store.create(NewSession::new(0)) {
                Ok(session) => goes_on_or_has_ended(&session),
                Err(error) => assert!(crowded(&error), "{error}"),
            },
            2 => {
                if let Ok(lease) = store.acquire(shared) {
                    goes_on_or_has_ended(&lease);
                    assert!(store.stats().live <= CAP, "the cap was exceeded");
                    goes_on_or_has_ended(&lease);
                }
            }
            3 => {
                if let Ok(session) = store.peek(shared) {
                    let touched = store.touch(&session);
                    assert_ne!(touched.err(), Some(LookupError::Unknown), "it is in hand");
                }
            }
            4 | 5 => match store.load_leased(NewSession::new(0).id(shared), Loaded::default()) {
                Ok((lease, _)) => goes_on_or_has_ended(&lease),
                Err(LoadError::Refused(error)) => assert!(crowded(&error), "{error}"),
                Err(LoadError::Ended(_)) => {}
                Err(other) => panic!("{other:?}"),
            },
            6 => store.table().reconsider(),
            _ => {
                if chance(4) == 0 {
                    let ended = store.end(shared);
                    assert_ne!(ended, EndOutcome::Kept);
                }
            }
        }
        assert!(store.stats().live <= CAP, "the cap was exceeded");
    }
}

#[test]
fn what_is_in_hand_is_not_unloaded_and_the_counts_balance() {
    by_seeds(10_000, || {
        let elsewhere = Arc::new(Elsewhere::default());
        let limits = Limits::none().global(Limit::evict_oldest(CAP));
        let store = setup().0.limits(limits).keeper(elsewhere.clone()).build().unwrap();
        let shared = id(99);
        drop(store.create(NewSession::new(0).id(shared)).unwrap());
        let threads = [0, 1, 2].map(|_| {
            let store = store.clone();
            spawn(move || one_of_the_crowd(&store, shared))
        });
        join_all(threads);
        let stats = store.stats();
        assert!(stats.peak <= CAP && stats.leases == 0);
        let (came, left) = (stats.created + stats.loaded, stats.ended.total() + stats.unloaded);
        assert_eq!(came, stats.live as u64 + left);
        assert_eq!(stats.unloaded, elsewhere.0.lock().len() as u64);
        match store.peek(shared) {
            Ok(session) => assert!(!session.is_ended()),
            Err(LookupError::Ended(_)) => assert_eq!(stats.ended.total(), 1),
            Err(LookupError::Unknown) => assert!(elsewhere.0.lock().contains(&shared)),
        }
        // Nothing is in hand: there is room as soon as the keeper agrees.
        let room = (0..100).any(|_| store.create(NewSession::new(0)).is_ok());
        assert!(room, "nothing is in hand");
    });
}
