//! Which sessions are unloaded, and when.

use std::time::Duration;

use super::super::handle::{SessionStore, WeakSessionStore};
use super::super::newcomer::Loaded;
use super::super::selector::Selector;
use super::setup::{ABSOLUTE, IDLE, Kept, Notes, Told};
use crate::end::{EndReason, Tombstone};
use crate::error::{CreateError, LookupError, Shortage};
use crate::event_log::{Event, EventKind, Filter};
use crate::id::SessionId;
use crate::limits::{Limit, Limits};
use crate::session::{NewSession, Session};
use crate::sync::Arc;
use crate::table::Keeper;
use crate::tick::Tick;

#[test]
fn idle_session_is_unloaded_without_an_end() {
    let kept = Kept::new();
    let mut events = kept.store.subscribe(Filter::all());
    let new = NewSession::new(7).principal("alice");
    let id = kept.store.create(new).unwrap().id();
    let at = kept.store.now();
    kept.clock.advance(IDLE);
    assert_eq!(kept.store.next_deadline(), Some(Duration::ZERO));
    let report = kept.store.reap();
    assert_eq!((report.ended.total(), report.more, report.next_deadline), (0, false, None));
    assert_eq!(kept.notes.take(), [Told::Unloaded(id, 7, at)]);

    let stats = kept.store.stats();
    assert_eq!((stats.live, stats.unloaded, stats.ended.total(), stats.tombstones), (0, 1, 0, 0));
    assert_eq!(stats.reaper.ended, 0);
    assert!(kept.store.list(&Selector::all()).is_empty());
    assert!(kept.store.pressure(9).principals.by_live.is_empty());
    assert_eq!(kept.store.peek(id).unwrap_err(), LookupError::Unknown);
    let kinds: Vec<_> = std::iter::from_fn(|| events.try_recv().unwrap()).collect();
    let kinds: Vec<_> = kinds.iter().map(Event::kind).collect();
    assert_eq!(kinds, [EventKind::Created, EventKind::Unloaded]);
    kept.balances();
}

#[test]
fn absolute_timeout_ends_also_what_is_held_or_has_idled_out() {
    for held in [false, true] {
        let kept = Kept::new();
        let session = kept.store.create(NewSession::new(7)).unwrap();
        let id = session.id();
        let session = held.then_some(session);
        if held {
            kept.clock.advance(IDLE);
            let _ = kept.store.reap();
            assert_eq!(kept.store.next_deadline(), ABSOLUTE.checked_sub(IDLE), "parked");
            kept.clock.advance(ABSOLUTE.saturating_sub(IDLE));
        } else {
            kept.clock.advance(ABSOLUTE);
        }
        assert_eq!(kept.store.reap().ended.count(EndReason::AbsoluteTimeout), 1);
        assert_eq!(kept.notes.take(), [Told::Ended(id, 7, EndReason::AbsoluteTimeout)]);
        let known = session.map(|session| session.tombstone().unwrap().reason());
        assert_eq!(known, held.then_some(EndReason::AbsoluteTimeout));
        assert!(matches!(kept.store.peek(id), Err(LookupError::Ended(_))));
        kept.balances();
    }
}

/// What keeps a session in memory until it is dropped.
type Hold = fn(&Kept, Session<u32>) -> Box<dyn Send>;

const HOLDS: [(&str, Hold); 4] = [
    ("a handle", |_, session| Box::new(session)),
    ("a lease", |kept, session| Box::new(kept.store.acquire(&session).unwrap())),
    ("a waiter", |_, session| Box::new(session.ended())),
    ("the keeper", |kept, session| {
        struct Refuses(Arc<Notes>);
        impl Drop for Refuses {
            fn drop(&mut self) {
                self.0.refused.lock().clear();
            }
        }
        kept.notes.refused.lock().push(*session.data());
        Box::new(Refuses(kept.notes.clone()))
    }),
];

#[test]
fn held_session_is_not_unloaded_by_its_timeout() {
    for (what, hold) in HOLDS {
        let kept = Kept::with(|builder| builder.absolute_timeout(None));
        let session = kept.store.create(NewSession::new(7)).unwrap();
        let holds = hold(&kept, session);
        kept.clock.advance(IDLE);
        let report = kept.store.reap();
        assert_eq!((report.more, report.next_deadline), (false, None), "{what}: it is parked");
        assert_eq!(kept.store.reap().steps, 0, "{what}: it is met once");
        kept.store.table().reconsider();
        let _ = kept.store.reap();
        assert_eq!((kept.store.len(), kept.unloaded()), (1, vec![]), "{what}");
        drop(holds);
        kept.store.table().reconsider();
        // The lease touched it.
        kept.clock.advance(IDLE);
        let _ = kept.store.reap();
        assert_eq!((kept.store.len(), kept.unloaded()), (0, vec![7]), "{what}");
        kept.balances();
    }
}

#[test]
fn held_session_is_not_unloaded_to_make_room() {
    let principal: fn() -> Limits = || Limits::none().per_principal(Limit::evict_oldest(2));
    let global: fn() -> Limits = || Limits::none().global(Limit::evict_oldest(2));
    let reserve: fn() -> Limits = || Limits::none().global(Limit::evict_oldest(3)).reserve(1);
    for ((what, hold), limits) in HOLDS.iter().zip([principal, global, reserve].iter().cycle()) {
        let kept = Kept::with(|builder| builder.limits(limits()));
        let new = |data| NewSession::new(data).principal("alice");
        let older = kept.store.create(new(7)).unwrap();
        kept.clock.advance(Duration::from_secs(1));
        let holds = hold(&kept, older);
        kept.store.create(new(8)).unwrap();
        let ninth = kept.store.create(new(9)).unwrap();
        assert_eq!(kept.unloaded(), [8], "{what}: the oldest that nothing holds");
        for _ in 0..2 {
            let full = kept.store.create(new(10)).unwrap_err();
            let all_in_use = matches!(full, CreateError::Full { why: Shortage::AllInUse, .. });
            assert!(all_in_use, "{what}: {full}");
        }
        drop(holds);
        // Nobody had it considered again: a search that finds nothing does.
        kept.store.create(new(11)).unwrap();
        assert_eq!(kept.unloaded(), [7], "{what}");
        drop(ninth);
        assert_eq!(kept.store.stats().ended.total(), 0);
        kept.balances();
    }
}

#[test]
fn session_with_a_hook_or_a_pin_stays() {
    let kept = Kept::with(|builder| builder.max_sessions(1));
    let hooked = kept.store.create(NewSession::new(7)).unwrap();
    hooked.on_end(|_, _| ());
    drop(hooked);
    kept.store.create(NewSession::new(8).pinned()).unwrap();
    kept.clock.advance(IDLE);
    let _ = kept.store.reap();
    let full = kept.store.create(NewSession::new(9)).unwrap_err();
    assert!(matches!(full, CreateError::Full { why: Shortage::AllInUse, .. }), "{full}");
    assert_eq!((kept.store.len(), kept.unloaded()), (2, vec![]));
}

#[test]
fn oldest_is_unloaded_first_in_groups_of_any_size() {
    for group in [3, 40] {
        let limits = Limits::none().per_principal(Limit::evict_oldest(group));
        let kept = Kept::with(|builder| builder.limits(limits));
        let create = |data| {
            kept.clock.advance(Duration::from_millis(1));
            kept.store.create(NewSession::new(data).principal("alice")).unwrap()
        };
        let many = u32::try_from(group).unwrap();
        let mut sessions: Vec<_> = (0..many).map(create).collect();
        kept.clock.advance(Duration::from_millis(1));
        kept.store.touch(&sessions[1]).unwrap();
        // The first is held; the second was touched last; the others go in their order.
        sessions.truncate(1);
        (many..2 * many).for_each(|data| drop(create(data)));
        let expected: Vec<u32> = (2..many).chain([1]).chain([many]).collect();
        assert_eq!(kept.unloaded(), expected);
    }
}

#[test]
fn returned_lease_has_its_session_considered_again() {
    let kept = Kept::with(|builder| builder.max_sessions(1));
    let id = kept.create(7);
    let session = kept.store.peek(id).unwrap();
    assert!(kept.store.create(NewSession::new(8)).is_err(), "it is held and parked");
    let lease = kept.store.acquire(id).unwrap();
    drop(session);
    kept.store.table().reconsider();
    assert!(kept.store.create(NewSession::new(8)).is_err(), "it is in use");
    drop(lease);
    kept.store.create(NewSession::new(9)).unwrap();
    assert_eq!(kept.unloaded(), [7]);
    assert!(kept.store.table().inspect(|ledger| ledger.live.parked.is_empty()));
}

#[test]
fn many_held_sessions_are_considered_again_some_at_a_time() {
    const MANY: u32 = 200;
    let kept = Kept::with(|builder| builder.max_sessions(MANY as usize));
    let create = |data| kept.store.create(NewSession::new(data)).unwrap();
    let mut sessions: Vec<_> = (0..MANY).map(create).collect();
    assert!(kept.store.create(NewSession::new(MANY)).is_err());
    // The last that a search looks at again is free.
    sessions.pop();
    let tries = (1..=9).find(|_| kept.store.create(NewSession::new(MANY)).is_ok());
    assert!(tries.is_some_and(|tries| tries <= 4), "{tries:?}");
    assert_eq!(kept.unloaded(), [MANY - 1]);
    kept.store.table().reconsider();
    drop(sessions);
    kept.store.create(NewSession::new(MANY + 1)).unwrap();
    assert_eq!(kept.unloaded(), [0], "all were considered again");
}

/// Data whose drop uses the store.
struct Reentrant(WeakSessionStore<Reentrant>);

impl Drop for Reentrant {
    fn drop(&mut self) {
        if let Some(store) = self.0.upgrade() {
            let _ = (store.stats(), store.reap());
        }
    }
}

struct Agrees;

impl Keeper<Reentrant> for Agrees {
    fn unload(&self, _: SessionId, _: &Reentrant, _: Tick) -> bool {
        true
    }
    fn ended(&self, _: SessionId, _: &Reentrant, _: &Tombstone) {}
    fn rotated(&self, _: SessionId, _: SessionId, _: &Reentrant) {}
}

#[test]
fn data_of_unloaded_sessions_is_dropped_outside_every_lock() {
    let builder = SessionStore::builder().keeper(Arc::new(Agrees));
    let store = builder.max_sessions(1).build().unwrap();
    let new = || NewSession::new(Reentrant(store.downgrade()));
    let id = store.create(new()).unwrap().id();
    store.create(new()).unwrap();
    assert_eq!(store.stats().unloaded, 1);
    // What was loaded in vain is dropped outside too.
    let (_, is_new) = store.load(new().id(id), Loaded::default()).unwrap();
    assert!(is_new);
    let again = store.load(new().id(id), Loaded::default());
    assert!(again.is_ok_and(|(_, is_new)| !is_new));
}
