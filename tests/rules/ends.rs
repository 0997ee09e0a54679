//! Rules 4 to 6: a session ends once, stays ended, and is over at its deadline.

use std::sync::mpsc;
use std::time::Duration;

use tenure::{
    AcquireError, CreateError, EndAs, EndOutcome, EndReason, Limit, LimitKind, Limits, LookupError,
    ManualClock, NewSession, RotateError, Selector, Session, SessionStore, Timeouts,
};

use crate::common::{ScriptedIds, Store, id, listed, of, secs};

/// A store of at most one session, and its only session.
struct Only {
    store: Store,
    clock: ManualClock,
    ids: ScriptedIds,
    session: Session<u32>,
}

impl Only {
    fn new() -> Self {
        let (clock, ids) = (ManualClock::new(), ScriptedIds::default());
        let store: Store = SessionStore::builder()
            .limits(Limits::none().global(Limit::evict_oldest(1)))
            .timeouts(Timeouts::none().idle(secs(10)).absolute(secs(50)))
            .clock(clock.clone())
            .id_source(ids.clone())
            .tombstones(100, secs(100_000))
            .build()
            .unwrap();
        let session = store.create(of("alice")).unwrap();
        Self { store, clock, ids, session }
    }
}

type End = fn(&Only);

/// Every way in which a session of this store can end.
const ENDS: [(EndReason, End); 9] = [
    (EndReason::LoggedOut, |it| {
        let _ = it.store.end(it.session.id());
    }),
    (EndReason::Killed, |it| {
        let _ = it.store.end_as(it.session.id(), EndAs::killed());
    }),
    (EndReason::LoggedOut, |it| {
        let _ = it.store.end_as(it.session.id(), EndAs::logged_out().pinned_too());
    }),
    (EndReason::LoggedOut, |it| {
        let _ = it.store.end_where(&Selector::all());
    }),
    (EndReason::Killed, |it| {
        let _ = it.store.end_where_as(&Selector::all(), EndAs::killed());
    }),
    (EndReason::IdleTimeout, |it| {
        it.clock.advance(secs(10));
        let _ = it.store.reap();
    }),
    (EndReason::AbsoluteTimeout, |it| {
        let lease = it.store.acquire(it.session.id()).unwrap();
        it.clock.advance(secs(50));
        let _ = it.store.reap();
        drop(lease);
    }),
    (EndReason::Evicted { limit: LimitKind::Global }, |it| drop(it.store.create(of("bob")))),
    (EndReason::StoreClosed, |it| {
        let _ = it.store.close();
    }),
];

#[test]
fn rule_04_ends_once() {
    for (reason, end) in ENDS {
        let only = Only::new();
        let (tell, told) = mpsc::channel();
        only.session.on_end(move |_, tombstone| tell.send(*tombstone).unwrap());
        end(&only);
        let tombstone = only.session.tombstone().expect("it has ended");
        assert_eq!(tombstone.reason(), reason);

        // Every other way to end something comes too late for it.
        let (id, store) = (only.session.id(), &only.store);
        assert_eq!(store.end(id), EndOutcome::AlreadyEnded(tombstone));
        assert_eq!(store.end_as(id, EndAs::killed()), EndOutcome::AlreadyEnded(tombstone));
        assert_eq!(
            store.end_as(id, EndAs::logged_out().pinned_too()),
            EndOutcome::AlreadyEnded(tombstone)
        );
        let others = store.stats().live;
        assert_eq!(store.end_where(&Selector::all()).ended, others, "only what lives");
        only.clock.advance(secs(1_000));
        assert_eq!(store.reap().ended.total(), 0);
        assert_eq!(store.close().ended, 0);

        assert_eq!(only.session.tombstone(), Some(tombstone));
        assert_eq!(told.iter().collect::<Vec<_>>(), [tombstone], "the hook of {reason}");
        let stats = store.stats();
        assert_eq!((stats.live, stats.ended.total()), (0, stats.created));
        assert_eq!(stats.ended.count(reason), 1, "counted as {reason}");
    }
}

#[test]
fn rule_05_ended_stays_ended() {
    for (reason, end) in ENDS {
        let only = Only::new();
        let id = only.session.id();
        // A lease from before the end is dropped after it.
        let late = only.store.acquire(id).unwrap();
        only.store.rotate(id).unwrap();
        drop(late);
        let late = (!matches!(reason, EndReason::Evicted { .. } | EndReason::IdleTimeout))
            .then(|| only.store.acquire(only.session.id()).unwrap());
        end(&only);
        let tombstone = only.session.tombstone().expect("it has ended");
        drop(late);

        let (ended, store) = (LookupError::Ended(tombstone), &only.store);
        let (rotated, new) = (id, only.session.id());
        // As far back as its creation and as far on as its tombstone is kept.
        for back in [secs(0), secs(1_000)] {
            only.clock.set_back(back);
            assert_eq!(store.acquire(new).err(), Some(ended.into()), "acquire after {reason}");
            assert_eq!(store.touch(new).err(), Some(ended), "touch after {reason}");
            assert_eq!(store.peek(new).err(), Some(ended), "peek after {reason}");
            assert_eq!(store.rotate(new).err(), Some(RotateError::Lookup(ended)));
            let Err(LookupError::Ended(replaced)) = store.peek(rotated) else { panic!("found") };
            assert_eq!(replaced.reason(), EndReason::Replaced);
        }
        assert_eq!(only.session.tombstone(), Some(tombstone));
        assert_eq!(only.session.last_active(), tombstone.last_active());
        assert!(only.session.is_ended());
        for taken in [rotated, new] {
            only.ids.then(Ok(taken));
            let drawn = store.create(of("alice")).unwrap_err();
            only.ids.clear();
            let given = store.create(of("alice").id(taken)).unwrap_err();
            let Err(LookupError::Ended(tombstone)) = store.peek(taken) else { panic!("found") };
            let refusal = match reason {
                EndReason::StoreClosed => CreateError::Closed,
                _ => CreateError::IdEnded(tombstone),
            };
            assert_eq!((drawn, given), (refusal.clone(), refusal));
        }
    }
}

#[test]
fn rule_06_expired_is_expired() {
    type Call = fn(&Only) -> AcquireError;
    let lookups: [Call; 6] = [
        |it| it.store.acquire(it.session.id()).unwrap_err(),
        |it| it.store.acquire(&it.session).unwrap_err(),
        |it| it.store.touch(it.session.id()).unwrap_err().into(),
        |it| it.store.touch(&it.session).unwrap_err().into(),
        |it| it.store.peek(it.session.id().expose()).unwrap_err().into(),
        |it| match it.store.rotate(&it.session) {
            Err(RotateError::Lookup(error)) => error.into(),
            other => panic!("{other:?}"),
        },
    ];
    let ends: [fn(&Only) -> EndOutcome; 3] = [
        |it| it.store.end(it.session.id()),
        |it| it.store.end_as(it.session.id(), EndAs::killed()),
        |it| it.store.end_as(it.session.id(), EndAs::logged_out().pinned_too()),
    ];
    let micro = Duration::from_micros(1);

    for lookup in lookups {
        let only = Only::new();
        only.clock.advance(Duration::from_micros(9_999_999));
        // A microsecond before the deadline it is there.
        assert!(!only.session.is_ended() && only.store.peek(only.session.id()).is_ok());
        only.clock.advance(micro);
        assert!(only.session.is_ended() && listed(&only.store) == 0);
        let AcquireError::Ended(tombstone) = lookup(&only) else { panic!("not ended") };
        assert_eq!(tombstone.reason(), EndReason::IdleTimeout);
        assert_eq!(only.session.tombstone(), Some(tombstone));
    }
    for end in ends {
        let only = Only::new();
        let lease = only.store.acquire(only.session.id()).unwrap();
        only.clock.advance(Duration::from_micros(49_999_999));
        assert!(!only.session.is_ended() && listed(&only.store) == 1);
        only.clock.advance(micro);
        assert!(only.session.is_ended() && listed(&only.store) == 0);
        let EndOutcome::AlreadyEnded(tombstone) = end(&only) else { panic!("not ended") };
        assert_eq!(tombstone.reason(), EndReason::AbsoluteTimeout);
        drop(lease);
    }
}

#[test]
fn rule_06_an_expired_session_ends_by_its_timeout_not_by_eviction() {
    let only = Only::new();
    only.clock.advance(secs(10));
    only.store.create(of("bob")).unwrap();
    let tombstone = only.session.tombstone().expect("it made room");
    assert_eq!(tombstone.reason(), EndReason::IdleTimeout);
    only.clock.advance(secs(10));
    let bulk = only.store.end_where_as(&Selector::all(), EndAs::killed());
    assert_eq!((bulk.ended, only.store.stats().ended.count(EndReason::IdleTimeout)), (0, 2));
}

#[test]
fn rule_04_ending_by_handle_works_after_a_rotation() {
    let (only, other) = (Only::new(), Only::new());
    let session = &only.session;
    only.store.rotate(session.id()).unwrap();
    assert_eq!(other.store.end(session), EndOutcome::Unknown);
    let EndOutcome::Ended(tombstone) = only.store.end(session) else { panic!("kept") };
    assert_eq!(only.store.end(session), EndOutcome::AlreadyEnded(tombstone));
}

#[test]
fn rule_05_a_rotated_id_in_its_grace_is_not_rotated_and_stays_ended_afterwards() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().clock(clock.clone());
    let store: Store = builder.rotation_grace(secs(10)).build().unwrap();
    let stolen = store.create(of("alice")).unwrap().id();
    let good = store.rotate(stolen).unwrap().id();
    assert!(store.peek(stolen).is_ok());
    let refused = store.rotate(stolen).unwrap_err();
    let RotateError::Lookup(LookupError::Ended(tombstone)) = refused else { panic!("{refused}") };
    assert_eq!(tombstone.reason(), EndReason::Replaced);
    assert!(store.peek(good).is_ok());
    clock.advance(secs(15));
    assert!(store.peek(stolen).is_err());
    clock.set_back(secs(10));
    assert!(store.peek(stolen).is_err(), "the clock ran back, and the old id is valid again");
}

/// An id whose tombstone is gone may be given to another session, before the grace of an id that
/// once led to it is over.
#[test]
fn rule_05_rotated_id_does_not_lead_to_the_next_session_with_its_successors_id() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().clock(clock.clone());
    let store: Store = builder.rotation_grace(secs(60)).tombstones(100, secs(60)).build().unwrap();
    let alice = store.create(NewSession::new(1).id(id(1))).unwrap();
    clock.advance(secs(100));
    store.rotate_to(&alice, id(2)).unwrap();
    assert_eq!(store.peek(id(1)).unwrap(), alice);
    // By the clock, which runs back, it ended long before it was rotated.
    clock.set_back(secs(100));
    store.end(&alice);
    clock.advance(secs(60));
    let bob = store.create(NewSession::new(2).id(id(2))).unwrap();
    assert!(matches!(store.peek(id(1)), Err(LookupError::Ended(_))));
    assert_eq!(store.peek(id(2)).unwrap(), bob);
}
