//! Clocks that no machine should have.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tenure::{Clock, EndAs, EndReason, Limit, Limits, Selector, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{Random, Store, of, secs, seed, within_a_minute};

/// A clock that says what a function makes of the number of the reading.
#[derive(Clone)]
struct Scripted(Arc<Mutex<Script>>);

struct Script {
    say: Box<dyn FnMut(u64) -> (Tick, OffsetDateTime) + Send>,
    readings: u64,
    wall: OffsetDateTime,
}

impl Scripted {
    fn new(say: impl FnMut(u64) -> (Tick, OffsetDateTime) + Send + 'static) -> Self {
        let (say, wall) = (Box::new(say), OffsetDateTime::UNIX_EPOCH);
        Self(Arc::new(Mutex::new(Script { say, readings: 0, wall })))
    }
}

impl Clock for Scripted {
    fn now(&self) -> Tick {
        let mut script = self.0.lock().unwrap();
        script.readings += 1;
        let reading = script.readings;
        let (now, wall) = (script.say)(reading);
        script.wall = wall;
        now
    }

    fn wall(&self) -> OffsetDateTime {
        self.0.lock().unwrap().wall
    }
}

fn earliest() -> OffsetDateTime {
    time::Date::MIN.midnight().assume_utc()
}

fn latest() -> OffsetDateTime {
    time::Date::MAX.with_hms(23, 59, 59).expect("a time of day").assume_utc()
}

fn tick(micros: u64) -> Tick {
    Tick::from_micros(micros)
}

/// Uses a store with this clock in every way, many times, and checks that everything balances. A
/// call that never comes back fails the test.
fn survive(name: &'static str, clock: Scripted) {
    within_a_minute(move || use_and_check(name, clock));
}

fn use_and_check(name: &str, clock: Scripted) {
    let mut random = Random::new(seed(name));
    let limits = Limits::none()
        .global(Limit::evict_oldest(20))
        .per_principal(Limit::evict_oldest(8).min_idle(Duration::from_micros(3)))
        .reserve(2);
    let timeouts = Timeouts::none().idle(Duration::from_micros(50)).absolute(secs(1));
    let builder = SessionStore::builder().limits(limits).timeouts(timeouts).clock(clock);
    let builder = builder.tombstones(30, secs(1)).rotation_grace(Duration::from_micros(9));
    let store: Store = builder.build().unwrap();
    let (mut sessions, mut leases) = (Vec::new(), Vec::new());
    let ran = Arc::new(Mutex::new(0));
    for _ in 0..3_000 {
        let new = of(["alice", "bob", "carol"][random.below(3)]);
        let new = if random.below(9) == 0 { new.pinned() } else { new };
        if let Ok(session) = store.create(new) {
            let count = Arc::clone(&ran);
            session.on_end(move |_, _| *count.lock().unwrap() += 1);
            sessions.push(session);
        }
        if sessions.is_empty() {
            continue;
        }
        let recent = sessions.len().saturating_sub(1 + random.below(25));
        let (session, id) = (&sessions[recent], sessions[recent].id());
        match random.below(14) {
            0 | 1 => leases.extend(store.acquire(id)),
            2 | 3 => drop(store.touch(id)),
            4 => drop((leases.pop(), store.peek(id))),
            5 => drop((store.rotate(id), session.is_ended())),
            6 => drop(store.list_page(&Selector::all(), None, 3)),
            7 => drop((store.pressure(2), store.next_deadline())),
            8 => drop(store.reap_at_most(2)),
            9 => drop(store.reap()),
            11 => drop(store.expire_in(id, Duration::from_micros(random.next() % 90))),
            12 => {
                let [idle, absolute] = [60, 1 << 48].map(|most| random.next() % most);
                let [idle, absolute] = [idle, absolute].map(Duration::from_micros);
                drop(store.set_timeouts(id, Timeouts::none().idle(idle).absolute(absolute)));
                let _ = (session.expires_at(), session.expires_in());
            }
            10 => drop((
                format!("{:?} {:?}", session, store.stats()),
                store.end_as(id, EndAs::logged_out().pinned_too()),
            )),
            _ => drop(session.tombstone().map(|tombstone| tombstone.to_string())),
        }
    }
    leases.clear();
    let stats = store.stats();
    let live = sessions.iter().filter(|session| session.tombstone().is_none()).count();
    assert_eq!((stats.created, stats.live), (sessions.len() as u64, live), "{name}");
    assert_eq!(stats.created, stats.live as u64 + stats.ended.total(), "{name}");
    assert_eq!((stats.leases, stats.application_panics), (0, 0), "{name}");
    assert!(stats.live - stats.pinned <= 20 && stats.tombstones <= 30, "{name}");

    // What is left can be ended, and then every session ended exactly once.
    let _ = store.close();
    let stats = store.stats();
    assert_eq!((stats.live, stats.ended.total()), (0, stats.created), "{name}");
    assert_eq!(*ran.lock().unwrap(), sessions.len(), "{name}: hooks");
}

#[test]
fn clock_at_zero_keeps_the_counts_balanced() {
    survive("zero", Scripted::new(|_| (Tick::ZERO, OffsetDateTime::UNIX_EPOCH)));
}

#[test]
fn clock_that_stands_still_keeps_the_counts_balanced() {
    survive("still", Scripted::new(|_| (tick(1_000_000), OffsetDateTime::UNIX_EPOCH)));
}

#[test]
fn clock_that_runs_backwards_keeps_the_counts_balanced() {
    let start = 10_000_000;
    let back = move |reading| (tick(start - reading), OffsetDateTime::UNIX_EPOCH - secs(reading));
    survive("backwards", Scripted::new(back));
}

#[test]
fn clock_that_jumps_at_random_keeps_the_counts_balanced() {
    let mut random = Random::new(seed("jumps of the clock"));
    let jump = move |_| {
        let spans = [1_u64, 100, 10_000, 1 << 30, 1 << 48];
        let span = spans[random.below(spans.len())];
        let wall = if random.below(2) == 0 { earliest() } else { latest() };
        // The first readings are those of `build`, which refuses a clock at the end of time.
        (tick(random.next() % span / 2), wall)
    };
    survive("jumps", Scripted::new(jump));
}

#[test]
fn clock_that_swings_keeps_the_counts_balanced() {
    for period in [2, 3] {
        // Each session expires and is back to life from one reading to the next.
        let swing = move |reading: u64| {
            let early = reading.is_multiple_of(period);
            let now = tick(if early { 1_000 } else { 2_000 });
            (now, OffsetDateTime::UNIX_EPOCH)
        };
        survive("swings", Scripted::new(swing));
    }
}

#[test]
fn clock_that_jumps_to_the_last_tick_keeps_the_counts_balanced() {
    for at in [500, 2_500] {
        let jump = move |reading| match reading {
            _ if reading < at => (tick(reading), earliest()),
            _ => (Tick::MAX, latest()),
        };
        survive("to the end of time", Scripted::new(jump));
        let back = move |reading| match reading {
            _ if reading == at => (Tick::MAX, latest()),
            _ => (tick(reading), earliest()),
        };
        survive("to the end of time and back", Scripted::new(back));
    }
}

#[test]
fn clock_that_swings_makes_no_bulk_end_take_a_pinned_session() {
    for skew in 0..8 {
        // Past the absolute timeout and back to the start from one reading to the next.
        let swing = move |reading: u64| {
            let late = (reading + skew).is_multiple_of(2);
            (tick(if late { 60_000_000 } else { 0 }), OffsetDateTime::UNIX_EPOCH)
        };
        let builder = SessionStore::builder().timeouts(Timeouts::none().absolute(secs(30)));
        let store: Store = builder.clock(Scripted::new(swing)).build().unwrap();
        let pinned = store.create(of("alice").pinned()).unwrap();
        (0..200).for_each(|_| drop(store.create(of("alice")).unwrap()));
        store.end_where(&Selector::all());
        let reason = pinned.tombstone().map(|tombstone| tombstone.reason());
        assert_ne!(reason, Some(EndReason::LoggedOut), "skew {skew}");
    }
}
