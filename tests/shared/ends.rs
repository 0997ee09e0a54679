//! Ends that other nodes hear of.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::fleet::{Fleet, MINUTE};
use tenure::collection::{Call, Collection, Fault, HashKey, Policy};
use tenure::shared::{PrincipalEnds, SharedAcquireError, SharedCreateError};
use tenure::{
    ApplicationReason, EndAs, EndOutcome, EndReason, Limit, LimitKind, NewSession, Selector,
};

const OWN: ApplicationReason = ApplicationReason::new(4, "password_changed");

#[test]
fn end_is_known_elsewhere_from_the_next_refresh_on_with_its_reason() {
    let fleet = Fleet::new();
    let here = fleet.node();
    let there = fleet.builder().reasons([OWN]).build().unwrap();
    for (how, reason) in [
        (EndAs::logged_out(), EndReason::LoggedOut),
        (EndAs::killed(), EndReason::Killed),
        (OWN.into(), EndReason::Application(OWN)),
    ] {
        let id = here.create(NewSession::new(7)).unwrap().id();
        let session = (*there.acquire_or_load(id).unwrap()).clone();
        let hooks = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&hooks);
        session.on_end(move |_, _| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert!(matches!(here.end_as(id, how), Ok(EndOutcome::Ended(_))));
        assert!(!session.is_ended());
        there.refresh().unwrap();
        assert_eq!(session.tombstone().unwrap().reason(), reason);
        assert_eq!(hooks.load(Ordering::Relaxed), 1);
        let Err(SharedAcquireError::Ended(tombstone)) = there.acquire_or_load(id) else {
            panic!("it has ended");
        };
        assert_eq!(tombstone.reason(), reason);
    }
}

#[test]
fn session_that_is_not_in_memory_is_ended_in_the_collection() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(7)).unwrap();
    assert!(matches!(there.end(session.id()), Ok(EndOutcome::Ended(_))));
    assert!(matches!(there.end(session.id()), Ok(EndOutcome::AlreadyEnded(_))));
    here.refresh().unwrap();
    assert_eq!(session.tombstone().unwrap().reason(), EndReason::LoggedOut);
    let unknown = tenure::SessionId::from_bytes([1; 16]);
    assert_eq!(there.end(unknown), Ok(EndOutcome::Unknown));
    assert_eq!(there.shared_stats().pending_ends, 0);
}

#[test]
fn all_sessions_of_a_selection_end_everywhere() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let ids: Vec<_> =
        (0..10).map(|n| here.create(NewSession::new(n).principal("alice")).unwrap().id()).collect();
    for id in &ids {
        drop(there.acquire_or_load(id).unwrap());
    }
    assert_eq!(here.store().end_where(&Selector::principal("alice")).ended, 10);
    assert_eq!(here.shared_stats().pending_ends, 10);
    let report = here.refresh().unwrap();
    assert_eq!(report.ended, 10);
    there.refresh().unwrap();
    assert!(ids.iter().all(|id| there.acquire_or_load(id).is_err()));
    assert!(there.store().is_empty());
}

#[test]
fn limit_of_the_collection_evicts_the_least_recently_used_of_all_nodes() {
    let limit = Limit::evict_oldest(2);
    let fleet = Fleet::with(Policy::new(MINUTE).per_principal(limit));
    let (here, there) = (fleet.node(), fleet.node());
    let new = || NewSession::new(7).principal("alice");
    let first = here.create(new()).unwrap();
    fleet.clock.advance(MINUTE);
    let second = there.create(new()).unwrap();
    fleet.clock.advance(MINUTE);
    let third = there.create(new()).unwrap();
    // The victim's node hears of it without its id.
    here.refresh().unwrap();
    let reason = EndReason::Evicted { limit: LimitKind::Principal };
    assert_eq!(first.tombstone().unwrap().reason(), reason);
    assert!(!second.is_ended() && !third.is_ended());
}

#[test]
fn limit_of_the_collection_that_rejects_leaves_no_session() {
    let fleet = Fleet::with(Policy::new(MINUTE).global(Limit::reject(1)));
    let node = fleet.node();
    node.create(NewSession::new(7)).unwrap();
    let refused = node.create(NewSession::new(8)).unwrap_err();
    let SharedCreateError::Full { limit: LimitKind::Global, live: 1, max: 1, all_busy: false } =
        refused
    else {
        panic!("{refused}");
    };
    assert_eq!((node.store().len(), fleet.collection.live()), (1, 1));
    assert_eq!(node.shared_stats().pending_ends, 0);
}

#[test]
fn rotated_session_is_found_by_its_new_id_alone_everywhere() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(7)).unwrap();
    let old = session.id();
    drop(there.acquire_or_load(old).unwrap());
    let new = here.rotate(&session).unwrap().id();
    there.refresh().unwrap();
    let Err(SharedAcquireError::Ended(tombstone)) = there.acquire_or_load(old) else {
        panic!("it has another id");
    };
    assert_eq!(tombstone.reason(), EndReason::Replaced);
    let lease = there.acquire_or_load(new).unwrap();
    assert_eq!(lease.track_id(), session.track_id());
    drop(lease);
    // The logout of the new id ends it, here too.
    there.end(new).unwrap();
    here.refresh().unwrap();
    assert_eq!(session.tombstone().unwrap().reason(), EndReason::LoggedOut);
}

#[test]
fn logout_by_an_id_that_another_node_replaced_ends_the_session() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(7)).unwrap();
    let old = session.id();
    drop(there.acquire_or_load(old).unwrap());
    here.rotate(&session).unwrap();
    // It has not heard of the rotation.
    there.end(old).unwrap();
    here.refresh().unwrap();
    assert!(session.is_ended());
}

#[test]
fn end_that_is_heard_takes_effect_at_once_and_only_once() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let start = fleet.collection.open(HashKey::new([7; 32]).fingerprint()).unwrap().stamp;
    let kept = here.create(NewSession::new(7)).unwrap();
    let session = here.create(NewSession::new(8)).unwrap();
    drop(there.acquire_or_load(session.id()).unwrap());
    there.refresh().unwrap();
    here.end(session.id()).unwrap();
    for (key, change) in fleet.collection.feed(start.cursor(), 10).unwrap().changes {
        there.hear(key, change);
    }
    assert!(there.store().is_empty());
    there.refresh().unwrap();
    assert_eq!(there.store().stats().ended.total(), 1);
    assert_eq!(there.shared_stats().pending_ends, 0);
    assert!(there.acquire_or_load(kept.id()).is_ok());
}

fn of(principal: &str) -> NewSession<u32> {
    NewSession::new(7).principal(principal)
}

#[test]
fn sessions_of_a_principal_end_on_every_node() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let behind = fleet.builder().create_behind().build().unwrap();
    let mine = here.create(of("alice")).unwrap();
    let yours = there.create(of("alice")).unwrap();
    let bob = there.create(of("bob")).unwrap();
    // One that no node has in memory, and one that its node has given another id meanwhile.
    let unloaded = fleet.node().create(of("alice")).unwrap().id();
    let rotated = there.create(of("alice")).unwrap();
    there.store().rotate(&rotated).unwrap();
    let ends = here.end_principal("alice", None, EndAs::killed()).unwrap();
    assert_eq!((ends.here, ends.elsewhere, ends.kept), (1, 3, 0));
    assert!(mine.is_ended() && !yours.is_ended());
    assert_eq!(fleet.collection.live(), 1);
    there.refresh().unwrap();
    for session in [yours, rotated] {
        assert_eq!(session.tombstone().unwrap().reason(), EndReason::Killed);
    }
    assert!(!bob.is_ended());
    assert!(matches!(there.acquire_or_load(unloaded), Err(SharedAcquireError::Ended(_))));

    // One that the collection has not heard of ends where it is.
    let new = behind.create(of("alice")).unwrap();
    assert_eq!(behind.end_principal("alice", None, EndAs::killed()).unwrap().here, 1);
    assert!(new.is_ended());
    behind.refresh().unwrap();
    assert_eq!((fleet.collection.live(), behind.shared_stats().pending_ends), (1, 0));
    assert_eq!(here.end_principal("alice", None, EndAs::killed()), Ok(PrincipalEnds::default()));
}

#[test]
fn one_session_of_a_principal_is_spared_whatever_its_id() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let own = here.create(of("alice")).unwrap();
    let other = there.create(of("alice")).unwrap();
    let pinned = here.create(of("alice").pinned()).unwrap();
    // The collection knows it by its old id yet.
    here.store().rotate(&own).unwrap();
    let ends = here.end_principal("alice", Some(&own), EndAs::logged_out()).unwrap();
    assert_eq!((ends.here, ends.elsewhere, ends.kept), (0, 1, 1));
    for node in [&here, &there] {
        node.refresh().unwrap();
    }
    assert!(!own.is_ended() && !pinned.is_ended() && other.is_ended());
    assert!(there.acquire_or_load(own.id()).is_ok());

    let ends = here.end_principal("alice", Some(&own), EndAs::killed().pinned_too()).unwrap();
    assert_eq!((ends.here, ends.elsewhere, ends.kept), (1, 0, 0));
    assert!(pinned.is_ended() && !own.is_ended());
    assert_eq!(fleet.collection.live(), 1);
}

#[test]
fn many_sessions_of_a_principal_end_in_parts() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    for _ in 0..1_500 {
        there.create(of("alice")).unwrap();
    }
    let calls = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&calls);
    fleet.collection.faults(move |call| {
        let ends = matches!(call, Call::EndPrincipal);
        let second = ends && count.fetch_add(1, Ordering::Relaxed) == 1;
        if second { Fault::AnswerLost } else { Fault::None }
    });
    let partly = here.end_principal("alice", None, EndAs::killed()).unwrap_err();
    assert_eq!((partly.ends.here, partly.ends.elsewhere), (0, 1_000));
    assert!(partly.error.may_be_applied());
    let again = here.end_principal("alice", None, EndAs::killed()).unwrap();
    assert_eq!((again.elsewhere, fleet.collection.live()), (0, 0));
    there.refresh().unwrap();
    assert!(there.store().is_empty());
}

#[test]
fn sessions_of_a_principal_end_here_though_the_collection_is_away() {
    let fleet = Fleet::new();
    let here = fleet.node();
    let session = here.create(of("alice")).unwrap();
    fleet.collection.faults(|_| Fault::Refused);
    let partly = here.end_principal("alice", None, EndAs::logged_out()).unwrap_err();
    assert_eq!((partly.ends.here, partly.ends.elsewhere), (1, 0));
    assert!(session.is_ended() && fleet.collection.live() == 1);
    fleet.collection.faults(|_| Fault::None);
    here.refresh().unwrap();
    assert_eq!(fleet.collection.live(), 0);
}
