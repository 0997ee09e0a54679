//! Models of unloading: what a session is leased, held or ended by meanwhile.

use super::super::end::EndOutcome;
use super::super::handle::SessionStore;
use super::setup::{id, setup};
use crate::clock::StillClock;
use crate::end::Tombstone;
use crate::error::{AcquireError, CreateError, LookupError, Shortage};
use crate::event_log::{EventKind, Filter};
use crate::id::SessionId;
use crate::limits::{Limit, Limits};
use crate::session::{NewSession, Session};
use crate::sync::checker::{exhaustively, interrupted_at_most, spawn};
use crate::sync::{Arc, Ordering, QuietU64};
use crate::table::Keeper;
use crate::tick::Tick;

type Store = SessionStore<u32>;

/// The data of sessions that may not be unloaded.
const REFUSED: u32 = 1;

/// Notes when the last session that it let go was last active.
#[derive(Default)]
struct Notes(QuietU64);

impl Keeper<u32> for Notes {
    fn unload(&self, _: SessionId, data: &u32, last_active: Tick) -> bool {
        self.0.store(last_active.as_micros(), Ordering::Relaxed);
        *data != REFUSED
    }

    fn ended(&self, _: SessionId, _: &u32, _: &Tombstone) {}

    fn rotated(&self, _: SessionId, _: SessionId, _: &u32) {}
}

/// A full store of one session, with a keeper; the session's id is 1. How victims are found: in an
/// index, or in a group without one.
fn full(data: u32, by_index: bool) -> (Store, Session<u32>, Arc<Notes>, StillClock) {
    let (builder, clock) = setup();
    let (limit, notes) = (Limit::evict_oldest(1), Arc::new(Notes::default()));
    let none = Limits::none();
    let limits = if by_index { none.global(limit) } else { none.per_principal(limit) };
    let store = builder.limits(limits).keeper(notes.clone()).build().unwrap();
    let session = store.create(NewSession::new(data).principal("alice")).unwrap();
    (store, session, notes, clock)
}

fn new() -> NewSession<u32> {
    NewSession::new(0).principal("alice")
}

/// Whether there was room for a newcomer, and so another was unloaded.
fn room(store: &Store) -> bool {
    match store.create(new()) {
        Ok(_) => true,
        Err(CreateError::Full { why: Shortage::AllInUse, .. }) => false,
        Err(other) => panic!("{other}"),
    }
}

/// What holds at every quiet moment.
fn balances(store: &Store, unloaded: bool) {
    let stats = store.stats();
    assert_eq!(stats.unloaded, u64::from(unloaded));
    assert_eq!(stats.created, stats.live as u64 + stats.ended.total() + stats.unloaded);
    assert_eq!((stats.live, stats.leases), (1, 0));
}

#[test]
fn a_leased_session_is_not_unloaded() {
    for by_index in [true, false] {
        interrupted_at_most(4, 700, move || {
            let (store, session, _, _clock) = full(0, by_index);
            drop(session);
            let user = spawn({
                let store = store.clone();
                move || match store.acquire(id(1)) {
                    Ok(lease) => {
                        assert!(store.peek(id(1)).is_ok(), "it was unloaded in use");
                        drop(lease);
                        true
                    }
                    Err(AcquireError::Unknown) => false,
                    Err(other) => panic!("{other}"),
                }
            });
            let unloaded = room(&store);
            let used = user.join().unwrap();
            assert!(used || unloaded, "it was there, and unknown");
            balances(&store, unloaded);
            assert_eq!(store.peek(id(1)).is_ok(), !unloaded);
            assert!(room(&store), "nothing is in use");
        });
    }
}

#[test]
fn a_session_that_a_handle_holds_is_not_unloaded() {
    for by_index in [true, false] {
        exhaustively(10_000, move || {
            let (store, session, _, _clock) = full(0, by_index);
            let user = spawn({
                let store = store.clone();
                move || {
                    let another = session.clone();
                    drop(session);
                    assert!(store.touch(&another).is_ok(), "it was unloaded while it was held");
                    drop(another);
                }
            });
            let unloaded = room(&store);
            user.join().unwrap();
            balances(&store, unloaded);
            assert!(room(&store), "nothing is held");
        });
    }
}

#[test]
fn no_touch_is_lost_by_an_unload() {
    for by_index in [true, false] {
        exhaustively(6_000, move || {
            let (store, session, notes, clock) = full(0, by_index);
            drop(session);
            clock.set(2);
            let user = spawn({
                let store = store.clone();
                move || {
                    let touched = store.touch(id(1));
                    assert!(!matches!(touched, Err(LookupError::Ended(_))));
                    touched.is_ok()
                }
            });
            // It may find the session before the touch, and unload it after that.
            let unloaded = room(&store);
            let touched = user.join().unwrap();
            let told = Tick::from_micros(notes.0.load(Ordering::Relaxed));
            assert!(!touched || !unloaded || told == Tick::from_micros(2), "its touch was lost");
            assert!(touched || unloaded, "it was there, and unknown");
        });
    }
}

#[test]
fn a_session_that_the_keeper_refuses_to_let_go_is_always_found() {
    exhaustively(100, || {
        let (store, session, _, _clock) = full(REFUSED, true);
        drop(session);
        let user = spawn({
            let store = store.clone();
            move || {
                assert!(store.peek(id(1)).is_ok(), "it was here all the time");
                assert!(store.rotate(id(1)).is_ok(), "it was here all the time");
            }
        });
        assert!(!room(&store));
        user.join().unwrap();
        assert!(!room(&store));
        balances(&store, false);
    });
}

#[test]
fn a_session_ends_or_is_unloaded() {
    exhaustively(5, || {
        let (store, session, _, _clock) = full(0, true);
        drop(session);
        let user = spawn({
            let store = store.clone();
            move || store.end(id(1))
        });
        assert!(room(&store));
        let ended = match user.join().unwrap() {
            EndOutcome::Ended(_) => true,
            EndOutcome::Unknown => false,
            other => panic!("{other:?}"),
        };
        balances(&store, !ended);
        assert_eq!(store.stats().ended.total(), u64::from(ended));
        let remembered = store.peek(id(1)).unwrap_err().tombstone();
        assert_eq!(remembered.is_some(), ended);
    });
}

#[test]
fn a_weak_pointer_shows_no_session_that_was_unloaded() {
    exhaustively(4, || {
        let (store, session, _, _clock) = full(0, true);
        let filter = Filter::all().session(&session);
        drop(session);
        // It upgrades a weak pointer outside the store's lock.
        let follower = spawn({
            let store = store.clone();
            move || {
                let (shown, events) = store.subscribe_with_snapshot(filter);
                (shown.len(), events)
            }
        });
        let unloaded = room(&store);
        let (shown, mut events) = follower.join().unwrap();
        let told = events.try_recv().unwrap().map(|event| event.kind());
        match (shown, told) {
            (0, None) => assert!(unloaded, "it was live, and not shown"),
            (1, Some(EventKind::Unloaded)) => assert!(unloaded),
            (1, None) => assert!(!unloaded, "it is gone, and the follower was not told"),
            other => panic!("{other:?}"),
        }
        drop(events);
        assert!(unloaded || room(&store), "nothing holds it");
    });
}
