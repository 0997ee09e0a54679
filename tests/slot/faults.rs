//! What slots and pools once did wrong.

use std::cell::Cell;
use std::env;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use tenure::{
    Clock, Lease, Limit, Limits, ManualClock, NewSession, ReusableSession, ReusableSessions,
    SessionPool, SessionStore, Tick, Timeouts,
};
use time::OffsetDateTime;

use crate::common::{Store, plain, secs};
use crate::panics::{Explosive, does, explosive, store};
use crate::setup::{balanced, too_long};

/// The session of a login that lost.
#[test]
fn a_loser_may_have_data_that_panics() {
    let (store, _) = store();
    let slot = ReusableSession::new(&store);
    let logins = Cell::new(0);
    does(&store, 2, "invalidated twice", || {
        let session = slot.get_or_login(|| {
            logins.set(logins.get() + 1);
            if logins.get() < 3 {
                slot.invalidate();
            }
            explosive()
        });
        drop(session.unwrap());
    });
    balanced(&store, 1);
}

fn borrow(pool: &SessionPool<Explosive>) -> tenure::PooledSession<Explosive> {
    pool.checkout(explosive).unwrap()
}

#[test]
fn a_pool_survives_its_data() {
    let (store, clock) = store();
    let pool = SessionPool::new(&store);
    let mut dirty = borrow(&pool);
    dirty.mark_dirty();
    does(&store, 1, "a dirty one", || drop(dirty));
    drop(borrow(&pool));
    clock.advance(secs(4_000));
    let mut lent = None;
    does(&store, 1, "an expired one", || lent = Some(borrow(&pool)));
    drop(lent);
    let one = NonZeroUsize::new(1).unwrap();
    does(&store, 1, "close", || assert_eq!(pool.close(one, |_| ()), 1));
    let pool = SessionPool::new(&store);
    drop(borrow(&pool));
    does(&store, 1, "drop", || drop(pool));
    assert_eq!(store.stats().live, 0);
}

/// Two such data in one chunk abort the process, so this one runs in another.
#[test]
fn a_pool_of_two_does_not_abort() {
    const INNER: &str = "TENURE_TEST_ABORT";
    if env::var_os(INNER).is_none() {
        let test = "faults::a_pool_of_two_does_not_abort";
        let mut again = Command::new(env::current_exe().unwrap());
        again.args([test, "--exact"]).env(INNER, "1");
        let status = again.output().unwrap().status;
        assert!(status.success(), "{status}");
        return;
    }
    let (store, _) = store();
    let pool = SessionPool::new(&store);
    drop([borrow(&pool), borrow(&pool)]);
    let chunk = NonZeroUsize::new(2).unwrap();
    let _ = catch_unwind(AssertUnwindSafe(|| pool.close(chunk, |_| ())));
    assert_eq!(store.stats().live, 0);
}

/// "A borrowed one is in use": also from another thread that needs its place at the same moment,
/// which is played by the warning that comes between its creation and its lease.
#[test]
fn nothing_dead_is_lent() {
    let (place, full): (Arc<OnceLock<Store>>, _) = (Arc::default(), Limit::evict_oldest(1));
    let inner = Arc::clone(&place);
    let builder = SessionStore::builder().limits(Limits::none().global(full));
    let builder = builder.clock(ManualClock::new()).on_earlier_deadline(move || {
        let _ = inner.get().unwrap().create(plain().absolute_timeout(None));
    });
    let store: Store = builder.build().unwrap();
    assert!(place.set(store.clone()).is_ok());
    assert_eq!(store.next_deadline(), None);
    let lent = SessionPool::new(&store).checkout(plain);
    assert!(lent.is_err() || lent.is_ok_and(|lent| !lent.is_ended()));
}

/// A slot that was made this very moment was not unused for an hour.
#[test]
fn a_sweep_spares_the_young_on_a_young_clock() {
    let store = crate::setup::store();
    for span in [secs(3_600), std::time::Duration::MAX] {
        let slots = ReusableSessions::new(&store, 9).unused_for(span);
        slots.get_or_login(&1, plain).unwrap();
        assert_eq!(slots.sweep(), 0);
    }
}

/// The key 1 takes a lease while the map is copied, as another thread may.
struct Taking(u32, Arc<Mutex<Option<Arc<Plot>>>>);

struct Plot {
    store: Store,
    id: tenure::SessionId,
    lease: Mutex<Option<Lease<u32>>>,
}

impl Clone for Taking {
    fn clone(&self) -> Self {
        if let Some(plot) = &*self.1.lock().unwrap()
            && self.0 == 1
            && plot.lease.lock().unwrap().is_none()
        {
            *plot.lease.lock().unwrap() = plot.store.acquire(&plot.id).ok();
        }
        Self(self.0, Arc::clone(&self.1))
    }
}

impl PartialEq for Taking {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Taking {}

impl std::hash::Hash for Taking {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// "Hold a lease while you work with a session, so that it does not go."
#[test]
fn a_lease_taken_in_time_is_heeded() {
    let store = crate::setup::store();
    let slots = ReusableSessions::new(&store, 1);
    let place = Arc::default();
    let key = |number| Taking(number, Arc::clone(&place));
    let first = slots.get_or_login(&key(1), plain).unwrap();
    let (id, lease) = (first.id(), Mutex::new(None));
    let plot = Arc::new(Plot { store: store.clone(), id, lease });
    *place.lock().unwrap() = Some(Arc::clone(&plot));
    let _ = slots.get_or_login(&key(2), plain);
    let lease = plot.lease.lock().unwrap().take().expect("it was live and is leased");
    assert!(!lease.is_ended(), "pushed out while it is in use");
}

/// Whoever loses the race for a slot looks again: that of the other is free by then. The hook of
/// the session that makes room plays the other thread.
#[test]
fn losing_the_race_for_a_slot_is_not_too_many() {
    let store = crate::setup::store();
    let slots = Arc::new(ReusableSessions::new(&store, 1));
    let first = slots.get_or_login(&1, plain).unwrap();
    let inner = Arc::clone(&slots);
    first.on_end(move |_, _| drop(inner.get_or_login(&3, plain).unwrap()));
    assert!(!slots.get_or_login(&2, plain).unwrap().is_ended());
    assert_eq!((slots.len(), slots.get(&2).is_some()), (1, true));
    balanced(&store, 1);
}

/// A replacement that the store refuses pushes nobody out.
#[test]
fn a_refused_replacement_pushes_nobody_out() {
    let store = crate::setup::store();
    let slots = ReusableSessions::new(&store, 1);
    slots.get_or_login(&1, plain).unwrap();
    assert!(slots.replace(&2, plain().principal(too_long())).is_err());
    assert!(slots.get(&1).is_some());
}

/// A clock that panics when it is told to.
struct Fragile(Arc<AtomicBool>, ManualClock);

impl Clock for Fragile {
    fn now(&self) -> Tick {
        assert!(!self.0.load(Ordering::Relaxed), "on purpose");
        self.1.now()
    }

    fn wall(&self) -> OffsetDateTime {
        self.1.wall()
    }
}

/// No pinned session is left outside of a slot, where nobody would ever end it.
#[test]
fn a_clock_that_panics_leaves_no_pinned_session_behind() {
    let armed = Arc::new(AtomicBool::new(false));
    let clock = Fragile(Arc::clone(&armed), ManualClock::new());
    let builder = SessionStore::builder().timeouts(Timeouts::none());
    let store: Store = builder.clock(clock).build().unwrap();
    let slot = ReusableSession::new(&store);
    let calls: [&dyn Fn(); 2] = [&|| assert!(slot.invalidate()), &|| {
        let _ = slot.get_or_login(|| {
            slot.replace(NewSession::new(5)).unwrap();
            plain()
        });
    }];
    for call in calls {
        slot.get_or_login(plain).unwrap();
        armed.store(true, Ordering::Relaxed);
        let _ = catch_unwind(AssertUnwindSafe(call));
        armed.store(false, Ordering::Relaxed);
        balanced(&store, usize::from(slot.get().is_some()));
    }
}
