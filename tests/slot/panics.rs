//! Data whose drop panics takes nobody with it: not the caller, not the counts.

use std::cell::Cell;
use std::env;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tenure::slot::{ReusableSession, ReusableSessions, SessionPool};
use tenure::{Clock, EndAs, ManualClock, NewSession, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{Store, plain, secs};
use crate::setup::balanced;

pub(crate) struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("on purpose");
    }
}

pub(crate) fn explosive() -> NewSession<Explosive> {
    NewSession::new(Explosive)
}

pub(crate) fn store() -> (SessionStore<Explosive>, ManualClock) {
    let clock = ManualClock::new();
    clock.advance(secs(5_000));
    let builder = SessionStore::builder().timeouts(Timeouts::none().absolute(secs(4_000)));
    (builder.clock(clock.clone()).build().unwrap(), clock)
}

/// Does something that drops this many data, of which nobody else has a handle.
pub(crate) fn does(store: &SessionStore<Explosive>, drops: u64, what: &str, code: impl FnOnce()) {
    let before = store.stats().application_panics;
    let panics = catch_unwind(AssertUnwindSafe(code));
    assert!(panics.is_ok(), "{what}: a panic of the data's drop went through");
    assert_eq!(store.stats().application_panics - before, drops, "{what}");
}

#[test]
fn slot_survives_panicking_drops() {
    let (store, clock) = store();
    let slot = ReusableSession::new(&store);
    let log_in = || drop(slot.get_or_login(explosive).unwrap());
    log_in();
    does(&store, 1, "invalidate", || assert!(slot.invalidate()));
    log_in();
    does(&store, 1, "replace", || drop(slot.replace(explosive()).unwrap()));
    clock.advance(secs(4_000));
    does(&store, 1, "get of an expired one", || assert!(slot.get().is_none()));
    log_in();
    clock.advance(secs(4_000));
    does(&store, 1, "a login after an expired one", log_in);
    clock.advance(secs(4_000));
    does(&store, 1, "reap", || assert_eq!(store.reap().ended.total(), 1));
    does(&store, 0, "get of a reaped one", || assert!(slot.get().is_none()));
    log_in();
    let id = slot.get().unwrap().id();
    does(&store, 1, "end_as", || _ = store.end_as(id, EndAs::logged_out().pinned_too()));
    does(&store, 0, "invalidate of an ended one", || assert!(!slot.invalidate()));
    log_in();
    balanced(&store, 1);
    does(&store, 1, "drop", || drop(slot));
    balanced(&store, 0);
}

#[test]
fn check_may_refuse_data_whose_drop_panics() {
    let (store, _) = store();
    let slot = ReusableSession::new(&store).validate_with(|_| false);
    drop(slot.get_or_login(explosive).unwrap());
    does(&store, 1, "get", || assert!(slot.get().is_none()));
    drop(slot.get_or_login(explosive).unwrap());
    does(&store, 1, "a login", || drop(slot.get_or_login(explosive).unwrap()));
    balanced(&store, 1);
}

#[test]
fn keyed_slots_survive_panicking_drops() {
    let (store, clock) = store();
    let slots = ReusableSessions::new(&store, 2);
    let log_in = |key: u32| {
        clock.advance(secs(1));
        drop(slots.get_or_login(&key, explosive).unwrap());
    };
    [1, 2].into_iter().for_each(log_in);
    does(&store, 1, "pushing one out", || log_in(3));
    does(&store, 1, "replace", || drop(slots.replace(&2, explosive()).unwrap()));
    does(&store, 2, "invalidate_all", || assert_eq!(slots.invalidate_all(), 2));
    [2, 3].into_iter().for_each(log_in);
    clock.advance(secs(3_999));
    does(&store, 2, "sweep", || assert_eq!(slots.sweep(), 2));
    [1, 2].into_iter().for_each(log_in);
    balanced(&store, 2);
    let leases = [1, 2].map(|key| slots.lease_or_login(&key, explosive).unwrap());
    does(&store, 1, "a replacement that finds no slot", || {
        assert!(slots.replace(&3, explosive()).is_err());
    });
    drop(leases);
    does(&store, 2, "drop", || drop(slots));
    balanced(&store, 0);
}

/// The session of a login that lost.
#[test]
fn loser_may_have_data_whose_drop_panics() {
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

fn borrow(pool: &SessionPool<Explosive>) -> tenure::slot::PooledSession<Explosive> {
    pool.checkout(explosive).unwrap()
}

#[test]
fn pool_survives_panicking_drops() {
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
fn pool_survives_two_panicking_drops() {
    const INNER: &str = "TENURE_TEST_ABORT";
    if env::var_os(INNER).is_none() {
        let test = "panics::pool_survives_two_panicking_drops";
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
fn panicking_clock_leaves_no_pinned_session() {
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
