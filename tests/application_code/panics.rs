//! Application code that panics: hooks, drops, selectors, the early warning.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tenure::{EndAs, EndOutcome, ManualClock, NewSession, Selector, SessionStore, Timeouts};

use crate::common::{Store, add_one, of, plain, secs};
use crate::usable::{CAP, is_usable, limits};

#[test]
fn a_panicking_hook_is_counted_and_the_others_run() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().limits(limits()).clock(clock.clone());
    let store: Store = builder.timeouts(Timeouts::none().idle(secs(10))).build().unwrap();
    let ran = Arc::new(AtomicUsize::new(0));
    let add = || {
        let session = store.create(plain()).unwrap();
        let (before, after) = (Arc::clone(&ran), Arc::clone(&ran));
        session.on_end(move |_, _| add_one(&before));
        session.on_end(|_, _| panic!("on purpose"));
        session.on_end(move |_, _| add_one(&after));
        session
    };
    // By a call, by eviction, in bulk, by the reaper, by budget, by a lookup, by closing.
    let first = add();
    assert!(matches!(store.end(first.id()), EndOutcome::Ended(_)));
    for _ in 0..=CAP {
        add();
    }
    assert_eq!(store.end_where_as(&Selector::all(), EndAs::killed()).ended, CAP);
    add();
    add();
    clock.advance(secs(10));
    assert_eq!(store.reap().ended.total(), 2);
    add();
    clock.advance(secs(10));
    assert_eq!(store.reap_at_most(100).ended.total(), 1);
    let expired = add();
    clock.advance(secs(10));
    assert!(store.peek(expired.id()).is_err());

    let stats = store.stats();
    assert_eq!(stats.ended.total(), stats.created);
    assert_eq!(stats.application_panics, stats.created);
    assert_eq!(ran.load(Ordering::Relaxed) as u64, 2 * stats.created);
    // A hook that comes too late runs at once, and may panic too.
    expired.on_end(|_, _| panic!("on purpose"));
    assert_eq!(store.stats().application_panics, stats.created + 1);
    is_usable(&store, || 0);
    add();
    assert_eq!(store.close().ended, CAP);
}

/// Data whose drop panics.
struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "on purpose");
    }
}

#[test]
fn panic_in_a_drop_of_session_data_is_counted_and_changes_nothing_else() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().limits(limits()).clock(clock.clone());
    let store = builder.timeouts(Timeouts::none().idle(secs(10))).build().unwrap();
    let add = || {
        let session = store.create(NewSession::new(Explosive)).unwrap();
        let id = session.id();
        // The store holds the last reference from here on.
        drop(session);
        id
    };
    for _ in 0..2 * CAP {
        add();
    }
    assert!(matches!(store.end(add()), EndOutcome::Ended(_)));
    assert_eq!(store.end_where_as(&Selector::all(), EndAs::killed()).ended, CAP - 1);
    add();
    clock.advance(secs(10));
    assert_eq!(store.reap().ended.total(), 1);
    let stats = store.stats();
    assert_eq!((stats.live, stats.ended.total()), (0, stats.created));
    assert_eq!(stats.application_panics, stats.created);
    add();
    assert_eq!(store.close().ended, 1);
    assert_eq!(store.stats().application_panics, stats.created + 1);
}

#[test]
fn a_selector_that_panics_leaves_the_store_usable() {
    let store: Store = SessionStore::builder().limits(limits()).build().unwrap();
    for _ in 0..CAP {
        store.create(of("alice")).unwrap();
    }
    let panicking = Selector::matching(|_| panic!("on purpose"));
    let calls: [&dyn Fn(); 3] =
        [&|| drop(store.list(&panicking)), &|| drop(store.list_page(&panicking, None, 2)), &|| {
            let _ = store.end_where_as(&panicking, EndAs::killed());
        }];
    for call in calls {
        let _ = catch_unwind(AssertUnwindSafe(call));
    }
    assert_eq!(store.stats().live, CAP);
    is_usable(&store, || 0);
}

#[test]
fn panic_in_on_earlier_deadline_is_counted() {
    let builder = SessionStore::builder().on_earlier_deadline(|| panic!("on purpose"));
    let store: Store = builder.limits(limits()).build().unwrap();
    let _ = store.next_deadline();
    let session = store.create(plain().idle_timeout(secs(1))).unwrap();
    assert_eq!(store.stats().application_panics, 1);
    assert!(store.peek(session.id()).is_ok());
    is_usable(&store, || 0);
}
