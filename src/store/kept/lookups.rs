//! What lookups, ends and rotations make of sessions that have idled out in a store with a keeper.

use std::time::Duration;

use super::super::end::{EndAs, EndOutcome};
use super::super::handle::SessionStore;
use super::super::selector::Selector;
use super::setup::{IDLE, Kept, Told};
use crate::end::EndReason;
use crate::error::{AcquireError, CreateError, LookupError, RotateError};
use crate::id::SessionId;
use crate::session::{NewSession, Session};
use crate::timeouts::Timeouts;

/// A store with a session that has idled out, and a handle of it.
fn idled() -> (Kept, Session<u32>) {
    let kept = Kept::new();
    let session = kept.store.create(NewSession::new(7)).unwrap();
    kept.clock.advance(IDLE);
    (kept, session)
}

type Call = fn(&SessionStore<u32>, SessionId) -> LookupError;

const CALLS: [Call; 5] = [
    |store, id| store.touch(id).unwrap_err(),
    |store, id| store.peek(id.expose()).unwrap_err(),
    |store, id| match store.acquire(id).unwrap_err() {
        AcquireError::Unknown => LookupError::Unknown,
        other => panic!("{other}"),
    },
    |store, id| match store.rotate(id).unwrap_err() {
        RotateError::Lookup(error) => error,
        other => panic!("{other}"),
    },
    |store, id| store.set_timeouts(id, Timeouts::none().idle(2 * IDLE)).unwrap_err(),
];

#[test]
fn session_that_has_idled_out_is_unknown_and_leaves() {
    for call in CALLS {
        let (kept, session) = idled();
        let id = session.id();
        assert_eq!(call(&kept.store, id), LookupError::Unknown);
        assert_eq!((kept.store.len(), kept.unloaded()), (1, vec![]), "it is held");
        drop(session);
        assert_eq!(call(&kept.store, id), LookupError::Unknown);
        assert_eq!((kept.store.len(), kept.unloaded()), (0, vec![7]));
        assert_eq!(call(&kept.store, id), LookupError::Unknown);
        kept.balances();
    }
}

#[test]
fn handle_of_a_session_that_has_idled_out_leads_to_none() {
    let (kept, session) = idled();
    assert_eq!(kept.store.touch(&session).unwrap_err(), LookupError::Unknown);
    assert!(kept.store.rotate(&session).is_err());
    assert!(session.tombstone().is_none(), "it has not ended");
    assert_eq!(kept.store.stats().lookups.unknown, 1);
}

#[test]
fn session_that_has_idled_out_ends_for_the_reason_asked_for() {
    type End = fn(&SessionStore<u32>, SessionId);
    let ends: [(EndReason, End); 5] = [
        (EndReason::LoggedOut, |store, id| {
            let _ = store.end(id);
        }),
        (EndReason::Killed, |store, id| {
            let _ = store.end_as(id, EndAs::killed());
        }),
        (EndReason::LoggedOut, |store, _| {
            assert_eq!(store.end_where(&Selector::all()).ended, 1);
        }),
        (EndReason::Removed, |store, id| {
            let _ = store.end_for(id, EndReason::Removed);
        }),
        (EndReason::StoreClosed, |store, _| {
            let _ = store.close();
        }),
    ];
    for (reason, end) in ends {
        let (kept, session) = idled();
        end(&kept.store, session.id());
        assert_eq!(session.tombstone().map(|tombstone| tombstone.reason()), Some(reason));
        assert_eq!(kept.notes.take(), [Told::Ended(session.id(), 7, reason)]);
        assert_eq!(kept.store.stats().ended.count(reason), 1);
        kept.balances();
    }
}

#[test]
fn id_of_a_session_that_has_idled_out_is_in_use() {
    let (kept, session) = idled();
    let taken = kept.store.create(NewSession::new(8).id(session.id())).unwrap_err();
    assert_eq!(taken, CreateError::IdInUse);
}

#[test]
fn keeper_hears_of_rotations() {
    let kept = Kept::new();
    let session = kept.store.create(NewSession::new(7)).unwrap();
    let (old, track) = (session.id(), session.track_id());
    kept.store.rotate(old).unwrap();
    let new = session.id();
    assert_eq!(kept.notes.take(), [Told::Rotated(old, new, 7)]);
    assert_eq!(session.track_id(), track);
    drop(session);
    kept.clock.advance(IDLE);
    let _ = kept.store.reap();
    assert_eq!(kept.unloaded(), [7]);
    assert!(matches!(kept.store.peek(old), Err(LookupError::Ended(_))), "as it was replaced");
}

#[test]
fn end_for_ends_by_the_very_id_and_pinned_too() {
    let kept = Kept::with(|builder| builder.rotation_grace(Duration::from_secs(9)));
    let session = kept.store.create(NewSession::new(7).pinned()).unwrap();
    let old = session.id();
    kept.store.rotate(old).unwrap();
    let before = kept.store.end_for(old, EndReason::Killed);
    let EndOutcome::AlreadyEnded(replaced) = before else { panic!("{before:?}") };
    assert_eq!(replaced.reason(), EndReason::Replaced);
    let EndOutcome::Ended(tombstone) = kept.store.end_for(session.id(), EndReason::IdleTimeout)
    else {
        panic!("it was live")
    };
    assert_eq!(tombstone.reason(), EndReason::IdleTimeout);
    let again = kept.store.end_for(session.id(), EndReason::Removed);
    assert_eq!(again, EndOutcome::AlreadyEnded(tombstone));
    let never = SessionId::from_bytes([9; 16]);
    assert_eq!(kept.store.end_for(never, EndReason::Removed), EndOutcome::Unknown);
}
