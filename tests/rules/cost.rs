//! Rule 8: cost follows work, not the size of the table.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tenure::{Clock, Limits, ManualClock, Selector, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{Store, of, plain, secs};

/// Counts how often it is read.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Clock for Counting {
    fn now(&self) -> Tick {
        self.0.fetch_add(1, Ordering::Relaxed);
        Tick::ZERO
    }

    fn wall(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }
}

const MANY: usize = 10_000;

#[test]
fn rule_08_cost_follows_work_not_the_size_of_the_table() {
    let clock = ManualClock::new();
    let timeouts = Timeouts::none().idle(secs(100)).absolute(secs(1_000));
    let builder = SessionStore::builder().limits(Limits::none()).timeouts(timeouts);
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    for _ in 0..MANY {
        store.create(plain()).unwrap();
    }
    clock.advance(secs(1));
    let few: Vec<_> = (0..5).map(|_| store.create(of("alice")).unwrap()).collect();

    // Nothing is due: a look, whatever the size of the table.
    assert!(store.reap().steps <= 1);
    assert!(store.reap().steps <= 1);

    // A selector for a principal meets that principal's sessions and no others.
    let met = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&met);
    let counting = Selector::principal("alice").and_matching(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        true
    });
    assert_eq!(store.list(&counting).len(), few.len());
    assert_eq!(met.load(Ordering::Relaxed), few.len());
    assert_eq!(store.end_where(&counting).ended, few.len());
    assert!(met.load(Ordering::Relaxed) <= 3 * few.len());

    // Few are due: few steps.
    let due = Duration::from_secs(5);
    let short = || plain().idle_timeout(due);
    let short: Vec<_> = (0..5).map(|_| store.create(short()).unwrap()).collect();
    clock.advance(due);
    let report = store.reap();
    assert_eq!(report.ended.total(), short.len() as u64);
    assert!(report.steps <= 20 * short.len(), "{} steps", report.steps);
}

#[test]
fn rule_08_an_operation_reads_the_clock_at_most_once() {
    let clock = Counting::default();
    let store: Store = SessionStore::builder().clock(clock.clone()).build().unwrap();
    let session = store.create(of("alice")).unwrap();
    let read = |what: &str, work: &dyn Fn()| {
        let before = clock.0.load(Ordering::Relaxed);
        work();
        let times = clock.0.load(Ordering::Relaxed) - before;
        assert!(times <= 1, "{what} reads the clock {times} times");
    };
    read("create", &|| drop(store.create(plain())));
    read("touch", &|| drop(store.touch(session.id())));
    read("peek", &|| drop(store.peek(session.id())));
    let lease = std::cell::Cell::new(None);
    read("acquire", &|| lease.set(store.acquire(session.id()).ok()));
    read("dropping a lease", &|| drop(lease.take()));
    read("rotate", &|| drop(store.rotate(session.id())));
    read("list", &|| drop(store.list(&Selector::all())));
    read("reap", &|| {
        let _ = store.reap();
    });
    read("next_deadline", &|| {
        let _ = store.next_deadline();
    });
    read("end", &|| {
        let _ = store.end(session.id());
    });
    read("close", &|| {
        let _ = store.close();
    });
}
