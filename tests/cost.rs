//! Rule 8 by a counting allocator: cost follows work. Whatever looks at every session of the table
//! must put what it finds somewhere; a call about a few sessions must not need so much.

mod common;

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tenure::events::Filter;
use tenure::liveness::HostLiveness;
use tenure::{EndAs, Limit, Limits, ManualClock, Selector, SessionStore, Timeouts};

use common::{Store, of, plain, secs};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A pointer for each of them would be 160,000 bytes.
const MANY: usize = 20_000;

/// How many bytes a call asks for, given back or not.
fn allocated(call: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    call();
    region.change().bytes_allocated
}

// One test, since the allocator counts what every thread does.
#[test]
fn rule_08_calls_about_few_sessions_do_not_collect_all() {
    let clock = ManualClock::new();
    let limits = Limits::none().global(Limit::evict_oldest(MANY + 5));
    let builder = SessionStore::builder().limits(limits).clock(clock.clone());
    let timeouts = Timeouts::none().idle(secs(100)).absolute(secs(1_000));
    let store: Store = builder.timeouts(timeouts).build().unwrap();
    for _ in 0..MANY {
        store.create(of("bob").host("south")).unwrap();
    }
    let few: Vec<_> = (0..5).map(|_| store.create(of("alice").host("north")).unwrap()).collect();
    clock.advance(secs(1));
    let id = few[0].id();
    let elsewhere = SessionStore::<()>::builder().build().unwrap().subscribe(Filter::all()).token();
    // Nobody is subscribed in between.
    let stale = store.subscribe(Filter::all()).token();

    // Using a session needs no memory at all.
    assert_eq!(allocated(|| drop(store.touch(id))), 0, "touch");
    assert_eq!(allocated(|| drop(store.peek(id))), 0, "peek");
    assert_eq!(allocated(|| drop(store.acquire(id))), 0, "acquire");
    let _ = store.reap();

    // Nor does asking whether one host of many is live.
    let hosts = HostLiveness::builder(&store, "local").max_hosts(MANY).build().unwrap();
    (1..MANY).for_each(|number| hosts.register(&format!("host {number}")).unwrap());
    assert_eq!(allocated(|| drop(hosts.sweep())), 0, "a sweep with nothing due");
    assert_eq!(allocated(|| assert!(!hosts.heartbeat("host 1").unwrap().back)), 0, "heartbeat");
    assert_eq!(allocated(|| assert!(hosts.is_live("host 1"))), 0, "is_live");
    let calls: [(&str, &dyn Fn()); 12] = [
        ("reap with nothing due", &|| {
            let _ = store.reap();
        }),
        ("next_deadline", &|| {
            let _ = store.next_deadline();
        }),
        ("list by principal", &|| {
            assert_eq!(store.list(&Selector::principal("alice")).len(), 5);
        }),
        ("list by host", &|| {
            assert_eq!(store.list(&Selector::host("north")).len(), 5);
        }),
        ("list of nobody", &|| {
            assert!(store.list(&Selector::principal("carol").and_host("south")).is_empty());
        }),
        ("list by two names", &|| {
            // The smaller group is searched, whichever of the names it is of.
            assert!(store.list(&Selector::principal("bob").and_host("north")).is_empty());
        }),
        ("list by name and track id", &|| {
            // Track ids are computed of the smaller group alone.
            let its = Selector::track_id(few[0].track_id()).and_host("north");
            assert_eq!(store.list(&its).len(), 1);
        }),
        ("a subscription from a stale token", &|| {
            assert!(store.subscribe_from(Filter::all(), stale).is_err());
        }),
        ("a subscription from a token of elsewhere", &|| {
            assert!(store.subscribe_from(Filter::all(), elsewhere).is_err());
        }),
        ("a snapshot of one session", &|| {
            let (live, _events) = store.subscribe_with_snapshot(Filter::all().session(&few[0]));
            assert_eq!(live.len(), 1);
        }),
        ("create at the cap", &|| drop(store.create(plain()).unwrap())),
        ("end_where_as", &|| {
            assert_eq!(store.end_where_as(&Selector::principal("alice"), EndAs::killed()).ended, 5);
        }),
    ];
    for (what, call) in calls {
        let bytes = allocated(call);
        assert!(bytes < 10_000, "{what} asked for {bytes} bytes");
    }
    // The measure sees it where all are asked for.
    assert!(allocated(|| drop(store.list(&Selector::all()))) > 160_000);
    let by_track = Selector::track_id(few[1].track_id());
    assert!(allocated(|| drop(store.list(&by_track))) > 150_000);
}
