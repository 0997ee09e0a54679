//! What the asynchronous form of the session with a host does of its own: its futures.

use std::pin::pin;
use std::task::Poll;

use tenure::liveness::HostLiveness;
use tenure::{EndReason, NewSession};

use crate::common::plain;
use crate::pool::{Form, Pool, login, never, pause, poll, reason};

/// A login that is pending once.
async fn later(data: u32) -> Result<NewSession<u32>, &'static str> {
    pause().await;
    Ok(plain().host("carol").principal(data.to_string()))
}

#[test]
fn blocking_and_asynchronous_calls_share_one_login() {
    let pool = Pool::new(&["bob"]);
    let mut call = pin!(pool.hosts.get_or_login_async("bob", || later(1)));
    assert!(poll(call.as_mut()).is_pending());
    let Poll::Ready(Ok(session)) = poll(call) else { panic!("the login is over") };
    assert_eq!((session.host(), session.principal()), (Some("bob"), Some("1")));
    assert!(session.is_pinned());
    for form in Form::ALL {
        assert_eq!(pool.given_by(form, "bob", never), Ok(session.track_id()), "{form:?}");
    }
}

#[test]
fn dropped_call_leaves_the_slot_usable() {
    let pool = Pool::new(&["bob"]);
    {
        let mut call = pin!(pool.hosts.get_or_login_async("bob", || later(1)));
        assert!(poll(call.as_mut()).is_pending());
    }
    assert_eq!((pool.held("bob"), pool.store.stats().created), (Ok(None), 0));
    assert!(pool.given("bob", login(2)).is_ok());
    pool.is_usable();
}

/// A leaked future keeps the slot of its host, and must not keep the slot's session.
#[test]
fn last_handle_logs_sessions_out_despite_a_leaked_future() {
    let pool = Pool::new(&[]);
    let hosts = HostLiveness::new(&pool.store, "ada");
    hosts.heartbeat("bob").unwrap();
    let mut call = Box::pin(hosts.get_or_login_async("bob", || later(1)));
    assert!(poll(call.as_mut()).is_pending());
    let session = hosts.get_or_login("bob", login(2)).unwrap();
    std::mem::forget(call);
    drop(hosts);
    assert_eq!(reason(&session), Some(EndReason::LoggedOut));
    assert_eq!(pool.store.stats().live, 0);
}

#[test]
fn a_lease_is_of_the_one_session_in_either_form() {
    let pool = Pool::new(&["bob"]);
    let lease = pool.hosts.lease_or_login("bob", login(1)).unwrap();
    let Poll::Ready(Ok(other)) = poll(pin!(pool.hosts.lease_or_login_async("bob", || later(2))))
    else {
        panic!("there is a session")
    };
    assert_eq!((lease.track_id(), lease.leases()), (other.track_id(), 2));
    drop((lease, other));
    assert_eq!(pool.hosts.get("bob").unwrap().unwrap().leases(), 0);
}
