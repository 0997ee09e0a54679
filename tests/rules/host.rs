//! Rules 7 and 8: the host's code runs outside our locks, and cost follows work.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tenure::{
    Clock, IdError, IdSource, Limit, Limits, NewSession, Selector, SessionId, SessionStore, Tick,
    Timeouts,
};
use time::OffsetDateTime;

use crate::common::{Store, id, of, plain, secs, within_a_minute};

thread_local! {
    /// Whether host code of this thread is using the store already.
    static INSIDE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Everything of the host's that a store calls, using the store that calls it.
#[derive(Clone, Default)]
struct Nosy(Arc<Inner>);

#[derive(Default)]
struct Inner {
    store: OnceLock<SessionStore<Nosy>>,
    drawn: AtomicUsize,
    visits: [AtomicUsize; PLACES.len()],
}

const PLACES: [&str; 6] = ["clock", "id source", "hook", "drop", "selector", "earlier deadline"];

impl Nosy {
    /// Uses the store in every way, unless this call came from such a use.
    fn visit(&self, place: &str) {
        let Some(store) = self.0.store.get() else {
            return;
        };
        if store.is_closed() || INSIDE.replace(true) {
            return;
        }
        let known = PLACES.iter().position(|known| *known == place).expect("a known place");
        self.0.visits[known].fetch_add(1, Ordering::Relaxed);
        let session = store.create(NewSession::new(self.clone()).principal("nosy")).unwrap();
        let lease = store.acquire(&session.id()).unwrap();
        let _ = (store.stats(), store.pressure(3), store.next_deadline(), store.reap());
        let _ = (store.list(&Selector::all()), store.rotate(&session.id()), session.tombstone());
        drop(lease);
        let _ = store.end_where(&Selector::all().principal("nosy"));
        drop(session);
        INSIDE.set(false);
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.visit("drop");
    }
}

impl Clock for Nosy {
    fn now(&self) -> Tick {
        self.visit("clock");
        Tick::from_micros(1_000)
    }

    fn wall(&self) -> OffsetDateTime {
        self.visit("clock");
        OffsetDateTime::UNIX_EPOCH
    }
}

impl IdSource for Nosy {
    fn next_id(&self) -> Result<SessionId, IdError> {
        self.visit("id source");
        Ok(id(self.0.drawn.fetch_add(1, Ordering::Relaxed) as u128))
    }
}

#[test]
fn rule_07_application_code_runs_outside_the_locks() {
    let visits = within_a_minute(|| {
        let nosy = Nosy::default();
        let earlier = nosy.clone();
        let store = SessionStore::builder()
            .limits(Limits::none().global(Limit::evict_oldest(1_000)))
            .clock(nosy.clone())
            .id_source(nosy.clone())
            .on_earlier_deadline(move || earlier.visit("earlier deadline"))
            .build()
            .unwrap();
        assert!(nosy.0.store.set(store.clone()).is_ok());
        let _ = store.next_deadline();
        let alice = || NewSession::new(nosy.clone()).principal("alice");
        for end in [SessionStore::end, SessionStore::kill, SessionStore::end_pinned] {
            let session = store.create(alice().idle_timeout(Some(secs(1)))).unwrap();
            let hook = nosy.clone();
            session.on_end(move |_, _| hook.visit("hook"));
            let id = session.id();
            drop(session);
            let _ = end(&store, &id);
        }
        store.create(alice()).unwrap();
        let selector = nosy.clone();
        let nosily = Selector::all().matching(move |_| {
            selector.visit("selector");
            true
        });
        let _ = (store.list(&nosily), store.end_where(&nosily), store.kill_where(&nosily));
        let _ = store.close();
        nosy.0.visits.each_ref().map(|visits| visits.load(Ordering::Relaxed))
    });
    for (place, visits) in PLACES.iter().zip(visits) {
        assert!(visits > 0, "the {place} never ran");
    }
}

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
    let clock = tenure::ManualClock::new();
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
    let counting = Selector::all().principal("alice").matching(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        true
    });
    assert_eq!(store.list(&counting).len(), few.len());
    assert_eq!(met.load(Ordering::Relaxed), few.len());
    assert_eq!(store.end_where(&counting).ended, few.len());
    assert!(met.load(Ordering::Relaxed) <= 3 * few.len());

    // Few are due: few steps.
    let due = Duration::from_secs(5);
    let short = || plain().idle_timeout(Some(due));
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
    read("touch", &|| drop(store.touch(&session.id())));
    read("peek", &|| drop(store.peek(&session.id())));
    let lease = std::cell::Cell::new(None);
    read("acquire", &|| lease.set(store.acquire(&session.id()).ok()));
    read("dropping a lease", &|| drop(lease.take()));
    read("rotate", &|| drop(store.rotate(&session.id())));
    read("list", &|| drop(store.list(&Selector::all())));
    read("reap", &|| {
        let _ = store.reap();
    });
    read("next_deadline", &|| {
        let _ = store.next_deadline();
    });
    read("end", &|| {
        let _ = store.end(&session.id());
    });
    read("close", &|| {
        let _ = store.close();
    });
}
