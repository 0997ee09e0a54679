//! Data that is changed on several nodes.

use crate::fleet::Fleet;
use tenure::NewSession;

#[test]
fn change_is_seen_elsewhere_from_the_next_refresh_on() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    let lease = there.acquire_or_load(session.id()).unwrap();
    there.update_data(&lease, |data| data + 1).unwrap();
    assert_eq!((*lease.data().get(), *session.data().get()), (2, 1));
    here.refresh().unwrap();
    assert_eq!((*session.data().get(), session.data().version()), (2, 1));
}

#[test]
fn change_is_seen_where_the_session_is_not_used() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    here.refresh().unwrap();
    assert_eq!(here.refresh().unwrap().touched, 0);
    let lease = there.acquire_or_load(session.id()).unwrap();
    there.update_data(&lease, |data| data + 1).unwrap();
    here.refresh().unwrap();
    assert_eq!(*session.data().get(), 2);
}

#[test]
fn changes_of_many_threads_and_nodes_are_all_made() {
    let fleet = Fleet::new();
    let nodes = [fleet.node(), fleet.node(), fleet.node()];
    let id = nodes[0].create(NewSession::new(0)).unwrap().id();
    std::thread::scope(|scope| {
        for node in &nodes {
            scope.spawn(move || {
                let lease = node.acquire_or_load(id).unwrap();
                let mut done = 0;
                while done < 50 {
                    done += u32::from(node.update_data(&lease, |data| data + 1).is_ok());
                }
            });
        }
    });
    let lease = fleet.node().acquire_or_load(id).unwrap();
    assert_eq!(*lease.data().get(), 150);
}
