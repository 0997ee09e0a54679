//! What each kind of event tells.

use std::time::Duration;

use tenure::events::{Event, EventKind, Filter, Subscription};
use tenure::{
    ApplicationReason, Clock, EndAs, EndOutcome, EndReason, LimitKind, ManualClock, RotateError,
    Selector, Session, SessionStore, Timeouts,
};

use crate::common::{Store, of, plain, secs};
use crate::tools::{capped, followed, kinds, one, rest, ring, until_closed};

const IDLE: Duration = secs(60);
const ABSOLUTE: Duration = secs(90);

/// A store on a manual clock, and one who follows it.
fn timed() -> (Store, ManualClock, Subscription) {
    let clock = ManualClock::new();
    clock.advance(secs(7));
    let timeouts = Timeouts::none().idle(IDLE).absolute(ABSOLUTE);
    let builder = ring(1_000).clock(clock.clone()).timeouts(timeouts);
    let store = builder.touch_resolution(Duration::ZERO).build().unwrap();
    let events = store.subscribe(Filter::all());
    (store, clock, events)
}

/// The event is of this moment and tells nothing but what its kind has to tell.
fn is_of_now(event: &Event, kind: EventKind, clock: &ManualClock) {
    assert_eq!((event.kind(), event.at(), event.wall()), (kind, clock.now(), clock.wall()));
    assert_eq!((event.evictions_last_hour(), event.skew()), (None, None));
    assert_eq!(event.reason(), event.tombstone().map(|tombstone| tombstone.reason()));
    assert_eq!(event.tombstone().is_some(), kind == EventKind::Ended);
}

#[test]
fn a_creation_tells_of_the_newcomer() {
    let (store, clock, mut events) = timed();
    clock.jump_wall(time::Duration::days(-400));
    let new = of("alice").originator("web").host("north").privileged();
    let session = store.create(new).unwrap();
    let event = one(&mut events);
    is_of_now(&event, EventKind::Created, &clock);
    let info = event.session().unwrap();
    assert_eq!(info.track_id(), session.track_id());
    assert_eq!((info.principal(), info.originator()), (Some("alice"), Some("web")));
    assert_eq!((info.host(), event.host()), (Some("north"), Some("north")));
    assert_eq!((info.created_at(), info.last_active()), (clock.now(), clock.now()));
    assert_eq!((info.leases(), info.is_pinned(), info.is_privileged()), (0, false, true));

    let bare = store.create(plain().pinned()).unwrap();
    let event = one(&mut events);
    let info = event.session().unwrap();
    assert_eq!((info.track_id(), info.is_pinned()), (bare.track_id(), true));
    assert_eq!((info.principal(), info.originator(), event.host()), (None, None, None));
}

#[test]
fn an_end_shows_the_session_as_it_was() {
    let (store, clock, mut events) = timed();
    let session = store.create(of("alice")).unwrap();
    let created = clock.now();
    clock.advance(secs(3));
    let lease = store.acquire(session.id()).unwrap();
    let active = clock.now();
    clock.advance(secs(4));
    let _ = store.end_as(session.id(), EndAs::killed());
    let ended = clock.now();
    clock.advance(secs(5));
    drop(lease);

    let taken = rest(&mut events);
    assert_eq!(kinds(&taken), [EventKind::Created, EventKind::Ended]);
    let info = taken[1].session().unwrap();
    assert_eq!((info.created_at(), info.last_active(), info.leases()), (created, active, 1));
    assert_eq!((taken[1].at(), taken[1].tombstone()), (ended, session.tombstone()));
    // An event stays as it was.
    assert_eq!(taken[0].session().unwrap().leases(), 0);
}

type Way = fn(&Store, &ManualClock, &Session<u32>);

/// Every way to end a session, and the reason.
const WAYS: [(EndReason, Way); 10] = [
    (EndReason::LoggedOut, |store, _, session| {
        let _ = store.end(session.id());
    }),
    (EndReason::LoggedOut, |store, _, session| {
        let _ = store.end_as(session.id(), EndAs::logged_out().pinned_too());
    }),
    (EndReason::LoggedOut, |store, _, session| {
        let _ = store.end(session);
    }),
    (EndReason::LoggedOut, |store, _, _| {
        let _ = store.end_where(&Selector::all());
    }),
    (EndReason::Killed, |store, _, session| {
        let _ = store.end_as(session.id(), EndAs::killed());
    }),
    (EndReason::Killed, |store, _, _| {
        let _ = store.end_where_as(&Selector::principal("alice"), EndAs::killed());
    }),
    (EndReason::IdleTimeout, |store, clock, _| {
        clock.advance(IDLE);
        store.reap();
    }),
    (EndReason::IdleTimeout, |store, clock, session| {
        clock.advance(IDLE);
        drop(store.touch(session.id()));
    }),
    (EndReason::IdleTimeout, |store, clock, session| {
        clock.advance(IDLE);
        let refused = store.rotate(session.id());
        assert!(matches!(refused, Err(RotateError::Lookup(_))));
    }),
    (EndReason::AbsoluteTimeout, |store, clock, session| {
        clock.advance(secs(50));
        drop(store.touch(session.id()));
        clock.advance(secs(50));
        let _ = store.reap_at_most(1);
    }),
];

#[test]
fn every_way_to_end_is_one_event() {
    for (number, (reason, way)) in WAYS.iter().enumerate() {
        let (store, clock, mut events) = timed();
        let session = store.create(of("alice")).unwrap();
        drop(one(&mut events));
        way(&store, &clock, &session);
        let event = one(&mut events);
        is_of_now(&event, EventKind::Ended, &clock);
        assert_eq!((number, event.reason()), (number, Some(*reason)));
        assert_eq!(event.tombstone(), session.tombstone());
        assert_eq!(event.session().unwrap().principal(), Some("alice"));
        // Whatever is tried on it now is no news.
        for (_, way) in WAYS {
            way(&store, &clock, &session);
        }
        assert!(rest(&mut events).is_empty(), "{number}");
    }
}

#[test]
fn an_eviction_is_an_end_and_then_a_creation() {
    let store = capped(1).alarm_above(9).build().unwrap();
    let mut events = store.subscribe(Filter::all());
    let first = store.create(plain()).unwrap();
    let second = store.create(plain()).unwrap();
    let taken = rest(&mut events);
    assert_eq!(kinds(&taken), [EventKind::Created, EventKind::Ended, EventKind::Created]);
    assert_eq!(taken[1].reason(), Some(EndReason::Evicted { limit: LimitKind::Global }));
    let tracks = taken.iter().map(crate::tools::track).collect::<Vec<_>>();
    assert_eq!(tracks, [first.track_id(), first.track_id(), second.track_id()]);
}

#[test]
fn a_rotation_keeps_the_track() {
    let (store, clock, mut events) = timed();
    let session = store.create(of("alice")).unwrap();
    drop(one(&mut events));
    let old = session.id();
    for _ in 0..3 {
        clock.advance(secs(1));
        store.rotate(session.id()).unwrap();
        let event = one(&mut events);
        is_of_now(&event, EventKind::Rotated, &clock);
        assert_eq!(event.session().unwrap().track_id(), session.track_id());
        assert_eq!(event.reason(), None);
    }
    assert!(store.rotate(old).is_err());
    let _ = store.end(old);
    assert!(rest(&mut events).is_empty(), "the old id leads nowhere");
}

#[test]
fn a_close_ends_each_once_and_says_so() {
    let (store, _, mut events) = timed();
    for _ in 0..200 {
        store.create(plain()).unwrap();
    }
    store.create(plain().pinned()).unwrap();
    assert_eq!(rest(&mut events).len(), 201);
    assert_eq!(store.close().ended, 201);
    let _ = store.close();
    let taken = until_closed(&mut events);
    assert_eq!(taken.len(), 201);
    assert!(taken.iter().all(|event| event.reason() == Some(EndReason::StoreClosed)));
    assert!(store.create(plain()).is_err());
    assert!(until_closed(&mut events).is_empty(), "the end was the end");
}

#[test]
fn use_and_refusals_are_no_events() {
    let (store, mut events) = followed();
    let session = store.create(plain()).unwrap();
    let pinned = store.create(plain().pinned()).unwrap();
    assert_eq!(rest(&mut events).len(), 2);
    drop(store.touch(session.id()).unwrap());
    drop(store.peek(session.id()).unwrap());
    drop(store.acquire(session.id()).unwrap());
    let _ = store.end_as(pinned.id(), EndAs::killed());
    let _ = store.end_where_as(&Selector::principal("nobody"), EndAs::killed());
    assert!(store.create(plain().idle_timeout(Duration::ZERO)).is_err());
    let _ = (store.list(&Selector::all()), store.stats(), store.reap(), store.next_deadline());
    assert!(rest(&mut events).is_empty());
}

#[test]
fn kinds_say_what_they_are() {
    let said = [
        (EventKind::Created, "created"),
        (EventKind::Ended, "ended"),
        (EventKind::Rotated, "rotated"),
        (EventKind::Loaded, "loaded"),
        (EventKind::Unloaded, "unloaded"),
        (EventKind::PressureRaised, "pressure raised"),
        (EventKind::PressureCleared, "pressure cleared"),
        (EventKind::HostAdded, "host added"),
        (EventKind::HostDead, "host dead"),
        (EventKind::HostBack, "host back"),
        (EventKind::HostForgotten, "host forgotten"),
        (EventKind::SkewRaised, "clock skew raised"),
        (EventKind::SkewCleared, "clock skew cleared"),
        (EventKind::StalenessRaised, "staleness raised"),
        (EventKind::StalenessCleared, "staleness cleared"),
    ];
    for (kind, text) in said {
        assert_eq!((kind.to_string().as_str(), format!("{kind:>20}").len()), (text, 20));
    }
}

#[test]
fn applications_reason_is_in_event_tombstone_and_counts() {
    const CHANGED: ApplicationReason = ApplicationReason::new(1, "password_changed");
    const FRAUD: ApplicationReason = ApplicationReason::new(2, "fraud");
    let store: Store = SessionStore::builder().build().unwrap();
    let mut events = store.subscribe(Filter::all().kinds([EventKind::Ended]));
    let alice = store.create(of("alice").pinned()).unwrap();
    let bob = store.create(of("bob")).unwrap();
    assert_eq!(store.end_as(&alice, CHANGED), EndOutcome::Kept);
    store.end_as(&alice, EndAs::application(CHANGED).pinned_too());
    assert_eq!(store.end_where_as(&Selector::principal("bob"), FRAUD).ended, 1);
    for (session, own) in [(&alice, CHANGED), (&bob, FRAUD)] {
        let reason = EndReason::Application(own);
        assert_eq!(events.try_recv().unwrap().unwrap().reason(), Some(reason));
        assert_eq!(session.tombstone().unwrap().reason(), reason);
        let known = store.peek(session.id()).unwrap_err().to_string();
        assert!(known.ends_with(own.name()), "{known}");
        assert_eq!(store.stats().ended.count(reason), 1);
    }
    let stats = store.stats();
    assert_eq!((stats.ended.application(), stats.ended.total(), stats.live), (2, 2, 0));
}
