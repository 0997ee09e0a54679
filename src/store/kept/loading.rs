//! Sessions that come back from elsewhere.

use std::time::Duration;

use super::super::load::LoadError;
use super::super::newcomer::Loaded;
use super::super::selector::Selector;
use super::setup::{ABSOLUTE, IDLE, Kept};
use crate::end::EndReason;
use crate::error::{CreateError, Shortage};
use crate::event_log::{EventKind, Filter};
use crate::id::{SessionId, TrackId};
use crate::limits::{Limit, Limits};
use crate::session::{MAX_LEASES, NewSession};

const ID: SessionId = SessionId::from_bytes([7; 16]);
const SECOND: Duration = Duration::from_secs(1);
const AS_IT_IS: Loaded = Loaded { track: None };

fn known(data: u32) -> NewSession<u32> {
    NewSession::new(data).id(ID).age(10 * SECOND).principal("alice")
}

#[test]
fn unloaded_session_comes_back_as_it_was() {
    let kept = Kept::new();
    let id = kept.create(7);
    let track = kept.store.peek(id).unwrap().track_id();
    kept.clock.advance(IDLE);
    let _ = kept.store.reap();

    let mut events = kept.store.subscribe(Filter::all());
    let (session, is_new) = kept.store.load(known(8).id(id).age(IDLE), AS_IT_IS).unwrap();
    assert!(is_new);
    assert_eq!((session.id(), session.track_id(), *session.data()), (id, track, 8));
    assert_eq!(session.created_at(), kept.store.now().saturating_sub(IDLE));
    assert_eq!((session.last_active(), session.principal()), (kept.store.now(), Some("alice")));
    assert_eq!(session.expires_in(), Some(IDLE));
    assert_eq!(events.try_recv().unwrap().unwrap().kind(), EventKind::Loaded);
    assert!(events.try_recv().unwrap().is_none());
    let stats = kept.store.stats();
    assert_eq!((stats.created, stats.loaded, stats.unloaded, stats.live), (1, 1, 1, 1));
    assert_eq!(kept.store.pressure(1).principals.by_untouched, [], "it is in use");
    assert!(kept.store.touch(id).is_ok());
    kept.balances();
}

#[test]
fn unloaded_session_leaves_the_count_of_those_that_were_used() {
    let kept = Kept::new();
    let untouched = || {
        let top = kept.store.pressure(1).principals.by_untouched;
        top.first().map(|alice| alice.count)
    };
    kept.store.load(known(7), AS_IT_IS).unwrap();
    kept.clock.advance(IDLE);
    kept.store.create(NewSession::new(8).principal("alice")).unwrap();
    assert_eq!(untouched(), Some(1), "the loaded one is in use");
    let _ = kept.store.reap();
    assert_eq!((kept.unloaded(), untouched()), (vec![7], Some(1)));
}

#[test]
fn session_that_was_rotated_elsewhere_keeps_its_track_id() {
    let kept = Kept::new();
    let mut events = kept.store.subscribe(Filter::all());
    let track = TrackId::from_bytes([1; 16]);
    let (session, _) = kept.store.load(known(7), Loaded { track: Some(track) }).unwrap();
    assert_eq!(session.track_id(), track);
    kept.store.rotate(ID).unwrap();
    assert_eq!((session.track_id(), session.info().track_id()), (track, track));
    assert_eq!(kept.store.end_where(&Selector::track_id(track)).ended, 1);
    for kind in [EventKind::Loaded, EventKind::Rotated, EventKind::Ended] {
        let event = events.try_recv().unwrap().unwrap();
        assert_eq!((event.kind(), event.session().unwrap().track_id()), (kind, track));
    }
    // Such a cold part does not hold a session.
    kept.store
        .load(known(8).id(SessionId::from_bytes([8; 16])), Loaded { track: Some(track) })
        .unwrap();
    kept.clock.advance(IDLE);
    let _ = kept.store.reap();
    assert_eq!(kept.unloaded(), [8]);
}

#[test]
fn live_session_is_revived_however_it_was_held() {
    let kept = Kept::new();
    let (session, _) = kept.store.load(known(7), AS_IT_IS).unwrap();
    kept.clock.advance(IDLE);
    let _ = kept.store.reap();
    assert!(kept.store.peek(ID).is_err() && kept.store.next_deadline() > Some(IDLE), "parked");

    let (again, is_new) = kept.store.load(known(8).idle_for(SECOND), AS_IT_IS).unwrap();
    assert!(!is_new && again == session && *again.data() == 7);
    assert_eq!(session.last_active(), kept.store.now().saturating_sub(SECOND));
    assert_eq!(kept.store.next_deadline(), IDLE.checked_sub(SECOND), "it is found again");
    kept.store.load(known(8).idle_for(9 * SECOND), AS_IT_IS).unwrap();
    assert_eq!(session.last_active(), kept.store.now().saturating_sub(SECOND), "never back");

    let (lease, is_new) = kept.store.load_leased(known(8), AS_IT_IS).unwrap();
    assert_eq!((is_new, session.leases()), (false, 1));
    assert_eq!(session.last_active(), kept.store.now());
    drop(lease);
    let stats = kept.store.stats();
    assert_eq!((stats.loaded, stats.leases, stats.live), (1, 0, 1));
    drop((session, again));
    kept.clock.advance(IDLE);
    let _ = kept.store.reap();
    assert_eq!(kept.unloaded(), [7]);
    kept.balances();
}

#[test]
fn lease_of_a_loaded_session_is_held_and_given_back() {
    let kept = Kept::new();
    let long_idle = known(7).idle_for(2 * IDLE).age(3 * IDLE);
    let (lease, is_new) = kept.store.load_leased(long_idle, AS_IT_IS).unwrap();
    assert_eq!((is_new, lease.leases(), lease.last_active()), (true, 1, kept.store.now()));
    let rest: Vec<_> = (1..MAX_LEASES).map(|_| kept.store.acquire(ID).unwrap()).collect();
    let refused = kept.store.load_leased(known(8), AS_IT_IS).unwrap_err();
    assert_eq!(refused, LoadError::TooManyLeases { max: MAX_LEASES });
    assert!(kept.store.load(known(8), AS_IT_IS).is_ok());
    drop((lease, rest));
    assert_eq!(kept.store.stats().leases, 0);
}

#[test]
fn collection_decides_that_a_session_has_not_idled_out() {
    let kept = Kept::new();
    let new = known(7).age(SECOND).idle_for(2 * IDLE);
    let (session, _) = kept.store.load(new, AS_IT_IS).unwrap();
    assert_eq!(session.last_active(), kept.store.now().saturating_sub(2 * IDLE));
    assert!(session.created_at() <= session.last_active());
    let over = kept.store.load(known(8).id(SessionId::from_bytes([8; 16])).age(ABSOLUTE), AS_IT_IS);
    assert!(matches!(
        over,
        Err(LoadError::Refused(CreateError::Expired { which: "absolute", .. }))
    ));
}

#[test]
fn ended_session_does_not_come_back() {
    let kept = Kept::new();
    kept.store.load(known(7), AS_IT_IS).unwrap();
    let _ = kept.store.end(ID);
    let tombstone = kept.store.peek(ID).unwrap_err().tombstone().unwrap();
    assert_eq!(kept.store.load(known(8), AS_IT_IS).unwrap_err(), LoadError::Ended(tombstone));
    // One that is live, and over by what is known here, ends now.
    let id = kept.create(9);
    kept.clock.advance(ABSOLUTE);
    let over = kept.store.load(known(9).id(id), AS_IT_IS).unwrap_err();
    let LoadError::Ended(tombstone) = over else { panic!("{over:?}") };
    assert_eq!(tombstone.reason(), EndReason::AbsoluteTimeout);
    kept.store.close();
    let closed = LoadError::Refused(CreateError::Closed);
    assert_eq!(kept.store.load(known(9), AS_IT_IS).unwrap_err(), closed);
    kept.balances();
}

#[test]
fn loaded_session_needs_room_under_every_limit() {
    let each = Limits::none().per_principal(Limit::evict_oldest(2));
    for limits in [each, Limits::none().global(Limit::evict_oldest(2))] {
        let kept = Kept::with(|builder| builder.limits(limits));
        let ids = [1, 2, 3].map(|n| SessionId::from_bytes([n; 16]));
        let load = |n: usize| {
            kept.clock.advance(SECOND);
            kept.store.load(known(u32::try_from(n).unwrap()).id(ids[n]), AS_IT_IS)
        };
        let first = load(0).unwrap();
        load(1).unwrap();
        let third = load(2).unwrap();
        assert_eq!(kept.unloaded(), [1], "the oldest that nothing holds");
        let full = load(1).unwrap_err();
        let LoadError::Refused(CreateError::Full { why, live: 2, .. }) = full else {
            panic!("{full:?}")
        };
        assert_eq!(why, Shortage::AllInUse);
        drop((first, third));
        assert!(load(1).is_ok_and(|(_, is_new)| is_new));
        assert_eq!(kept.unloaded(), [0]);
        kept.balances();
    }
    let reject = Limits::none().per_principal(Limit::reject(0));
    let kept = Kept::with(|builder| builder.limits(reject));
    let full = kept.store.load(known(7), AS_IT_IS).unwrap_err();
    assert!(matches!(full, LoadError::Refused(CreateError::Full { why: Shortage::Rejecting, .. })));
}
