//! Sessions that are restored with their age.

use std::time::Duration;

use proptest::prelude::*;
use tenure::{
    Clock, CreateError, EndReason, Limit, Limits, ManualClock, NewSession, SessionStore, Tick,
    Timeouts,
};

use crate::common::{Store, listed, plain, secs};

fn store(clock: &ManualClock, timeouts: Timeouts, limits: Limits) -> Store {
    let builder = SessionStore::builder().timeouts(timeouts).limits(limits);
    builder.touch_resolution(Duration::ZERO).clock(clock.clone()).build().unwrap()
}

#[derive(Clone, Copy, Debug)]
enum Later {
    Advance(Duration),
    Touch,
    Lease,
    Release,
    Reap,
    SetTimeouts(Duration, Duration),
}

fn later() -> impl Strategy<Value = Later> {
    let span = || (0_u64..60_000_000).prop_map(Duration::from_micros);
    prop_oneof![
        4 => span().prop_map(Later::Advance),
        2 => Just(Later::Touch),
        1 => Just(Later::Lease),
        1 => Just(Later::Release),
        1 => Just(Later::Reap),
        1 => (span(), span()).prop_map(|(idle, absolute)| Later::SetTimeouts(idle, 4 * absolute)),
    ]
}

proptest! {
    /// One session lives through its youth, another is restored with it: they cannot be told apart,
    /// whatever comes.
    #[test]
    fn a_restored_session_is_as_one_that_lived_through_it(
        active in 0_u64..200_000_000,
        idle in 0_u64..70_000_000,
        steps in prop::collection::vec(later(), 0..30),
    ) {
        let clock = ManualClock::new();
        let timeouts = Timeouts::none().idle(secs(60)).absolute(secs(240));
        let [old, new] = [(); 2].map(|()| store(&clock, timeouts, Limits::none()));
        let (active, idle) = (Duration::from_micros(active), Duration::from_micros(idle));
        let lived = old.create(plain().idle_timeout(None)).unwrap();
        clock.advance(active);
        let ended = old.touch(lived.id()).is_err();
        // From here on it has the timeouts that the other has from the start.
        let ended = ended || old.set_timeouts(lived.id(), timeouts).is_err();
        clock.advance(idle);
        let restored = new.create(plain().age(active + idle).idle_for(idle));
        prop_assert_eq!(restored.is_err(), ended || lived.is_ended());
        let Ok(restored) = restored else { return Ok(()) };
        let mut leases = Vec::new();
        for step in steps {
            match step {
                Later::Advance(span) => clock.advance(span),
                Later::Touch => {
                    let touched = [(&old, &lived), (&new, &restored)]
                        .map(|(store, session)| store.touch(session.id()).is_ok());
                    prop_assert_eq!(touched[0], touched[1]);
                }
                Later::Lease => {
                    leases.extend(old.acquire(lived.id()));
                    leases.extend(new.acquire(restored.id()));
                    prop_assert!(leases.len().is_multiple_of(2));
                }
                Later::Release => leases.clear(),
                Later::Reap => prop_assert_eq!(old.reap().ended, new.reap().ended),
                Later::SetTimeouts(idle, absolute) => {
                    let timeouts = Timeouts::none().idle(idle).absolute(absolute);
                    let moved = [(&old, &lived), (&new, &restored)].map(|(store, session)| {
                        store.set_timeouts(session.id(), timeouts).is_ok()
                    });
                    prop_assert_eq!(moved[0], moved[1]);
                }
            }
            let pictures = [&lived, &restored].map(|session| {
                let times = (session.created_at(), session.last_active(), session.expires_at());
                (times, session.is_ended(), session.tombstone())
            });
            prop_assert_eq!(pictures[0], pictures[1]);
            prop_assert_eq!(old.next_deadline().is_some(), new.next_deadline().is_some());
        }
    }
}

#[test]
fn a_restored_session_that_is_over_is_refused_with_the_numbers() {
    let clock = ManualClock::new();
    let timeouts = Timeouts::none().idle(secs(60)).absolute(secs(600));
    let store = store(&clock, timeouts, Limits::none().global(Limit::evict_oldest(1)));
    let there = store.create(plain()).unwrap();
    let refused = |new: NewSession<u32>| store.create(new).unwrap_err();
    let over = |which, timeout, since| CreateError::Expired {
        which,
        timeout: secs(timeout),
        since: secs(since),
    };
    assert_eq!(refused(plain().age(secs(90)).idle_for(secs(60))), over("idle", 60, 0));
    assert_eq!(refused(plain().age(secs(700))), over("absolute", 600, 100));
    // What was over first is the reason; of equals, the absolute timeout.
    assert_eq!(refused(plain().age(secs(610)).idle_for(secs(80))), over("idle", 60, 20));
    assert_eq!(refused(plain().age(secs(620)).idle_for(secs(80))), over("absolute", 600, 20));
    let beyond = CreateError::IdleBeyondAge { idle: secs(2), age: secs(1) };
    assert_eq!(refused(plain().age(secs(1)).idle_for(secs(2))), beyond);
    let since = Duration::MAX.saturating_sub(secs(60));
    let ages = CreateError::Expired { which: "idle", timeout: secs(60), since };
    assert_eq!(refused(plain().idle_for(Duration::MAX)), ages);
    assert!(!there.is_ended(), "a session was evicted for one that was refused");
    // In use or pinned, it does not idle out; and an age is not needed.
    assert!(store.create(plain().pinned().age(secs(599)).idle_for(secs(599))).is_ok());
    let session = store.create(plain().idle_for(secs(59))).unwrap();
    assert_eq!(store.now().since(session.created_at()), secs(59));
}

#[test]
fn a_session_from_before_the_clock_is_refused() {
    let clock = ManualClock::new();
    let store = store(&clock, Timeouts::none(), Limits::none());
    let year = Tick::START.since(Tick::ZERO);
    assert_eq!(store.create(plain().age(year)).unwrap().created_at(), Tick::ZERO);
    let age = year + Duration::from_micros(1);
    let refused = store.create(plain().age(age)).unwrap_err();
    assert_eq!(refused, CreateError::BeforeOrigin { age, clock: year });
}

#[test]
fn restored_sessions_are_evicted_in_the_order_of_their_activity() {
    let clock = ManualClock::new();
    let store = store(&clock, Timeouts::none(), Limits::none().global(Limit::evict_oldest(3)));
    let restore = |idle| store.create(plain().age(secs(100)).idle_for(secs(idle))).unwrap();
    let [b, a, c] = [20, 30, 10].map(restore);
    // The oldest of those that are there makes room, though it was active after the newcomer.
    let late = restore(50);
    assert!(a.is_ended() && !b.is_ended());
    // That is the next victim.
    let _new = store.create(plain()).unwrap();
    assert!(late.is_ended() && !b.is_ended() && !c.is_ended());
    let reason = late.tombstone().map(|tombstone| tombstone.reason());
    assert!(matches!(reason, Some(EndReason::Evicted { .. })));
    assert_eq!(listed(&store), 3);
    assert_eq!(store.wall_at(c.created_at()), clock.wall() - secs(100));
}

#[test]
fn timeout_that_no_tick_reaches_is_never_over() {
    let store: Store = SessionStore::builder().build().unwrap();
    let year = Duration::from_secs(365 * 86_400);
    let new = || NewSession::new(0).idle_timeout(None);
    for (timeout, age) in [(Duration::MAX, Duration::MAX), (year * 700_000, year * 600_000)] {
        let refused = store.create(new().absolute_timeout(timeout).age(age)).unwrap_err();
        assert!(matches!(refused, CreateError::BeforeOrigin { .. }), "{refused}");
    }
}
