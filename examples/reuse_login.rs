//! What a login that is made once saves: several threads call a peer, with a login for each call
//! and with one that all of them use. Run it with `cargo run --release --example reuse_login`.
//!
//! A login takes 2.4 ms here, as it was measured in XenServer's xapi; it is played by sleeping.

#![allow(clippy::disallowed_methods)]

mod support;

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use tenure::slot::ReusableSession;
use tenure::{NewSession, SessionStore};

const LOGIN: Duration = Duration::from_micros(2_400);
const THREADS: usize = 4;
const CALLS: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    support::no_options("Calls to a peer, with a login for each and with one login for all.");
    println!("{THREADS} threads make {CALLS} calls each; a login takes {LOGIN:?}.");
    let store = SessionStore::builder().build()?;

    // A login for each call: the peer creates a session, and ends it after the call.
    let without = median(|| {
        let session = store.create(log_in()).expect("there is no limit");
        call(*session.data());
        store.end(session.id());
    });
    println!("a login for each call: {without:>10.1?} a call, {} logins", store.stats().created);

    // One login for all of them. The first caller logs in, and so does a caller that finds the
    // session ended or expired. `get_or_login` holds no lock while a login runs, so callers that
    // find the slot empty at the same moment all log in: one session stays, the others end.
    // (`single_flight` makes the others wait for the first.)
    let before = store.stats().created;
    let slot = ReusableSession::new(&store);
    let with = median(|| {
        let session = slot.get_or_login(log_in).expect("there is no limit");
        call(*session.data());
    });
    let logins = store.stats().created - before;
    println!("one login for all:     {with:>10.1?} a call, {logins} logins");
    if logins > 1 {
        println!(
            "  {logins} threads found the slot empty at once and logged in: one session stayed"
        );
    }
    println!("that is {:.0} times as fast", without.as_secs_f64() / with.as_secs_f64());

    // The peer does not know the session any more: the slot drops it, and the next call logs in.
    let refused = slot.get().expect("it was in use a moment ago");
    slot.invalidate_session(&refused);
    assert!(slot.get().is_none() && refused.is_ended());
    call(*slot.get_or_login(log_in)?.data());

    // Threads that logged in at the same moment: one of them won, the sessions of the others ended.
    drop(slot);
    let stats = store.stats();
    assert_eq!((stats.live, stats.created), (0, stats.ended.total()));
    Ok(())
}

/// The slow part: connecting to the peer and proving who we are.
fn log_in() -> NewSession<u64> {
    thread::sleep(LOGIN);
    NewSession::new(42).originator("pool")
}

/// A call in the session of which the peer knows the number.
fn call(session: u64) {
    assert_eq!(session, 42);
}

/// How long a call takes, by the median, when several threads make many of them.
fn median(call: impl Fn() + Sync) -> Duration {
    let one = |_| {
        let start = Instant::now();
        call();
        start.elapsed()
    };
    let work = || (0..CALLS).map(one).collect::<Vec<_>>();
    let mut times: Vec<Duration> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    times.sort_unstable();
    times[times.len() / 2]
}
