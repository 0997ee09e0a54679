//! A program, or its machine, that was suspended: no heartbeat was heard in that time.

use tenure::Tick;
use tenure::events::EventKind;

use crate::common::secs;
use crate::pool::{Pool, SILENCE, login, offline, reason};

#[test]
fn sweep_after_a_suspension_ends_nothing() {
    let pool = Pool::new(&["bob", "carol"]);
    let sessions = [pool.of_host("bob"), pool.hosts.get_or_login("bob", login(1)).unwrap()];
    pool.advance(3_600);
    pool.hosts.resumed();
    let report = pool.hosts.sweep();
    assert_eq!((report.dead, report.sessions_ended), (vec![], 0));
    assert_eq!(report.next_deadline, Some(secs(SILENCE)));
    assert!(pool.hosts.is_live("bob") && pool.hosts.host("bob").unwrap().silent_for.is_zero());
    assert_eq!(pool.held("bob"), Ok(Some(sessions[1].track_id())));
    assert!(!pool.hosts.heartbeat("bob").unwrap().back);
    assert_eq!(sessions.each_ref().map(reason), [None, None]);
    assert_eq!((pool.told(), pool.hurried()), (vec![], 0));

    // A host that is in fact dead has one interval.
    pool.advance(SILENCE - 1);
    pool.hear(&["bob"]);
    assert_eq!(pool.hosts.sweep().dead, [""; 0]);
    pool.advance(1);
    assert_eq!(pool.hosts.sweep().dead, ["carol"]);
}

#[test]
fn hosts_that_were_dead_before_stay_dead() {
    let pool = Pool::new(&["bob", "carol"]);
    pool.advance(SILENCE - 1);
    pool.hear(&["carol"]);
    pool.advance(1);
    assert_eq!(pool.hosts.sweep().dead, ["bob"]);
    pool.advance(3_600);
    pool.hosts.resumed();
    assert_eq!(pool.held("bob"), Err(offline("bob", 3_800)));
    assert!(pool.hosts.is_live("carol") && !pool.hosts.is_live("bob"));
    assert!(pool.hosts.heartbeat("bob").unwrap().back);
    let kinds = [EventKind::HostDead, EventKind::HostBack].map(|kind| (kind, "bob".to_owned()));
    assert_eq!(pool.told(), kinds);
}

#[test]
fn resumed_without_hosts_changes_nothing() {
    let pool = Pool::new(&[]);
    pool.hosts.resumed();
    assert_eq!(pool.hosts.next_deadline(), None);
    pool.clock.set(Tick::MAX);
    pool.hosts.resumed();
    pool.clock.set(Tick::ZERO);
    pool.hosts.resumed();
    assert!(pool.hosts.is_live("ada") && pool.hosts.sweep().dead.is_empty());
}

#[test]
fn host_returns_its_entry_of_hosts() {
    let pool = Pool::new(&["bob", "carol"]);
    pool.hosts.heartbeat_at("carol", time::OffsetDateTime::UNIX_EPOCH).unwrap();
    for _ in 0..3 {
        pool.advance(77);
        pool.hear(&["bob"]);
        for info in pool.hosts.hosts() {
            assert_eq!(pool.hosts.host(&info.host), Some(info));
        }
    }
    assert!(pool.hosts.host("zoe").is_none());
    assert!(pool.hosts.forget("bob") && pool.hosts.host("bob").is_none());
}
