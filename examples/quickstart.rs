//! The main job of `tenure` in one page: a small store fills up, evicts, protects, expires, reaps,
//! and can say why. Run it with `cargo run --release --example quickstart`.
//!
//! It runs on a manual clock, so that hours pass in no time. A server leaves `.clock(..)` out.

use std::error::Error;
use std::time::Duration;

use tenure::{Limit, Limits, LookupError, ManualClock, NewSession, SessionId, SessionStore, Stats};

const MINUTE: Duration = Duration::from_secs(60);

/// What this program wants to know about a login.
struct Login {
    address: &'static str,
}

fn main() -> Result<(), Box<dyn Error>> {
    // At most four sessions, and one of each user. When there is no room, the oldest one that is
    // not in use has to go. Half an hour without a request ends a session, and so do eight hours.
    let clock = ManualClock::new();
    let store = SessionStore::builder()
        .limits(Limits::default().per_principal(Limit::evict_oldest(1)))
        .max_sessions(4)
        .idle_timeout(30 * MINUTE)
        .absolute_timeout(8 * 60 * MINUTE)
        .clock(clock.clone())
        .build()?;
    let log_in = |user: &str, address: &'static str| {
        clock.advance(MINUTE);
        store.create(NewSession::new(Login { address }).principal(user).originator("quickstart"))
    };

    println!("Four users log in, and the store is full.");
    let alice = log_in("alice", "10.0.0.1")?;
    let bob = log_in("bob", "10.0.0.2")?;
    let carol = log_in("carol", "10.0.0.3")?;
    let dave = log_in("dave", "10.0.0.4")?;

    println!("Somebody is told when Bob's session ends, whatever ends it.");
    bob.on_end(|session, tombstone| {
        println!(
            "  [hook] session {} of {}: {tombstone}",
            session.track_id(),
            session.data().address
        );
    });

    println!("Alice, the oldest, has a request running. Erin logs in: Bob has to go in her place.");
    let request = store.acquire(&alice.id())?;
    let erin = log_in("erin", "10.0.0.5")?;
    assert!(!request.is_ended() && bob.is_ended());

    println!("Bob's client finds out, and why:");
    explain(&store, &bob.id());

    println!("Erin logs in from elsewhere. She may have one session: her own goes, nobody else's.");
    log_in("erin", "10.0.0.6")?;
    explain(&store, &erin.id());

    println!("40 minutes pass. Alice's request is still running, so only she does not idle out.");
    clock.advance(40 * MINUTE);
    let report = store.reap();
    println!("  the reaper ended {} sessions", report.ended.total());
    assert!(carol.is_ended() && dave.is_ended() && !alice.is_ended());
    explain(&store, &carol.id());

    println!("Her request ends. She gets a new id, since she changed her password, and logs out.");
    drop(request);
    let old_id = alice.id();
    let renewed = store.rotate(&old_id)?;
    explain(&store, &old_id);
    store.end(&renewed.id());
    explain(&store, &renewed.id());

    print_table(&store.stats());
    Ok(())
}

/// What a server tells a client whose id is no longer valid.
fn explain(store: &SessionStore<Login>, id: &SessionId) {
    match store.peek(id) {
        Err(LookupError::Ended(tombstone)) => println!("  {tombstone}"),
        Err(other) => println!("  {other}"),
        Ok(session) => println!("  session {} is live", session.track_id()),
    }
}

fn print_table(stats: &Stats) {
    println!("\n{:<44}{:>8}", "created", stats.created);
    println!("{:<44}{:>8}", "live", stats.live);
    for (reason, count) in stats.ended.iter().filter(|(_, count)| *count > 0) {
        println!("{:<44}{:>8}", format!("ended: {reason}"), count);
    }
    println!("{:<44}{:>8}", "most at once", stats.peak);
    println!("{:<44}{:>8}", "average life, minutes", stats.average_life.as_secs() / 60);
    assert_eq!(stats.created, stats.live as u64 + stats.ended.total());
}
