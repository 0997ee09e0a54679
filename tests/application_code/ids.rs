//! Id sources that fail, and that repeat themselves.

use tenure::store::IdError;
use tenure::{CreateError, LookupError, ManualClock, RotateError, SessionStore};

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
    assert_eq!(store.rotate(&before).unwrap_err(), RotateError::IdSource(error));
    assert_eq!(session.id(), before);
    assert!(store.peek(&before).is_ok());
    let stats = store.stats();
    assert_eq!((stats.created, stats.live, stats.rotated), (1, 1, 0));
    assert!(store.pressure(9).principals.by_live.is_empty());
    assert!(store.create(plain()).is_ok());
}

#[test]
fn remembered_id_is_refused_as_a_duplicate() {
    let (ids, clock) = (ScriptedIds::default(), ManualClock::new());
    let store = store(&ids, &clock);
    let live = store.create(plain()).unwrap();
    let ended = store.create(plain()).unwrap();
    let rotated = live.id();
    store.rotate(&rotated).unwrap();
    let _ = store.end(&ended.id());

    for taken in [live.id(), ended.id(), rotated] {
        ids.then(Ok(taken));
        assert_eq!(store.create(of("alice")).unwrap_err(), CreateError::DuplicateId);
        ids.then(Ok(taken));
        assert_eq!(store.rotate(&live.id()).unwrap_err(), RotateError::DuplicateId);
    }
    let stats = store.stats();
    assert_eq!((stats.created, stats.live, stats.rotated), (2, 1, 1));
    assert_eq!(stats.rejected.global + stats.rejected.principal, 0);
    assert!(store.peek(&live.id()).is_ok());

    // Once the tombstones are forgotten the store cannot know any better.
    clock.advance(secs(60));
    ids.then(Ok(ended.id()));
    let again = store.create(of("alice")).unwrap();
    assert_eq!(again.id(), ended.id());
    assert_eq!(store.peek(&again.id()).unwrap().principal(), Some("alice"));
    assert!(ended.is_ended() && !again.is_ended());
}

#[test]
fn duplicate_id_is_reported_though_the_store_is_full() {
    let ids = ScriptedIds::default();
    let limits = tenure::Limits::none().global(tenure::Limit::evict_oldest(1));
    let builder = SessionStore::builder().limits(limits).id_source(ids.clone());
    let store: Store = builder.build().unwrap();
    let session = store.create(plain()).unwrap();
    ids.then(Ok(session.id()));
    assert_eq!(store.create(plain()).unwrap_err(), CreateError::DuplicateId);
    assert!(!session.is_ended(), "a refused newcomer evicts nobody");
    assert_eq!(store.stats().rejected.global, 0);
}

#[test]
fn lookups_of_an_id_never_given_out_return_unknown() {
    let store = store(&ScriptedIds::default(), &ManualClock::new());
    let stranger = id(99);
    assert_eq!(store.acquire(&stranger).err(), Some(LookupError::Unknown));
    assert_eq!(store.touch(&stranger).err(), Some(LookupError::Unknown));
    assert_eq!(store.peek(&stranger).err(), Some(LookupError::Unknown));
    let unknown = RotateError::Lookup(LookupError::Unknown);
    assert_eq!(store.rotate(&stranger).err(), Some(unknown));
    assert_eq!(store.stats().lookups.unknown, 3);
}
