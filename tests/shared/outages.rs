//! Collections that cannot be asked, or not yet.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use crate::fleet::{Fleet, Node};
use crate::late::{load_but_for_the_answer, refresh_at_once, slow_node};
use tenure::collection::{
    Answer, Collection, CollectionError, Cursor, Expired, Fault, Feed, Fingerprint, HashKey,
    MemoryCollection, Opened, PrincipalEnded, RecordKey, Request,
};
use tenure::shared::{SharedAcquireError, SharedSessions, Unacknowledged};
use tenure::{EndAs, EndOutcome, NewSession, Selector, SessionId};

/// How many ends of sessions that are not in memory may be pending.
const MOST: u128 = 10_000;

/// Logouts by random cookies, while the collection is away.
fn flood(node: &Node) {
    for n in 1..=MOST {
        let end = node.end(SessionId::from_bytes(n.to_be_bytes()));
        assert!(matches!(end, Err(Unacknowledged { kept: true, .. })));
    }
}

#[test]
fn logout_that_is_not_kept_says_so_and_may_be_repeated() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    there.refresh().unwrap();
    let id = here.create(NewSession::new(1)).unwrap().id();
    fleet.collection.faults(|_| Fault::Refused);
    flood(&there);
    let error = there.end(id).unwrap_err();
    assert_eq!((error.outcome, error.kept), (EndOutcome::Unknown, false));
    // One that is pending stays so.
    let first = there.end(SessionId::from_bytes(1_u128.to_be_bytes()));
    assert!(first.is_err_and(|error| error.kept));
    assert_eq!(there.shared_stats().pending_ends as u128, MOST);
    fleet.collection.faults(|_| Fault::None);
    there.refresh().unwrap();
    assert!(matches!(there.end(id), Ok(EndOutcome::Ended(_))));
    here.refresh().unwrap();
    assert_eq!((here.store().len(), there.shared_stats().pending_ends), (0, 0));
}

#[test]
fn logout_of_a_session_in_memory_is_kept_whatever_is_pending() {
    let fleet = Fleet::new();
    let node = fleet.node();
    let [first, second] = [1, 2].map(|n| node.create(NewSession::new(n)).unwrap().id());
    fleet.collection.faults(|_| Fault::Refused);
    assert!(node.end(first).is_err_and(|error| error.kept));
    // That one does not count.
    flood(&node);
    assert!(node.end(second).is_err_and(|error| error.kept));
    fleet.collection.faults(|_| Fault::None);
    node.refresh().unwrap();
    assert_eq!((fleet.collection.live(), node.shared_stats().pending_ends), (0, 0));
}

/// As Redis is, it must be opened before it is asked for anything.
struct Strict(MemoryCollection, AtomicBool);

impl Strict {
    fn check(&self) -> Result<(), CollectionError> {
        let open = self.1.load(Ordering::Relaxed);
        if open { Ok(()) } else { Err(CollectionError::not_applied("it was not opened")) }
    }
}

impl Collection for Strict {
    fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.1.store(true, Ordering::Relaxed);
        Collection::open(&self.0, fingerprint)
    }

    fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        self.check()?;
        Collection::apply(&self.0, requests)
    }

    fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        self.check()?;
        Collection::feed(&self.0, after, at_most)
    }

    fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        self.check()?;
        Collection::expire(&self.0, at_most)
    }

    fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        self.check()?;
        Collection::end_principal(&self.0, principal, reason, except, at_most)
    }
}

#[test]
fn each_call_may_be_the_first_of_a_node() {
    type Strange = SharedSessions<u32, Strict>;
    let fleet = Fleet::new();
    let fresh = |behind: bool| -> Strange {
        let strict = Strict(fleet.collection.clone(), AtomicBool::new(false));
        let builder = SharedSessions::builder(strict, HashKey::new([7; 32]));
        let builder = if behind { builder.create_behind() } else { builder };
        builder.build().unwrap()
    };
    let firsts: [fn(&Strange, SessionId); 6] = [
        |node, id| assert!(matches!(node.end(id), Ok(EndOutcome::Ended(_)))),
        |node, id| _ = node.rotate(id).unwrap(),
        |node, id| _ = node.acquire_or_load(id).unwrap(),
        |node, _| _ = node.create(NewSession::new(1)).unwrap(),
        |node, _| _ = node.refresh().unwrap(),
        |node, _| {
            assert_eq!(node.end_principal("ann", None, EndAs::killed()).unwrap().elsewhere, 1);
        },
    ];
    for first in firsts {
        let id = fleet.node().create(NewSession::new(1).principal("ann")).unwrap().id();
        first(&fresh(false), id);
        fleet.collection.flush();
    }
    // Of what is in memory, and nowhere else.
    let behind: [fn(&Strange, SessionId); 4] = [
        |node, id| assert!(matches!(node.end(id), Ok(EndOutcome::Ended(_)))),
        |node, id| _ = node.rotate(id).unwrap(),
        |node, id| {
            let lease = node.store().acquire(id).unwrap();
            node.update_data(&lease, |data| data + 1).unwrap();
        },
        |node, _| {
            let draining = node.drain(&Selector::all(), EndAs::killed());
            assert_eq!(draining.acknowledged, Ok(()));
        },
    ];
    for first in behind {
        let node = fresh(true);
        let id = node.create(NewSession::new(1)).unwrap().id();
        first(&node, id);
    }
}

#[test]
fn those_that_wait_for_a_load_share_its_failure() {
    let fleet = Fleet::new();
    let id = fleet.node().create(NewSession::new(1)).unwrap().id();
    let (node, gate) = slow_node(&fleet, 9);
    gate.open();
    refresh_at_once(&node);
    let mut task = Context::from_waker(Waker::noop());
    let mut loads: Vec<_> = (0..5).map(|_| Box::pin(node.acquire_or_load_async(id))).collect();
    fleet.collection.faults(|_| Fault::Refused);
    load_but_for_the_answer(&gate, loads[0].as_mut());
    gate.close();
    for load in &mut loads[1..] {
        assert!(load.as_mut().poll(&mut task).is_pending());
    }
    gate.resume(0);
    for load in &mut loads {
        let loaded = load.as_mut().poll(&mut task);
        let shared = matches!(loaded, Poll::Ready(Err(SharedAcquireError::Unavailable(_))));
        assert!(shared, "{loaded:?}");
    }
    assert_eq!((gate.parked(), node.shared_stats().loads_failed), (0, 1));
    // It says nothing of those that come later, nor does one that was given up.
    fleet.collection.faults(|_| Fault::None);
    let mut loads: Vec<_> = (0..3).map(|_| Box::pin(node.acquire_or_load_async(id))).collect();
    for load in &mut loads {
        assert!(load.as_mut().poll(&mut task).is_pending());
    }
    drop(loads.remove(0));
    gate.open();
    for load in loads {
        assert!(std::pin::pin!(load).poll(&mut task).is_ready());
    }
}
