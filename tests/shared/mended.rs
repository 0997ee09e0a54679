//! What once went wrong, each by hand.

use crate::fleet::{Fleet, INTERVAL, MINUTE};
use tenure::collection::{Call, Fault};
use tenure::shared::SharedAcquireError;
use tenure::{EndReason, NewSession, SessionStore};

#[test]
fn ends_are_heard_again_after_the_collection_went_back() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let create = |n| here.create(NewSession::new(n)).unwrap().id();
    let (first, second) = (create(1), create(2));
    let before = fleet.collection.snapshot();
    for n in 0..5 {
        here.end(create(n)).unwrap();
    }
    there.refresh().unwrap();
    let held = [first, second].map(|id| (*there.acquire_or_load(id).unwrap()).clone());
    there.refresh().unwrap();
    fleet.collection.roll_back(&before);
    // It hears of the first end, and then of the second, while it is ahead of the collection.
    for (id, session) in [first, second].into_iter().zip(&held) {
        here.end(id).unwrap();
        there.refresh().unwrap();
        assert_eq!(session.tombstone().unwrap().reason(), EndReason::LoggedOut);
    }
    // It can load again.
    here.refresh().unwrap();
    let new = create(3);
    assert!(there.acquire_or_load(new).is_ok());
}

#[test]
fn no_gap_hides_an_end_after_the_collection_went_back() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let create = |n| here.create(NewSession::new(n)).unwrap().id();
    let held = create(1);
    let before = fleet.collection.snapshot();
    (0..5).for_each(|n| _ = here.end(create(n)).unwrap());
    drop(there.acquire_or_load(held).unwrap());
    there.refresh().unwrap();
    fleet.collection.roll_back(&before);
    there.refresh().unwrap();
    here.refresh().unwrap();
    // As many ends as were taken back, and one more.
    here.end(held).unwrap();
    (0..5).for_each(|n| _ = here.end(create(n)).unwrap());
    there.refresh().unwrap();
    assert!(matches!(there.acquire_or_load(held), Err(SharedAcquireError::Ended(_))));
}

#[test]
fn rotations_between_two_refreshes_are_all_told() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    let ids = [0, 1, 2].map(|_| here.store().rotate(&session).unwrap().id());
    assert_eq!(here.refresh().unwrap().rotated, 3);
    assert!(!session.is_ended());
    assert!(there.acquire_or_load(ids[2]).is_ok());
    assert!(there.acquire_or_load(ids[1]).is_err());
    // The first of two fails: the second waits for it.
    here.store().rotate(&session).unwrap();
    here.store().rotate(&session).unwrap();
    let refused = |call: &Call<'_>| matches!(call, Call::Request(_));
    fleet.collection.faults(move |call| if refused(call) { Fault::Refused } else { Fault::None });
    assert!(here.refresh().is_err());
    fleet.collection.faults(|_| Fault::None);
    assert_eq!(here.refresh().unwrap().rotated, 2);
    assert!(!session.is_ended() && there.acquire_or_load(session.id()).is_ok());
}

#[test]
fn end_of_a_rotated_session_is_acknowledged_once_no_id_leads_to_it() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    let old = session.id();
    here.store().rotate(&session).unwrap();
    here.end(&session).unwrap();
    drop(here);
    assert!(there.acquire_or_load(old).is_err());
    assert_eq!(fleet.collection.live(), 0);
}

#[test]
fn end_by_an_id_in_its_grace_is_acknowledged_by_the_collection() {
    let fleet = Fleet::new();
    let store = SessionStore::builder().clock(fleet.clock.clone()).rotation_grace(MINUTE);
    let node = fleet.builder().store(store).build().unwrap();
    let session = node.create(NewSession::new(1)).unwrap();
    let old = session.id();
    node.rotate(&session).unwrap();
    node.end(old).unwrap();
    assert!(session.is_ended());
    assert_eq!((node.shared_stats().pending_ends, fleet.collection.live()), (0, 0));
}

#[test]
fn changes_of_two_threads_on_one_node_are_both_made() {
    let fleet = Fleet::new();
    let node = fleet.node();
    let id = node.create(NewSession::new(0)).unwrap().id();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let lease = node.acquire_or_load(id).unwrap();
                let mut done = 0;
                while done < 500 {
                    done += u32::from(node.update_data(&lease, |data| data + 1).is_ok());
                }
            });
        }
    });
    assert_eq!(*node.acquire_or_load(id).unwrap().data().get(), 1_000);
}

#[test]
fn changed_data_is_asked_for_until_it_is_here() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    here.refresh().unwrap();
    let lease = there.acquire_or_load(session.id()).unwrap();
    there.update_data(&lease, |data| data + 1).unwrap();
    let is_load = |call: &Call<'_>| call.name() == "load";
    fleet.collection.faults(move |call| if is_load(call) { Fault::Lost } else { Fault::None });
    assert!(here.refresh().is_err());
    fleet.collection.faults(|_| Fault::None);
    here.refresh().unwrap();
    assert_eq!(*session.data().get(), 2);
}

#[test]
fn failed_change_says_that_it_may_have_been_made() {
    let fleet = Fleet::new();
    let node = fleet.node();
    let session = node.create(NewSession::new(1)).unwrap();
    let lease = node.acquire_or_load(&session).unwrap();
    fleet.collection.fail_next(Fault::AnswerLost);
    fleet.collection.fail_next(Fault::Refused);
    let error = node.update_data(&lease, |data| data + 1).unwrap_err();
    assert!(error.to_string().starts_with("applied or not"), "{error}");
    fleet.clock.advance(INTERVAL);
    node.refresh().unwrap();
    assert_eq!(*session.data().get(), 2);
}

#[test]
fn end_by_an_id_that_the_session_has_lost_meanwhile_is_heard() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    there.end(session.id()).unwrap();
    here.store().rotate(&session).unwrap();
    // The rotation is not told, since the collection refuses it.
    let refused = |call: &Call<'_>| call.name() == "rotate";
    fleet.collection.faults(move |call| if refused(call) { Fault::Refused } else { Fault::None });
    assert!(here.refresh().is_err());
    assert_eq!(session.tombstone().unwrap().reason(), EndReason::LoggedOut);
    assert_eq!(here.shared_stats().pending_rotations, 0);
}
