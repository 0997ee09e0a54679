//! The asynchronous form of the session with a host.

use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tenure::{EndReason, HostError, HostLiveness, NewSession, Session, TrackId};

use crate::common::plain;
use crate::pool::{Pool, SILENCE, login, offline, reason, unknown};

type Answer<E> = Result<Session<u32>, HostError<E>>;

/// A step of a task that is never woken.
fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The answer of a future that does not wait.
fn now<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn track<E>(answer: Answer<E>) -> Result<TrackId, HostError<E>> {
    answer.map(|session| session.track_id())
}

/// Waits once, and then says this.
struct Later<R>(Option<R>, bool);

impl<R: Unpin> Future for Later<R> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<R> {
        if std::mem::replace(&mut self.1, true) {
            self.0.take().map_or(Poll::Pending, Poll::Ready)
        } else {
            Poll::Pending
        }
    }
}

fn later(data: u32) -> Later<Result<NewSession<u32>, &'static str>> {
    Later(Some(Ok(plain().host("carol").principal(data.to_string()))), false)
}

#[test]
fn one_login_serves_both_forms() {
    let pool = Pool::new(&["bob"]);
    let mut call = pin!(pool.hosts.get_or_login_async("bob", || later(1)));
    assert!(poll(call.as_mut()).is_pending());
    let Poll::Ready(Ok(session)) = poll(call) else { panic!("the login is over") };
    assert_eq!((session.host(), session.principal()), (Some("bob"), Some("1")));
    assert!(session.is_pinned());
    let given = Ok(session.track_id());
    let never = || -> Later<Result<_, &str>> { panic!("a login ran that must not") };
    assert_eq!(track(now(pool.hosts.get_or_login_async("bob", never))), given);
    assert_eq!(pool.given("bob", || Err("never")), given);
}

#[test]
fn who_is_not_live_is_not_tried() {
    let pool = Pool::new(&["bob"]);
    let never = || -> Later<Result<_, &'static str>> { panic!("a login ran that must not") };
    let session = |host| track(now(pool.hosts.get_or_login_async(host, never)));
    assert_eq!(session("zoe"), Err(unknown("zoe")));
    pool.advance(SILENCE);
    assert_eq!(session("bob"), Err(offline("bob", 200)));
    pool.hosts.sweep();
    assert_eq!(session("bob"), Err(offline("bob", 200)));
}

#[test]
fn a_login_that_fails_cannot_contact_the_host() {
    let pool = Pool::new(&["bob"]);
    let refused = || ready(Err::<NewSession<u32>, _>("refused"));
    let error = HostError::CannotContact { host: "bob".to_owned(), error: "refused" };
    assert_eq!(track(now(pool.hosts.get_or_login_async("bob", refused))), Err(error));
}

/// What a call comes to if this happens while its first login waits; and how many logins it took.
fn during(happens: impl Fn(&Pool)) -> (Result<TrackId, HostError<&'static str>>, u32, Pool) {
    let (pool, mut logins) = (Pool::new(&["bob"]), 0);
    let hosts = pool.hosts.clone();
    let answer = {
        let mut call = pin!(hosts.get_or_login_async("bob", || {
            logins += 1;
            later(logins)
        }));
        assert!(poll(call.as_mut()).is_pending());
        happens(&pool);
        loop {
            if let Poll::Ready(answer) = poll(call.as_mut()) {
                break answer;
            }
        }
    };
    pool.balances();
    (track(answer), logins, pool)
}

#[test]
fn who_dies_during_the_login_and_is_swept_is_offline() {
    let (answer, logins, pool) = during(|pool| {
        pool.advance(SILENCE);
        pool.hosts.sweep();
    });
    assert_eq!((answer, logins), (Err(offline("bob", 200)), 1));
    assert_eq!(pool.store.stats().live, 0);
}

#[test]
fn who_dies_during_the_login_is_offline() {
    let (answer, logins, _) = during(|pool| pool.advance(SILENCE));
    assert_eq!((answer, logins), (Err(offline("bob", 200)), 1));
}

#[test]
fn who_comes_back_during_the_login_is_logged_in_to_again() {
    let (answer, logins, pool) = during(|pool| {
        pool.advance(SILENCE);
        pool.hear(&["bob"]);
    });
    assert_eq!((pool.held("bob").unwrap(), logins), (answer.ok(), 2));
    assert_eq!(pool.store.stats().live, 1);
}

#[test]
fn who_is_forgotten_during_the_login_is_a_stranger() {
    let (answer, logins, pool) = during(|pool| assert!(pool.hosts.forget("bob")));
    assert_eq!((answer, logins), (Err(unknown("bob")), 1));
    assert_eq!(pool.store.stats().live, 0);
}

#[test]
fn a_call_that_is_dropped_leaves_the_slot_usable() {
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
fn sessions_are_logged_out_with_the_last_handle_whatever_keeps_a_slot() {
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
