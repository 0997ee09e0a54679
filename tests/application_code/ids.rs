//! Id sources that fail, and that repeat themselves.

use tenure::store::IdError;
use tenure::{
    AcquireError, CreateError, EndReason, LookupError, ManualClock, RotateError, SessionStore,
};

use crate::common::{ScriptedIds, Store, id, of, plain, secs};

fn store(ids: &ScriptedIds, clock: &ManualClock) -> Store {
    let builder = SessionStore::builder().id_source(ids.clone()).tombstones(10, secs(60));
    builder.clock(clock.clone()).build().unwrap()
}

#[test]
fn failing_id_source_changes_nothing() {
    let ids = ScriptedIds::default();
    let store = store(&ids, &ManualClock::new());
    let session = store.create(plain()).unwrap();
    let error = IdError::new("no entropy");
    ids.then(Err(error.clone()));
    assert_eq!(store.create(of("alice")).unwrap_err(), CreateError::IdSource(error.clone()));
    let before = session.id();
    ids.then(Err(error.clone()));
    assert_eq!(store.rotate(before).unwrap_err(), RotateError::IdSource(error));
    assert_eq!(session.id(), before);
    assert!(store.peek(before).is_ok());
    let stats = store.stats();
    assert_eq!((stats.created, stats.live, stats.rotated), (1, 1, 0));
    assert!(store.pressure(9).principals.by_live.is_empty());
    assert!(store.create(plain()).is_ok());
}

#[test]
fn repeated_id_is_refused_as_in_use_or_ended() {
    let (ids, clock) = (ScriptedIds::default(), ManualClock::new());
    let store = store(&ids, &clock);
    let live = store.create(plain()).unwrap();
    let ended = store.create(plain()).unwrap();
    let rotated = live.id();
    store.rotate(rotated).unwrap();
    let _ = store.end(ended.id());

    ids.then(Ok(live.id()));
    assert_eq!(store.create(of("alice")).unwrap_err(), CreateError::IdInUse);
    ids.then(Ok(live.id()));
    assert_eq!(store.rotate(live.id()).unwrap_err(), RotateError::IdInUse);
    for taken in [ended.id(), rotated] {
        let Err(LookupError::Ended(tombstone)) = store.peek(taken) else { panic!() };
        ids.then(Ok(taken));
        assert_eq!(store.create(of("alice")).unwrap_err(), CreateError::IdEnded(tombstone));
        ids.then(Ok(taken));
        assert_eq!(store.rotate(live.id()).unwrap_err(), RotateError::IdEnded(tombstone));
    }
    let stats = store.stats();
    assert_eq!((stats.created, stats.live, stats.rotated), (2, 1, 1));
    assert_eq!(stats.rejected.global + stats.rejected.principal, 0);
    assert!(store.peek(live.id()).is_ok());

    // Once the tombstones are forgotten the store cannot know any better.
    clock.advance(secs(60));
    ids.then(Ok(ended.id()));
    let again = store.create(of("alice")).unwrap();
    assert_eq!(again.id(), ended.id());
    assert_eq!(store.peek(again.id()).unwrap().principal(), Some("alice"));
    assert!(ended.is_ended() && !again.is_ended());
}

#[test]
fn id_in_use_is_reported_though_the_store_is_full() {
    let ids = ScriptedIds::default();
    let limits = tenure::Limits::none().global(tenure::Limit::evict_oldest(1));
    let builder = SessionStore::builder().limits(limits).id_source(ids.clone());
    let store: Store = builder.build().unwrap();
    let session = store.create(plain()).unwrap();
    ids.then(Ok(session.id()));
    assert_eq!(store.create(plain()).unwrap_err(), CreateError::IdInUse);
    assert!(!session.is_ended(), "a refused newcomer evicts nobody");
    assert_eq!(store.stats().rejected.global, 0);
}

#[test]
fn lookups_of_an_id_never_given_out_return_unknown() {
    let store = store(&ScriptedIds::default(), &ManualClock::new());
    let stranger = id(99);
    assert_eq!(store.acquire(stranger).err(), Some(AcquireError::Unknown));
    assert_eq!(store.touch(stranger).err(), Some(LookupError::Unknown));
    assert_eq!(store.peek(stranger).err(), Some(LookupError::Unknown));
    let unknown = RotateError::Lookup(LookupError::Unknown);
    assert_eq!(store.rotate(stranger).err(), Some(unknown));
    assert_eq!(store.touch("no id").err(), Some(LookupError::Unknown));
    assert_eq!(store.stats().lookups.unknown, 4);
}

#[test]
fn given_id_is_refused_as_in_use_or_ended_and_else_taken() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().clock(clock.clone()).tombstones(10, secs(60));
    let timeouts = tenure::Timeouts::none().idle(secs(100));
    let store: Store = builder.timeouts(timeouts).rotation_grace(secs(30)).build().unwrap();
    let (first, second) = (id(1), id(2));
    let session = store.create(plain().id(first)).unwrap();
    assert_eq!(session.id(), first);
    assert_eq!(store.create(plain().id(first)).unwrap_err(), CreateError::IdInUse);
    assert_eq!(store.rotate_to(first, first).unwrap_err(), RotateError::IdInUse);

    // In its grace the old id leads to the session, and is no other's.
    assert_eq!(store.rotate_to(first, second).unwrap().id(), second);
    assert!(store.touch(first).is_ok());
    let Err(CreateError::IdEnded(replaced)) = store.create(plain().id(first)) else { panic!() };
    assert_eq!(replaced.reason(), EndReason::Replaced);
    let back = store.rotate_to(second, first).unwrap_err();
    assert_eq!(back, RotateError::IdEnded(replaced));
    assert_eq!(session.id(), second);

    // Expired, and found so by the creation.
    clock.advance(secs(100));
    let Err(CreateError::IdEnded(expired)) = store.create(plain().id(second)) else { panic!() };
    assert_eq!(expired.reason(), EndReason::IdleTimeout);
    assert_eq!((session.tombstone(), store.stats().live), (Some(expired), 0));

    // Forgotten.
    clock.advance(secs(60));
    assert!(store.create(plain().id(second)).is_ok());
    let stats = store.stats();
    assert_eq!((stats.created, stats.ended.total(), stats.rejected.global), (2, 1, 0));
}
