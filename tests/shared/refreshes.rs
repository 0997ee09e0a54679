//! What a refresh tells and hears.

use crate::fleet::{Fleet, IDLE, INTERVAL, MINUTE, NEARLY_IDLE};
use tenure::NewSession;

#[test]
fn touches_are_one_write_a_session_and_refresh() {
    let fleet = Fleet::new();
    let node = fleet.node();
    let ids: Vec<_> = (0..100).map(|n| node.create(NewSession::new(n)).unwrap().id()).collect();
    node.refresh().unwrap();
    for _ in 0..10 {
        fleet.clock.advance(MINUTE / 10);
        ids.iter().take(30).for_each(|id| drop(node.acquire_or_load(id).unwrap()));
    }
    assert_eq!(node.refresh().unwrap().touched, 30);
    assert_eq!(node.refresh().unwrap().touched, 0);
}

#[test]
fn session_in_use_is_kept_alive_by_refreshes() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(7)).unwrap();
    let lease = here.acquire_or_load(&session).unwrap();
    for _ in 0..20 {
        fleet.clock.advance(INTERVAL);
        here.refresh().unwrap();
        here.store().reap();
    }
    assert!(there.acquire_or_load(session.id()).is_ok());
    drop(lease);
}

#[test]
fn touch_before_an_unloading_is_told_after_it() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let id = here.create(NewSession::new(7)).unwrap().id();
    fleet.clock.advance(NEARLY_IDLE);
    drop(here.acquire_or_load(id).unwrap());
    fleet.clock.advance(IDLE);
    here.store().reap();
    assert!(here.store().is_empty());
    assert_eq!(here.shared_stats().pending_touches, 1);
    here.refresh().unwrap();
    assert_eq!(here.shared_stats().pending_touches, 0);
    fleet.clock.advance(INTERVAL);
    assert!(there.acquire_or_load(id).is_ok());
}

#[test]
fn creation_behind_is_told_by_the_refresh() {
    let fleet = Fleet::new();
    let here = fleet.builder().create_behind().end_behind().build().unwrap();
    let there = fleet.node();
    let session = here.create(NewSession::new(7)).unwrap();
    assert_eq!(fleet.collection.live(), 0);
    assert_eq!(here.refresh().unwrap().inserted, 1);
    assert!(there.acquire_or_load(session.id()).is_ok());
    here.end(&session).unwrap();
    assert_eq!(fleet.collection.live(), 1);
    assert_eq!(here.refresh().unwrap().ended, 1);
    assert_eq!(fleet.collection.live(), 0);
}

#[test]
fn closing_a_node_ends_no_session_elsewhere() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let id = here.create(NewSession::new(7)).unwrap().id();
    here.store().close();
    drop(here);
    there.refresh().unwrap();
    assert!(there.acquire_or_load(id).is_ok());
}
