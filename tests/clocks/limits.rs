//! The ends of time: endless timeouts, the last tick, absurd dates.

use std::time::Duration;

use tenure::{
    CreateError, EndAs, EndOutcome, EndReason, Limit, Limits, ManualClock, NewSession,
    SessionStore, Tick, Timeouts,
};

use crate::common::{Store, listed, plain, secs};

#[test]
fn a_wall_clock_that_jumps_by_days_expires_nothing() {
    let clock = ManualClock::new();
    let timeouts = Timeouts::none().idle(secs(60)).absolute(secs(600));
    let builder = SessionStore::builder().timeouts(timeouts).tombstones(10, secs(60));
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let kept = store.create(plain()).unwrap();
    let gone = store.create(plain()).unwrap();
    let _ = store.end(gone.id());
    for days in [9, -9, 365_000, -365_000, 4_000_000, i64::MAX / 200_000, -4_000_000] {
        clock.jump_wall(time::Duration::days(days));
        assert_eq!(store.reap().ended.total(), 0, "after {days} days");
        assert!(!kept.is_ended() && store.peek(kept.id()).is_ok());
        // The tombstone does not age by it either.
        assert!(matches!(store.end(gone.id()), EndOutcome::AlreadyEnded(_)));
        assert_eq!(store.next_deadline(), Some(secs(60)));
    }
    assert_eq!(listed(&store), 1);
}

#[test]
fn maximal_timeouts_never_expire() {
    let clock = ManualClock::new();
    let timeouts = Timeouts::none().idle(Duration::MAX).absolute(Duration::MAX);
    let limits = Limits::none().global(Limit::evict_oldest(4).min_idle(Duration::MAX));
    let store: Store = SessionStore::builder()
        .timeouts(timeouts)
        .limits(limits)
        .tombstones(10, Duration::MAX)
        .touch_resolution(Duration::MAX)
        .rotation_grace(Duration::MAX)
        .clock(clock.clone())
        .build()
        .unwrap();
    clock.advance(secs(1));
    let session = store.create(plain()).unwrap();
    let own = plain().idle_timeout(Duration::MAX).absolute_timeout(Duration::MAX);
    let own = store.create(own).unwrap();
    let old = session.id();
    store.rotate(old).unwrap();
    assert_eq!(store.next_deadline(), None);

    clock.set(Tick::MAX);
    assert_eq!(store.reap().ended.total(), 0);
    assert!(!session.is_ended() && !own.is_ended());
    // The grace of the old id is endless too, and so is the touch resolution.
    store.touch(old).unwrap();
    assert_eq!(session.last_active(), Tick::START.saturating_add(secs(1)));
    let _ = store.create(plain()).unwrap();
    let _ = store.create(plain()).unwrap();
    assert!(store.create(plain()).is_err(), "nobody is ever idle for so long");
    assert!(matches!(store.end_as(own.id(), EndAs::killed()), EndOutcome::Ended(_)));
    assert!(matches!(store.end_as(own.id(), EndAs::killed()), EndOutcome::AlreadyEnded(_)));
}

#[test]
fn deadlines_near_the_end_of_time_are_exact() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none().absolute(secs(10)));
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    clock.set(Tick::MAX.saturating_sub(secs(10)));
    let session = store.create(NewSession::new(0)).unwrap();
    clock.set(Tick::MAX.saturating_sub(Duration::from_micros(1)));
    assert!(!session.is_ended());
    clock.set(Tick::MAX);
    assert!(session.is_ended());
    assert_eq!(store.reap().ended.count(EndReason::AbsoluteTimeout), 1);
}

#[test]
fn timeout_below_a_tick_is_rounded_up_or_refused() {
    let store: Store = SessionStore::builder().clock(ManualClock::new()).build().unwrap();
    let moment = Some(Duration::from_nanos(1));
    for new in [plain().idle_timeout(moment), plain().absolute_timeout(moment)] {
        match store.create(new) {
            Ok(session) => assert!(!session.is_ended(), "it was over before it began"),
            Err(error) => assert!(matches!(error, CreateError::ZeroTimeout { .. })),
        }
    }
}

#[test]
fn touch_resolution_above_the_idle_timeout_idles_out_no_session_in_use() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none().idle(secs(30)));
    let builder = builder.touch_resolution(secs(60)).clock(clock.clone());
    let store: Store = builder.build().unwrap();
    let id = store.create(plain()).unwrap().id();
    for _ in 0..20 {
        clock.advance(secs(10));
        store.touch(id).unwrap();
    }
}

#[test]
fn deadline_beyond_the_last_tick_is_none_after_a_touch_too() {
    let clock = ManualClock::new();
    let limits = Limits::none().global(Limit::evict_oldest(1));
    let builder = SessionStore::builder().timeouts(Timeouts::none().idle(secs(3_600)));
    let store: Store = builder.limits(limits).clock(clock.clone()).build().unwrap();
    let almost = Tick::MAX.saturating_sub(secs(90 * 60)).since(Tick::START);
    clock.advance(almost);
    let session = store.create(plain()).unwrap();
    clock.advance(secs(50 * 60));
    // From now on its idle timeout is never reached.
    store.touch(session.id()).unwrap();
    clock.advance(Duration::MAX);
    assert_eq!(store.now(), Tick::MAX);
    let report = store.reap_at_most(100);
    assert_eq!((report.ended.total(), report.more, report.next_deadline), (0, false, None));
    store.create(plain()).expect("the oldest makes room");
}
