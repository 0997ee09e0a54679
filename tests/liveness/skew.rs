//! Peers whose wall clocks are astray.

use std::time::Duration;

use tenure::Clock;
use tenure::events::EventKind;
use tenure::liveness::SkewAlert;
use time::{Duration as Span, OffsetDateTime, UtcOffset};

use crate::common::secs;
use crate::pool::{Pool, SILENCE, login};

fn raised(skew: Span) -> SkewAlert {
    SkewAlert::Raised { skew }
}

fn cleared(skew: Span) -> SkewAlert {
    SkewAlert::Cleared { skew }
}

/// A heartbeat of bob, whose clock is ahead by this.
fn beat(pool: &Pool, ahead: Span) -> Option<SkewAlert> {
    pool.hosts.heartbeat_at("bob", pool.clock.wall() + ahead).unwrap().skew
}

const SECOND: Span = Span::SECOND;
const MOMENT: Span = Span::NANOSECOND;

#[test]
fn alert_rises_above_300_seconds_and_again_only_after_under_150() {
    for sign in [1, -1] {
        let pool = Pool::new(&["bob"]);
        let alert = |ahead: Span| beat(&pool, ahead * sign);
        for quiet in [Span::ZERO, 150 * SECOND, 299 * SECOND, 300 * SECOND] {
            assert_eq!(alert(quiet), None);
        }
        let above = 300 * SECOND + MOMENT;
        assert_eq!(alert(above), Some(raised(above * sign)));
        for astray in [above, 301 * SECOND, Span::days(9), 300 * SECOND, 150 * SECOND] {
            assert_eq!(alert(astray), None, "there was an alert already");
        }
        let under = 150 * SECOND - MOMENT;
        assert_eq!(alert(under), Some(cleared(under * sign)));
        for quiet in [under, Span::ZERO, 300 * SECOND] {
            assert_eq!(alert(quiet), None);
        }
        assert_eq!(alert(Span::days(9)), Some(raised(Span::days(9) * sign)));
        let told = pool.all_told();
        let told: Vec<_> = told.iter().map(|event| (event.kind(), event.skew())).collect();
        let (up, down) = (EventKind::SkewRaised, EventKind::SkewCleared);
        let skews = [(up, above), (down, under), (up, Span::days(9))];
        assert_eq!(told, skews.map(|(kind, skew)| (kind, Some(skew * sign))));
    }
}

#[test]
fn clock_that_changes_sides_is_one_alert() {
    let pool = Pool::new(&[]);
    let alerts = [400, -400, 301, -301, 200, -200].map(|ahead| beat(&pool, ahead * SECOND));
    assert_eq!(alerts, [Some(raised(400 * SECOND)), None, None, None, None, None]);
    assert_eq!(beat(&pool, -149 * SECOND), Some(cleared(-149 * SECOND)));
}

#[test]
fn skew_is_per_host_and_ends_no_session() {
    let pool = Pool::new(&["bob", "carol"]);
    let sessions = [pool.of_host("bob"), pool.hosts.get_or_login("bob", login(1)).unwrap()];
    for days in [9, -9, 300, -300] {
        assert_eq!(beat(&pool, Span::days(days)), (days == 9).then(|| raised(Span::days(9))));
        assert!(pool.hosts.is_live("bob") && pool.hosts.sweep().dead.is_empty());
        assert_eq!(pool.hosts.next_deadline(), Some(secs(SILENCE)));
    }
    assert!(sessions.iter().all(|session| !session.is_ended()));
    let near = pool.clock.wall();
    assert_eq!(pool.hosts.heartbeat_at("carol", near).unwrap().skew, None);
    let skews: Vec<_> = pool.hosts.hosts().into_iter().map(|info| info.skew).collect();
    assert_eq!(skews, [None, Some(Span::days(-300)), Some(Span::ZERO)]);
    // A heartbeat that tells no time leaves it.
    pool.hear(&["bob"]);
    assert_eq!(pool.hosts.hosts()[1].skew, Some(Span::days(-300)));
    assert_eq!(pool.told(), [(EventKind::SkewRaised, "bob".to_owned())]);
    assert_eq!(beat(&pool, Span::ZERO), Some(cleared(Span::ZERO)));
    // The local host is watched too, if somebody wants that.
    let astray = pool.clock.wall() + Span::HOUR;
    assert_eq!(pool.hosts.heartbeat_at("ada", astray).unwrap().skew, Some(raised(Span::HOUR)));
}

#[test]
fn jump_of_the_local_wall_clock_ends_no_session() {
    let pool = Pool::new(&["bob"]);
    let session = pool.of_host("bob");
    let peer = pool.clock.wall();
    for days in [9, -9, -9, 9, 4_000_000, -4_000_000, -4_000_000] {
        pool.clock.jump_wall(Span::days(days));
        let skew = peer - pool.clock.wall();
        let heartbeat = pool.hosts.heartbeat_at("bob", peer).unwrap();
        let alerts =
            if skew.is_zero() { Some(cleared(skew)) } else { heartbeat.skew.map(|_| raised(skew)) };
        assert_eq!((heartbeat.back, heartbeat.skew), (false, alerts));
        assert_eq!(pool.hosts.hosts()[1].skew, Some(skew));
        assert!(pool.hosts.sweep().dead.is_empty() && pool.hosts.is_live("bob"));
    }
    assert!(!session.is_ended());
    assert!(pool.told().iter().all(|(kind, _)| !matches!(kind, EventKind::HostDead)));
}

#[test]
fn skew_is_kept_over_a_death() {
    let pool = Pool::new(&["bob"]);
    assert!(beat(&pool, Span::HOUR).is_some());
    pool.advance(SILENCE);
    let astray = pool.clock.wall() + Span::HOUR;
    let heartbeat = pool.hosts.heartbeat_at("bob", astray).unwrap();
    assert_eq!((heartbeat.back, heartbeat.skew), (true, None), "the same alert still stands");
    let kinds = [EventKind::SkewRaised, EventKind::HostDead, EventKind::HostBack];
    assert_eq!(pool.told().into_iter().map(|(kind, _)| kind).collect::<Vec<_>>(), kinds);
    // Whoever is forgotten starts anew.
    assert!(pool.hosts.forget("bob"));
    assert_eq!(beat(&pool, Span::HOUR), Some(raised(Span::HOUR)));
}

#[test]
fn ends_of_the_calendar_are_survived() {
    let first = time::Date::MIN.midnight();
    let last = time::Date::MAX.with_hms_nano(23, 59, 59, 999_999_999).unwrap();
    let mut dates = Vec::new();
    for offset in [UtcOffset::UTC, UtcOffset::from_hms(25, 59, 59).unwrap_or(UtcOffset::UTC)] {
        for offset in [offset, -offset] {
            dates.extend([first.assume_offset(offset), last.assume_offset(offset)]);
        }
    }
    dates.push(OffsetDateTime::UNIX_EPOCH);
    let pool = Pool::new(&["bob"]);
    let session = pool.of_host("bob");
    for jump in [Span::ZERO, Span::MAX, Span::MIN] {
        pool.clock.jump_wall(jump);
        for date in &dates {
            let heartbeat = pool.hosts.heartbeat_at("bob", *date).unwrap();
            assert!(!heartbeat.back && pool.hosts.hosts()[1].skew.is_some());
            pool.clock.advance(Duration::from_micros(1));
        }
    }
    assert!(!session.is_ended());
    pool.balances();
    pool.is_usable();
}
