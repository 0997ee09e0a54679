//! Events as lines of a log, and the names of their kinds for programs.

use std::collections::HashSet;

use tenure::events::{Event, EventKind, Filter};
use tenure::liveness::HostLiveness;
use tenure::time::Duration;
use tenure::{Clock, EndReason, LimitKind, ManualClock};

use crate::common::{of, plain, secs};
use crate::tools::{capped, rest};

/// One event of each kind, in the order of the kinds.
fn one_of_each() -> Vec<Event> {
    let clock = ManualClock::new();
    let store = capped(1).alarm_above(0).clock(clock.clone()).build().unwrap();
    let mut events = store.subscribe(Filter::all());
    let first = store.create(of("alice").originator("web").host("north")).unwrap();
    store.rotate(first.id()).unwrap();
    let hosts = HostLiveness::new(&store, "here");
    hosts.heartbeat_at("south", clock.wall() - Duration::seconds(301)).unwrap();
    hosts.heartbeat_at("south", clock.wall() + Duration::milliseconds(1_500)).unwrap();
    clock.advance(secs(200));
    hosts.sweep();
    hosts.heartbeat("south").unwrap();
    hosts.forget("south");
    store.create(plain()).unwrap();
    clock.advance(secs(3_700));
    store.reap();
    let mut all = rest(&mut events);
    all.sort_by_key(|event| (event.kind(), event.sequence()));
    all.dedup_by_key(|event| event.kind());
    all
}

#[test]
fn each_kind_is_one_line() {
    let all = one_of_each();
    let track = all[0].session().unwrap().track_id();
    let names = "principal \"alice\", originator \"web\", host \"north\"";
    let lines: Vec<String> = all.iter().map(Event::to_string).collect();
    let expected = [
        &*format!("session {track} created, {names}"),
        &*format!("session {track} ended: evicted by the global limit, {names}"),
        &*format!("session {track} rotated, {names}"),
        "pressure raised: 1 evictions in the past hour",
        "pressure cleared: 0 evictions in the past hour",
        "host added: host \"here\"",
        "host dead: host \"south\"",
        "host back: host \"south\"",
        "host forgotten: host \"south\"",
        "clock skew raised: host \"south\" is 301s behind",
        "clock skew cleared: host \"south\" is 1.5s ahead",
    ];
    assert_eq!(lines, expected);
    assert_eq!(all[1].reason(), Some(EndReason::Evicted { limit: LimitKind::Global }));
}

#[test]
fn a_name_cannot_forge_a_line() {
    let store = capped(9).build().unwrap();
    let mut events = store.subscribe(Filter::all());
    store.create(of("eve\nsession 1 ended: killed, principal \"alice\"")).unwrap();
    let line = rest(&mut events)[0].to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(
        line.contains(r#"principal "eve\nsession 1 ended: killed, principal \"alice\""#),
        "{line}"
    );
}

#[test]
fn names_for_programs_differ_and_are_snake_case() {
    let kinds: Vec<EventKind> = one_of_each().iter().map(Event::kind).collect();
    let limits = [LimitKind::Principal, LimitKind::Originator, LimitKind::Global];
    for names in [
        kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        limits.iter().map(|limit| limit.as_str()).collect(),
    ] {
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{names:?}");
        let snake = |name: &&str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(names.iter().all(snake), "{names:?}");
    }
}

#[test]
fn a_snapshot_of_a_session_can_be_read() {
    let store = capped(9).build().unwrap();
    let session = store.create(of("alice").host("north")).unwrap();
    let shown = format!("{:?}", session.info());
    assert!(shown.contains("principal: Some(\"alice\"), originator: None"), "{shown}");
    assert!(!shown.contains("Label") && shown.len() < 300, "{shown}");
}
