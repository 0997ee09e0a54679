//! A collection that fails, or forgets.

use crate::fleet::{Fleet, INTERVAL, MINUTE, NEARLY_IDLE};
use tenure::collection::{Fault, Policy};
use tenure::shared::{RefreshError, RefreshStep, SharedAcquireError, SharedCreateError};
use tenure::{EndReason, NewSession};

#[test]
fn session_that_is_not_in_memory_is_unavailable_not_unknown() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(7)).unwrap();
    there.refresh().unwrap();
    fleet.collection.faults(|_| Fault::Refused);
    let refused = there.acquire_or_load(session.id()).unwrap_err();
    assert!(matches!(refused, SharedAcquireError::Unavailable(_)), "{refused}");
    assert!(here.acquire_or_load(&session).is_ok());
}

#[test]
fn creation_that_fails_leaves_no_session() {
    let fleet = Fleet::new();
    let node = fleet.node();
    node.refresh().unwrap();
    for fault in [Fault::Refused, Fault::Lost, Fault::AnswerLost, Fault::Delayed] {
        fleet.collection.fail_next(fault);
        let refused = node.create(NewSession::new(7)).unwrap_err();
        assert!(matches!(refused, SharedCreateError::Collection(_)), "{refused}");
        assert!(node.store().is_empty());
        node.refresh().unwrap();
        assert_eq!(fleet.collection.live(), 0);
        assert_eq!(node.shared_stats().insertions_in_doubt, 0);
        assert_eq!(node.shared_stats().pending_ends, 0);
    }
}

#[test]
fn end_while_the_collection_is_away_is_told_later() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(7)).unwrap();
    let other = here.create(NewSession::new(8)).unwrap();
    let known = there.acquire_or_load(session.id()).unwrap();
    fleet.collection.faults(|_| Fault::Refused);
    assert!(here.end(&session).is_err() && session.is_ended());
    assert!(there.end(other.id()).is_err());
    assert!(matches!(here.acquire_or_load(session.id()), Err(SharedAcquireError::Ended(_))));
    let Err(RefreshError::Failed(report)) = here.refresh() else { panic!("it failed") };
    assert_eq!(report.failure.unwrap().0, RefreshStep::Open);
    fleet.collection.faults(|_| Fault::None);
    assert_eq!(here.refresh().unwrap().ended, 1);
    there.refresh().unwrap();
    assert!(known.is_ended());
    here.refresh().unwrap();
    assert!(other.is_ended());
}

#[test]
fn flush_ends_what_is_held_and_brings_nothing_back() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(7)).unwrap();
    let ended = here.create(NewSession::new(8)).unwrap();
    there.refresh().unwrap();
    there.end(ended.id()).unwrap();
    fleet.collection.flush();
    here.refresh().unwrap();
    assert_eq!(session.tombstone().unwrap().reason(), EndReason::Removed);
    assert!(ended.is_ended());
    assert_eq!(fleet.collection.live(), 0);
    let new = here.create(NewSession::new(9)).unwrap();
    there.refresh().unwrap();
    assert!(there.acquire_or_load(new.id()).is_ok());
}

#[test]
fn touches_survive_an_outage_within_the_hold() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let id = here.create(NewSession::new(7)).unwrap().id();
    fleet.collection.faults(|_| Fault::Lost);
    for _ in 0..12 {
        fleet.clock.advance(INTERVAL);
        drop(here.acquire_or_load(id).unwrap());
        assert!(here.refresh().is_err());
    }
    fleet.collection.faults(|_| Fault::None);
    here.refresh().unwrap();
    drop(here);
    fleet.clock.advance(NEARLY_IDLE);
    assert!(there.acquire_or_load(id).is_ok());
}

#[test]
fn node_that_is_cut_off_refuses_if_it_is_told_to() {
    let fleet = Fleet::new();
    let node = fleet.builder().max_staleness(2 * INTERVAL).build().unwrap();
    let id = node.create(NewSession::new(7)).unwrap().id();
    node.refresh().unwrap();
    fleet.collection.faults(|_| Fault::Refused);
    fleet.clock.advance(2 * INTERVAL);
    assert!(node.acquire_or_load(id).is_ok());
    fleet.clock.advance(MINUTE);
    let refused = node.acquire_or_load(id).unwrap_err().to_string();
    assert_eq!(refused, "the ends of other nodes were last heard of 660s ago, more than 600s");
    fleet.collection.faults(|_| Fault::None);
    node.refresh().unwrap();
    assert!(node.acquire_or_load(id).is_ok());
}

#[test]
fn collection_that_forgets_ends_too_soon_is_refused_with_the_numbers() {
    let policy = Policy::new(MINUTE).keep_ends(59 * MINUTE);
    let fleet = Fleet::with(policy);
    let node = fleet.builder().insertion_window(40 * MINUTE).build().unwrap();
    let refused = node.refresh().unwrap_err().to_string();
    let numbers = "ends are kept for 3540s, less than 3600s: the insertion window and twice the \
                   clock jump";
    assert!(refused.ends_with(numbers), "{refused}");
    assert!(node.create(NewSession::new(7)).is_err());
    let window = fleet.builder().insertion_window(39 * MINUTE);
    window.build().unwrap().refresh().unwrap();
}
