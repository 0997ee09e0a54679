//! Sessions that come from the collection.

use crate::fleet::{Fleet, IDLE, INTERVAL, MINUTE, NEARLY_IDLE};
use std::time::Duration;
use tenure::shared::SharedAcquireError;
use tenure::{NewSession, SessionId};

#[test]
fn another_node_has_the_session_with_all_its_facts() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let hour = Duration::from_secs(3_600);
    let new = NewSession::new(7).principal("alice").originator("cli").host("ada").privileged();
    let session = here.create(new.absolute_timeout(hour)).unwrap();
    fleet.clock.advance(MINUTE);
    let lease = there.acquire_or_load(session.id()).unwrap();
    assert_eq!(*lease.data().get(), 7);
    assert_eq!((lease.principal(), lease.originator()), (Some("alice"), Some("cli")));
    assert_eq!(lease.host(), Some("ada"));
    assert_eq!(lease.track_id(), session.track_id());
    assert_eq!(lease.timeouts(), session.timeouts());
    assert_eq!(lease.created_at(), session.created_at());
    assert_eq!(there.store().stats().loaded, 1);
}

#[test]
fn session_survives_the_restart_of_its_node() {
    let fleet = Fleet::new();
    let node = fleet.node();
    let id = node.create(NewSession::new(7)).unwrap().id();
    drop(node);
    let node = fleet.node();
    assert_eq!(*node.acquire_or_load(id).unwrap().data().get(), 7);
}

#[test]
fn idle_session_is_unloaded_and_comes_back_if_another_node_used_it() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let id = here.create(NewSession::new(7)).unwrap().id();
    fleet.clock.advance(IDLE / 2);
    drop(there.acquire_or_load(id).unwrap());
    fleet.clock.advance(IDLE / 2);
    here.store().reap();
    assert_eq!((here.store().len(), here.store().stats().unloaded), (0, 1));
    assert!(here.acquire_or_load(id).is_ok());
    assert_eq!(here.store().stats().ended.total(), 0);
}

#[test]
fn session_that_no_node_used_is_refused_after_its_timeout_and_the_grace() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let id = here.create(NewSession::new(7)).unwrap().id();
    drop(here);
    fleet.clock.advance(IDLE + 3 * INTERVAL);
    assert_eq!(there.acquire_or_load(id).unwrap_err(), SharedAcquireError::Unknown);
}

#[test]
fn load_within_the_grace_marks_the_session_used() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let id = here.create(NewSession::new(7)).unwrap().id();
    fleet.clock.advance(IDLE + INTERVAL);
    drop(there.acquire_or_load(id).unwrap());
    drop(there);
    fleet.clock.advance(IDLE);
    assert!(here.acquire_or_load(id).is_ok());
}

#[test]
fn unknown_id_costs_one_question_a_second() {
    let fleet = Fleet::new();
    let node = fleet.node();
    let id = SessionId::from_bytes([9; 16]);
    for _ in 0..1_000 {
        assert_eq!(node.acquire_or_load(id).unwrap_err(), SharedAcquireError::Unknown);
        assert!(node.acquire_or_load("nonsense").is_err());
    }
    assert_eq!(node.shared_stats().loads_missing, 1);
    fleet.clock.advance(Duration::from_secs(1));
    assert!(node.acquire_or_load(id).is_err());
    assert_eq!(node.shared_stats().loads_missing, 2);
}

#[test]
fn held_session_that_idled_here_is_revived_when_it_is_live_elsewhere() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(7)).unwrap();
    fleet.clock.advance(NEARLY_IDLE);
    let lease = there.acquire_or_load(session.id()).unwrap();
    there.update_data(&lease, |data| data + 1).unwrap();
    drop(lease);
    fleet.clock.advance(MINUTE);
    here.store().reap();
    let lease = here.acquire_or_load(&session).unwrap();
    assert_eq!((*lease.data().get(), *session.data().get()), (8, 8));
    assert!(!session.is_ended());
}
